"""ML009: no model learned from a sealed row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed, warned
from specweave.checks.evaluated import judged_experiment
from specweave.checks.records import finished, run_experiment, within
from specweave.data import seal
from specweave.errors import SealedError, listing
from specweave.evaluation.rows_apart import defect_of, knows_its_rows
from specweave.workspace import IncrementFolder, storage_errors

_SPLIT = "data/split.json"
_RECORD_ROWS = NextStep(
    sentence="Take the rows from specweave.data.seal.training_rows in the script, record them with "
    "experiment.log_training_rows(rows), and run it again"
)


class TrainingRowsApart:
    """Training and sealed rows are disjoint, and each record was made with exactly the training rows of the seal."""

    code = "ML009"
    title = "Training rows do not touch the sealed set"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        if not seal.is_sealed(folder):
            return not_applicable("no test set is sealed yet", remedy=run_experiment(folder))
        try:
            found = seal.read_seal(folder)
            sealed = _rows(folder, found.test)
            training = _rows(folder, found.training)
        except SealedError as error:
            return failed(f"{error.what}.", _SPLIT, remedy=NextStep(sentence=error.next_step or "Restore the file"))
        shared = np.intersect1d(sealed, training)
        if len(shared):
            return failed(
                f"{len(shared)} rows are in the training file and in the sealed set.",
                _SPLIT,
                remedy=NextStep(sentence="Restore data/ from before the change, or start a new increment"),
            )
        return _records_verdict(folder, found)


def _rows(folder: IncrementFolder, side: seal.Side) -> NDArray[np.int64]:
    """Row numbers of one side, checked against the seal; no column of the sealed rows is read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder.data / side.file
    if not path.is_file():
        raise SealedError(f"data/{side.file} is missing", next_step="Restore it, or start a new increment")
    try:
        with storage_errors(path):
            rows = np.asarray(pq.read_table(path, columns=["row_number"])["row_number"].to_numpy(), dtype=np.int64)
    except pa.ArrowInvalid:
        rows = np.empty(0, dtype=np.int64)
    if seal.rows_sha256(rows) != side.rows_sha256:
        raise SealedError(
            f"data/{side.file} does not hold the rows of the seal",
            next_step="Restore it, or start a new increment with create_increment",
        )
    return rows


def _records_verdict(folder: IncrementFolder, found: seal.Seal) -> Verdict:
    records = [record for record in finished(folder) if record.kind != "eda"]
    defects = [(record, defect_of(folder, record, found)) for record in records]
    wrong = [(record, defect) for record, defect in defects if defect]
    if wrong:
        return failed(
            listing((f"{record.id} {defect}" for record, defect in wrong), limit=5) + ".",
            _SPLIT,
            *(within(folder, record.path) for record, _ in wrong),
            remedy=run_experiment(folder, "Delete these records and train again on the training rows"),
        )
    silent = [record for record in records if not knows_its_rows(record)]
    judged = judged_experiment(folder, silent)
    if judged is not None:
        return failed(
            f"{judged.id} was judged on the sealed rows, and its record does not say which rows its model learned from: "
            "it may have learned from those.",
            within(folder, judged.path / "metadata.yaml"),
            remedy=_RECORD_ROWS,
        )
    if silent:
        return warned(
            f"{listing(record.id for record in silent)}: the record does not say which rows the model was trained on.",
            *(within(folder, record.path / "metadata.yaml") for record in silent),
            remedy=_RECORD_ROWS,
        )
    return passed(
        f"{found.n_train:,} training and {found.n_test:,} sealed rows are disjoint; "
        f"{len(records)} records were made with training rows.",
        _SPLIT,
    )
