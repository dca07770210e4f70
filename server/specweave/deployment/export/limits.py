"""What a model takes in no request: found out by asking it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from specweave.deployment.equality import edge_rows, typed_rows
from specweave.deployment.signature import InputColumn, Signature

_NOBODYS = "a category nobody saw"


def with_limits(signature: Signature, rows: pd.DataFrame, answer: Callable[[pd.DataFrame], Any]) -> Signature:
    """The signature with the columns marked whose missing values, or unknown categories, make the model raise an error.

    A preprocessing without an imputer is such a case, or an encoder that was told to refuse what it does not know.
    """
    if _answered(answer, edge_rows(rows, signature)):
        return signature
    first = {str(name): value for name, value in rows.iloc[0].items()}

    def refused(column: InputColumn, value: Any) -> bool:
        made = pd.DataFrame([{**first, column.name: value}], columns=rows.columns)
        return not _answered(answer, typed_rows(made, rows, signature))

    marked = [
        column.model_copy(
            update={
                "required": refused(column, None),
                "closed": column.reading == "category" and refused(column, _NOBODYS),
            }
        )
        for column in signature.columns
    ]
    return signature.model_copy(update={"columns": tuple(marked)})


def _answered(answer: Callable[[pd.DataFrame], Any], rows: pd.DataFrame) -> bool:
    try:
        answer(rows)
    except Exception:  # noqa: BLE001  whatever the model raises, it has not answered
        return False
    return True
