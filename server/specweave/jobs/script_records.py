"""The experiments a run of the user's code left, or the one that is made of the run itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specweave.experiments import create_experiment, open_experiment
from specweave.experiments.masking import mask_arguments, mask_text
from specweave.experiments.record import METRICS
from specweave.jobs.ending import Ending
from specweave.workspace import IncrementFolder, Workspace, write_json, write_text

OUTPUT = "output.txt"


@dataclass(frozen=True)
class RunFacts:
    """What ran: the file, as records name it, with the hash it had; its kind, its arguments, the Python that ran it."""

    source: Path
    written: str
    sha256: str
    kind: str
    arguments: tuple[str, ...]
    interpreter: dict[str, Any]


def existing(workspace: Workspace) -> set[Path]:
    """The folder of every experiment of every increment."""
    return {path for folder in workspace.increment_folders() for path in folder.experiments.glob("exp-*")}


def made_by_run(workspace: Workspace, before: set[Path], facts: RunFacts) -> list[Path]:
    """The experiments the code recorded itself, now with the interpreter in them; unfinished ones are closed."""
    made = []
    for path in sorted(existing(workspace) - before):
        experiment = open_experiment(IncrementFolder(path.parents[1]), path.name)
        summary = experiment.summary()
        if (summary.metadata.get("entry") or {}).get("path") != str(facts.source):
            continue  # another process was recording in the meantime
        experiment.update_metadata(interpreter=facts.interpreter, run={"arguments": mask_arguments(facts.arguments)})
        if summary.interrupted:
            # Its writer is dead: what only the history holds is brought into metrics.json, which a closed record needs.
            write_json(path / METRICS, summary.metrics)
            experiment.finish("failed")
        made.append(path)
    return made


def record_run(increment: IncrementFolder, facts: RunFacts, ending: Ending, executed: str | None) -> Path:
    """An experiment about code that records none: what ran, how long, how it ended. No metric is guessed."""
    experiment = create_experiment(
        increment,
        facts.source.stem,
        kind=facts.kind,
        params={"file": facts.written, "arguments": mask_arguments(facts.arguments)},
        entry={"by": facts.kind, "path": str(facts.source), "sha256": facts.sha256},
    )
    run = {"exit_code": ending.exit_code, "reason": ending.reason, "executed_notebook": executed}
    experiment.update_metadata(
        interpreter=facts.interpreter,
        run={key: value for key, value in run.items() if value is not None},
        duration_s=round(ending.seconds, 3),
    )
    write_text(experiment.path / "artifacts" / OUTPUT, mask_text(ending.output))
    experiment.finish("failed" if ending.failed else "finished")
    return experiment.path
