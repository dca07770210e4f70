"""Finished folds of an experiment, inside its record: a run that was killed goes on after the last of them."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from specweave.metrics import Predictions
from specweave.workspace import read_json, storage_errors, write_json

FOLDER = "folds"


@dataclass(frozen=True)
class FoldTimes:
    """Seconds of one fold."""

    fit: float
    predict: float


@dataclass(frozen=True)
class FoldStore:
    """`folds/fold-2.parquet` with the predictions, then `folds/fold-2.json`, which makes the fold finished."""

    path: Path
    setup: str

    def load(self, fold: int) -> tuple[Predictions, FoldTimes] | None:
        """The finished fold; None when there is none, or one of another setup."""
        facts = read_json(self._facts(fold), default=None)
        if facts is None or facts.get("setup") != self.setup:
            return None
        return Predictions.load(self._predictions(fold)), FoldTimes(**facts["seconds"])

    def save(self, fold: int, predictions: Predictions, times: FoldTimes) -> None:
        """Keep the fold."""
        predictions.save(self._predictions(fold))
        write_json(self._facts(fold), {"setup": self.setup, "rows": len(predictions), "seconds": asdict(times)})

    def clear(self) -> None:
        """Remove the folds; the record's predictions.parquet holds all of them by then."""
        with storage_errors(self.path / FOLDER):
            shutil.rmtree(self.path / FOLDER, ignore_errors=True)

    def _facts(self, fold: int) -> Path:
        return self.path / FOLDER / f"fold-{fold + 1}.json"

    def _predictions(self, fold: int) -> Path:
        return self.path / FOLDER / f"fold-{fold + 1}.parquet"
