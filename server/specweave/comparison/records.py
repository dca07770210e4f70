"""The records of an increment as a comparison comes to need them: a few one by one, many through the index."""

from __future__ import annotations

from specweave.experiments import ExperimentSummary, list_experiments
from specweave.experiments.record import read_record
from specweave.workspace import IncrementFolder

# Reading so many files takes about as long as reading the index of ten thousand records.
FEW = 100


class Records:
    """A record by its id."""

    def __init__(self, folder: IncrementFolder) -> None:
        self._folder = folder
        self._read: dict[str, ExperimentSummary] = {}

    def __getitem__(self, name: str) -> ExperimentSummary:
        if name not in self._read:
            if len(self._read) == FEW:
                self._read |= {one.id: one for one in list_experiments(self._folder)}
            if name not in self._read:
                self._read[name] = read_record(self._folder.experiments / name)
        return self._read[name]
