"""The local record as a backend: how runs that began in another tracker become records of the increment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specweave.errors import ExperimentError
from specweave.experiments.backends.protocol import Batch, Run
from specweave.experiments.backends.registry import LOCAL
from specweave.experiments.creation import create_experiment
from specweave.experiments.experiment import Experiment
from specweave.experiments.replication import paused, take_in
from specweave.workspace import IncrementFolder


class LocalBackend:
    """Writes each run it is told of as a record folder. Records of `track_experiment` are written without it."""

    name = LOCAL

    def __init__(self, folder: IncrementFolder) -> None:
        self.folder = folder
        self._open: dict[str, Experiment] = {}

    @classmethod
    def for_increment(cls, folder: IncrementFolder) -> LocalBackend:
        return cls(folder)

    def start(self, run: Run) -> Mapping[str, Any]:
        """Create the record; `run.facts` replace what this process would say of itself (created, git, entry …)."""
        with paused():
            made = create_experiment(self.folder, run.name, kind=run.kind)
        # What this process knows of itself says nothing about a run that happened elsewhere.
        unknown = dict.fromkeys(("command", "cwd", "packages", "python", "host"))
        made.replace_metadata(**{**unknown, **run.facts})
        self._open[run.id] = made
        return {"id": made.id}

    def log(self, run: Run, batch: Batch) -> None:
        take_in(self._record(run), batch)

    def finish(self, run: Run, status: str) -> None:
        made = self._record(run)
        made.finish(status)
        ending = {key: run.facts[key] for key in ("ended", "duration_s") if run.facts.get(key) is not None}
        if ending:
            made.update_metadata(**ending)
        del self._open[run.id]

    def _record(self, run: Run) -> Experiment:
        if run.id not in self._open:
            raise ExperimentError("The run was not started here", value=run.id, next_step="call start(run) first")
        return self._open[run.id]
