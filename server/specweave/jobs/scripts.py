"""The user's own script or notebook, run in the project's interpreter and recorded in an increment.

A script runs in the project's root folder, so the same relative paths hold from any terminal and any tool; modules
beside the script are importable as usual. A notebook runs in its own folder, as Jupyter does.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from specweave.errors import ExperimentError, shorten
from specweave.experiments.environment import SCRIPT_VARIABLE
from specweave.jobs import notebooks, script_records
from specweave.jobs.ending import Ending
from specweave.jobs.interpreters import Interpreter, find_interpreter
from specweave.jobs.script_process import run_process
from specweave.jobs.surroundings import expose_package, user_environment
from specweave.progress import Progress, silent
from specweave.rendering import seconds as duration
from specweave.workspace import IncrementFolder, Workspace, storage_errors

Kind = Literal["script", "notebook"]
_KINDS: dict[str, Kind] = {".py": "script", ".ipynb": "notebook"}
_MISSING_MODULE = re.compile(r"No module named '([\w.]+)'")


@dataclass(frozen=True)
class ScriptRun:
    """A run that ended well.

    `experiments` are record folders relative to the project; `tracked` tells whether the code recorded them itself.
    `interpreter` says which Python ran it and why. `executed_notebook` is the copy with its outputs.
    """

    file: str
    kind: str
    interpreter: dict[str, Any]
    seconds: float
    experiments: list[str]
    tracked: bool
    executed_notebook: str | None
    last_lines: list[str]

    def as_dict(self) -> dict[str, Any]:
        """The run as result.json holds it."""
        return asdict(self)

    def summary(self) -> str:
        """The run in a few lines: what was recorded, which Python ran it and why, the last output."""
        python = self.interpreter
        names = ", ".join(Path(record).name for record in self.experiments)
        how = (
            "by the code itself"
            if self.tracked
            else "for the run; use track_experiment in it to log params and metrics"
        )
        lines = [
            f"{self.file} finished in {duration(self.seconds)}. Recorded: {names} ({how}).",
            f"Python {python['version']} at {python['path']} ({python['source']}: {python['why']}).",
            *(f"Passed over: {sentence}." for sentence in python["passed_over"]),
        ]
        if self.executed_notebook:
            lines.append(f"Executed notebook: {self.executed_notebook}")
        if self.last_lines:
            lines += ["Last output:", *(f"> {line}" for line in self.last_lines)]
        return "\n".join(lines)


def run_script(
    workspace: Workspace,
    increment_id: str | int,
    path: str | os.PathLike[str],
    *,
    kind: Kind | None = None,
    arguments: Sequence[str] = (),
    python: str | None = None,
    timeout: float | None = None,
    allow_outside: bool = False,
    cwd: Path | None = None,
    progress: Progress = silent,
) -> ScriptRun:
    """Run the file with `arguments` in the project's interpreter (see `find_interpreter`) and find what it recorded.

    `specweave` is importable there, and `track_experiment` records into the increment; a run that records nothing
    becomes an experiment of its own. A failed run is recorded as failed and raises ExperimentError with the last lines
    of its standard error. `timeout` in seconds. A file outside the project is refused unless `allow_outside`. A script
    runs in `cwd`, by default the project's root.
    """
    increment = workspace.increment(increment_id)
    source = workspace.resolve_input(path, allow_outside=allow_outside)
    found_kind = _kind(source, kind)
    interpreter = find_interpreter(workspace, python)
    before = script_records.existing(workspace)
    with storage_errors(source):
        sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    run = _Run(workspace, increment, source, tuple(arguments), interpreter, timeout, progress, cwd or workspace.root)
    ending = run.script() if found_kind == "script" else run.notebook()
    facts = script_records.RunFacts(
        source, workspace.relative(source), sha256, found_kind, tuple(arguments), run.interpreter.as_dict()
    )
    made = script_records.made_by_run(workspace, before, facts)
    records = made or [script_records.record_run(increment, facts, ending, run.executed)]
    if ending.failed:
        raise _failure(workspace, facts, ending, records)
    return ScriptRun(
        file=facts.written,
        kind=found_kind,
        interpreter=facts.interpreter,
        seconds=round(ending.seconds, 3),
        experiments=[workspace.relative(record) for record in records],
        tracked=bool(made),
        executed_notebook=run.executed,
        last_lines=[shorten(line) for line in ending.output.splitlines()[-5:]],
    )


@dataclass
class _Run:
    """One run; afterwards it knows which interpreter did it and where the executed notebook is."""

    workspace: Workspace
    increment: IncrementFolder
    source: Path
    arguments: tuple[str, ...]
    interpreter: Interpreter
    timeout: float | None
    progress: Progress
    cwd: Path
    executed: str | None = None

    def script(self) -> Ending:
        self.progress(0, 1, f"running {self.source.name} with {self.interpreter.path}")
        with self._environment() as environment:
            return run_process(
                [str(self.interpreter.path), str(self.source), *self.arguments],
                cwd=self.cwd,
                environment=environment,
                timeout=self.timeout,
                on_line=self._relay,
            )

    def notebook(self) -> Ending:
        executed = self.increment.notebooks / f"{self.source.stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}.ipynb"
        self.executed = self.workspace.relative(executed)
        with self._environment() as environment:
            self.interpreter = notebooks.kernel_interpreter(self.interpreter, environment)
        with self._environment() as environment:
            return notebooks.run_notebook(
                self.source,
                executed,
                self.interpreter.path,
                environment=environment,
                arguments=self.arguments,
                timeout=self.timeout,
                progress=self.progress,
                on_line=_log,
            )

    @contextlib.contextmanager
    def _environment(self) -> Iterator[dict[str, str]]:
        with tempfile.TemporaryDirectory(prefix="specweave-path-") as folder:
            package = expose_package(Path(folder))
            chosen = user_environment(self.increment, self.interpreter.path, package)
            yield chosen | {SCRIPT_VARIABLE: str(self.source)}

    def _relay(self, line: str) -> None:
        _log(line)
        if line.strip():
            self.progress(0, 1, shorten(line))


def _log(line: str) -> None:
    # In a job, standard error is the job's log; in a server it is never the protocol's stream.
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def _kind(source: Path, named: str | None) -> Kind:
    found = _KINDS.get(source.suffix.lower())
    if found is None or not source.is_file() or named not in (None, found):
        raise ExperimentError(
            f"The file is no {named or 'script or notebook'} that can be run",
            value=str(source),
            allowed="a Python script (.py) or a notebook (.ipynb)",
        )
    return found


def _failure(
    workspace: Workspace, facts: script_records.RunFacts, ending: Ending, records: list[Path]
) -> ExperimentError:
    missing = _MISSING_MODULE.search(ending.reason or "")
    python = facts.interpreter["path"]
    if missing:
        step = f"install {missing[1].split('.')[0]} for {python}, or name another interpreter with python"
        step = "; ".join([step, *facts.interpreter["passed_over"]])
    else:
        step = f"read the end of its output in {workspace.relative(records[0])}, or the job's log"
    return ExperimentError(
        f"{facts.written} failed, {shorten(ending.reason or 'without a reason', 600)}",
        value=f"{facts.kind} with {python}, recorded as {', '.join(record.name for record in records)}",
        next_step=step,
    )
