"""How far the exported model's answers are from the original's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from specweave.metrics import Predictions
from specweave.metrics.predictions import FloatArray

NEAR = 1e-5


class Equality(BaseModel):
    """Training rows and made edge rows (missing, unknown, extreme values), answered by both.

    Differences are of probabilities; of values, relative to the value or to the spread of all, whichever is larger.
    """

    model_config = ConfigDict(frozen=True)

    rows: int
    edge_rows: int
    rows_from: str = "all training rows, and rows made of missing, unknown and extreme values"
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


def edge_rows(frame: pd.DataFrame, numeric: list[str], textual: list[str]) -> pd.DataFrame:
    """The first row with each cell in turn missing, unknown or extreme, and one row with nothing in it."""
    made: list[dict[str, Any]] = []
    first = {str(name): value for name, value in frame.iloc[0].items()}
    for name in numeric:
        if str(frame[name].dtype).startswith("datetime"):
            made += [{**first, name: value} for value in (pd.NaT, frame[name].min(), frame[name].max())]
        else:
            made += [{**first, name: value} for value in (np.nan, 0.0, -1e9, 1e9, 0.1)]
    for name in textual:
        made += [{**first, name: value} for value in (None, "", "a category nobody saw", " ")]
    made.append(dict.fromkeys(frame.columns))
    out = pd.DataFrame(made, columns=frame.columns)
    for name in frame.columns:
        numbers = name in numeric and not str(frame[name].dtype).startswith("datetime")
        out[name] = out[name].astype("float64" if numbers else frame[name].dtype if name in numeric else "object")
    return out
