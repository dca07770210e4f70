"""How far the exported model's answers are from the original's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from specweave.deployment.signature import InputColumn, Signature
from specweave.metrics import Predictions
from specweave.metrics.predictions import FloatArray

NEAR = 1e-5


class Equality(BaseModel):
    """Training rows, sealed rows and made edge rows (missing, unknown, extreme values), answered by both.

    Differences are of probabilities; of values, relative to the value or to the spread of all, whichever is larger.
    """

    model_config = ConfigDict(frozen=True)

    rows: int
    sealed_rows: int = 0
    edge_rows: int
    rows_from: str = (
        "all training rows, all sealed rows without their truth, and rows made of missing, unknown and extreme values"
    )
    max_difference: float
    beyond: int
    """Rows that differ by more than 1e-5."""
    labels_differ: int
    equal: bool


def compared(asked: Predictions, exported: FloatArray, labels: Any, edge_rows: int) -> Equality:
    """The original's answers beside the exported ones: scores (n, classes) or values (n, 1), and places of the labels."""
    if asked.scores is None:
        original = np.asarray(asked.labels, dtype=np.float64).reshape(-1, 1)
        size = np.maximum(np.abs(original), original.std() or 1.0)
        gaps = (np.abs(exported - original) / size).max(axis=1)
        differ = 0
    else:
        gaps = np.abs(exported - asked.scores).max(axis=1)
        differ = int((np.array(asked.classes)[labels] != asked.labels).sum())
    beyond = int((~(gaps <= NEAR)).sum())
    return Equality(
        rows=len(gaps),
        edge_rows=edge_rows,
        max_difference=float(gaps.max()),
        beyond=beyond,
        labels_differ=differ,
        equal=beyond == 0 and differ == 0,
    )


def edge_rows(frame: pd.DataFrame, signature: Signature) -> pd.DataFrame:
    """The first row with each cell in turn missing, unknown or extreme, and one row with nothing in it.

    What the model takes in no request, such as a missing value where it raises an error for one, is left out.
    """
    made: list[dict[str, Any]] = []
    first = {str(name): value for name, value in frame.iloc[0].items()}
    for column in signature.columns:
        values = [*_missing(column), *_strange(column, frame[column.name])]
        made += [{**first, column.name: value} for value in values]
    if not any(column.required for column in signature.columns):
        made.append(dict.fromkeys(frame.columns))
    return typed_rows(pd.DataFrame(made, columns=frame.columns), frame, signature)


def typed_rows(made: pd.DataFrame, frame: pd.DataFrame, signature: Signature) -> pd.DataFrame:
    """Made rows in the types of the real ones; numbers as doubles, so that anything fits."""
    types = {c.name: "float64" if c.reading == "number" else frame[c.name].dtype for c in signature.columns}
    return made.astype(types)


def _missing(column: InputColumn) -> list[Any]:
    if column.required:
        return []
    return [pd.NaT if column.reading == "date" else np.nan if column.reading == "number" else None]


def _strange(column: InputColumn, values: pd.Series[Any]) -> list[Any]:
    if column.reading == "date":
        return [values.min(), values.max()]
    if column.reading == "number":
        return [0.0, -1e9, 1e9, 0.1]
    return [] if column.closed else ["", "a category nobody saw", " "]
