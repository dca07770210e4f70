"""No look for a model that learned from the sealed rows: its value on them would say nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from specweave.data import seal
from specweave.errors import SealedError
from specweave.experiments import ExperimentSummary, witnessed
from specweave.experiments.training_rows import read_marks, row_marks
from specweave.workspace import IncrementFolder

_PREDICTIONS = "predictions.parquet"


def refuse_sealed_training(folder: IncrementFolder, record: ExperimentSummary, found: seal.Seal) -> None:
    """Raise SealedError when the record shows that its model learned from sealed rows, or under another seal, or
    when it is not as the project's witness saw it finish: what it says of its rows is then worth nothing."""
    defect = defect_of(folder, record, found) or witnessed.defects(folder, [record]).get(record.id)
    if defect:
        raise SealedError(
            f"{record.id} {defect}, so the sealed test set cannot judge it",
            value=record.id,
            allowed="models trained on specweave.data.seal.training_rows alone",
            next_step=f'train again with run_experiment(increment="{folder.id}"); no look was spent',
        )


def defect_of(folder: IncrementFolder, record: ExperimentSummary, found: seal.Seal) -> str | None:
    """What ties the record to sealed rows, as the end of a sentence that starts with its id; nothing if all is well.

    Three things are asked: the seal and the row numbers the record names, the rows its stored predictions are for, and
    the marks of the rows a script recorded with `log_training_rows`. No value of a sealed row leaves the comparison.
    """
    data = _data(record)
    if data.get("seal", found.id) != found.id:
        return "was trained under another seal"
    if data.get("rows_sha256", found.training.rows_sha256) != found.training.rows_sha256:
        return "was trained on other rows than the training rows of the seal"
    shared = sealed_among_predictions(folder, record, found)
    if shared:
        return f"holds out-of-fold predictions for {shared} sealed rows"
    learned = sealed_among_marks(folder, record)
    return f"recorded training rows of which {learned} are sealed rows" if learned else None


def knows_its_rows(record: ExperimentSummary) -> bool:
    """Whether the record says which rows the model learned from."""
    return "rows_sha256" in _data(record) or read_marks(record.path) is not None


def sealed_among_predictions(folder: IncrementFolder, record: ExperimentSummary, found: seal.Seal) -> int:
    """Number of sealed rows the record holds out-of-fold predictions for."""
    import pyarrow.parquet as pq

    path, sealed = record.path / _PREDICTIONS, folder.data / found.test.file
    try:
        if not path.is_file() or "row" not in pq.read_schema(path).names:
            return 0
        mine = pq.read_table(path, columns=["row"])["row"].to_numpy()
        theirs = pq.read_table(sealed, columns=["row_number"])["row_number"].to_numpy()
    except (OSError, ValueError):
        return 0  # missing or damaged: whoever opens the file says so
    return len(np.intersect1d(mine, theirs))


def sealed_among_marks(folder: IncrementFolder, record: ExperimentSummary) -> int:
    """Number of recorded training rows that are, by their values, sealed rows and not training rows as well."""
    known = read_marks(record.path)
    if known is None:
        return 0
    columns, marks = known
    shared = set(columns) <= set(seal.sealed_columns(folder))
    if not shared or not marks:
        # Columns the script made itself cannot be compared with the source.
        return 0

    def hashed(side: Any) -> np.ndarray:
        return np.frombuffer(row_marks({name: side[name].tolist() for name in columns}), dtype="<u8")

    return seal.sealed_rows_hashed(folder, np.frombuffer(marks, dtype="<u8"), hashed)


def _data(record: ExperimentSummary) -> dict[str, Any]:
    found = record.metadata.get("data")
    return found if isinstance(found, dict) else {}
