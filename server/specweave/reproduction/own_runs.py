"""An experiment of our own training, run again: the same attempt on the same rows and folds, in a process of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pandas as pd

import specweave
from specweave.experiments import ExperimentSummary
from specweave.jobs.script_process import run_process
from specweave.progress import Progress
from specweave.reproduction.data_changes import training_rows_now
from specweave.reproduction.result import Change
from specweave.reproduction.run import Rerun, Stage
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder, write_bytes, write_json

ROW = "__specweave_row__"


class OwnRun(Stage):
    """Trains the recorded attempt again, on today's source or, to attribute a difference, on the rows the seal kept."""

    how = "trained again in a clean process with the recorded family, params, seeds, folds and rows"

    def __init__(self, folder: IncrementFolder, record: ExperimentSummary, scratch: Path, progress: Progress) -> None:
        self._folder, self._record, self._scratch, self._progress = folder, record, scratch, progress
        problem = read_problem(folder) if folder.spec.is_file() else None
        wanted = (record.metadata.get("data") or {}).get("fingerprint")
        self._rows = training_rows_now(folder, problem, wanted)
        self.changes = list(self._rows.changes)
        self.data_differ = self._rows.differ
        self._runs = 0

    def environment(self, python: Path) -> dict[str, str]:
        """The variables the run sees: our package, and nothing else of ours where the interpreter is another."""
        if python == Path(sys.executable):
            return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")}
        return {**kept, "PYTHONPATH": str(_exposed(self._scratch / "package"))}

    def run(self, python: Path) -> Rerun:
        """On today's rows."""
        return self._run(python, self._rows.now)

    def run_on_recorded_data(self, python: Path) -> Rerun:
        """On the rows as they were when the experiment was recorded."""
        return self._run(python, self._rows.recorded)

    def _run(self, python: Path, rows: pd.DataFrame) -> Rerun:
        self._runs += 1
        home = self._scratch / f"run-{self._runs}"
        request = write_json(
            home / "request.json",
            {
                "folder": str(self._folder.path),
                "record": str(self._record.path),
                "training": str(_written(rows, home / "training.parquet")),
                "home": str(home),
            },
        )
        ending = run_process(
            [str(python), "-P", "-m", "specweave.reproduction.child", str(request)],
            cwd=home,
            environment=self.environment(python),
            timeout=None,
            on_line=lambda line: self._progress(0, 1, line) if line.startswith("fold ") else None,
        )
        answer = home / "answer.json"
        if not answer.is_file():
            return Rerun(failed=ending.reason or ending.output[-300:] or "it ended without an answer")
        return _rerun(json.loads(answer.read_text("utf-8")))


def _rerun(answer: dict[str, Any]) -> Rerun:
    changes = [Change(kind=c["kind"], sentence=c["sentence"]) for c in answer["changes"]]
    if answer["failed"]:
        return Rerun(failed=answer["failed"], changes=changes)
    return Rerun(record=Path(answer["record"]), changes=changes)


def _written(rows: pd.DataFrame, path: Path) -> Path:
    buffer = io.BytesIO()
    rows.rename_axis(ROW).reset_index().to_parquet(buffer)
    return write_bytes(path, buffer.getvalue())


def _exposed(folder: Path) -> Path:
    """Our package with its entry points, and no library of ours built for another Python."""
    folder.mkdir(parents=True, exist_ok=True)
    package = Path(specweave.__file__).resolve().parent
    links = {"specweave": package}
    for found in package.parent.glob("sw_ml*.dist-info"):
        links[found.name] = found
    with contextlib.suppress(PackageNotFoundError):
        if len(links) == 1:
            info = Path(str(distribution("sw-ml").locate_file(f"sw_ml-{specweave.__version__}.dist-info")))
            links |= {info.name: info} if info.is_dir() else {}
    for name, target in links.items():
        if not (folder / name).exists():
            (folder / name).symlink_to(target, target_is_directory=True)
    return folder
