"""Tables that a service's owner logs: predictions with their inputs, exposures, outcomes, labels that came later."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from specweave.errors import DataReadError, StorageError
from specweave.evaluation.prediction_files import read_rows

JSON_LINES = (".jsonl", ".ndjson")


def read_log(path: str | Path) -> pd.DataFrame:
    """The rows of a csv, parquet or JSON lines file, with the types that profiling would find.

    Of JSON lines each holds one flat object; objects in it become columns such as `row.age`. Raises StorageError when
    there is no such file, DataReadError when it cannot be read.
    """
    file = Path(path)
    if not file.is_file():
        raise StorageError("No such file", value=str(path), next_step="correct the path")
    return _json_lines(file) if file.suffix in JSON_LINES else read_rows(file)


def _json_lines(file: Path) -> pd.DataFrame:
    import json

    rows = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise DataReadError(f"Line {number} is not JSON ({error})", value=str(file)) from error
        if not isinstance(found, dict):
            raise DataReadError(f"Line {number} is not a JSON object", value=str(file))
        rows.append(found)
    if not rows:
        raise DataReadError("The file holds no rows", value=str(file))
    return pd.json_normalize(rows)
