"""What a model takes and gives, as training saw it: the file signature.json of a deployed service."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from specweave.problem import Task
from specweave.workspace import read_json, write_json

FILE = "signature.json"
MISSING_TEXT = "\ue000"
"""Stands for a missing text in the exported model's input; a private character that no data holds."""


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class InputColumn(_Fact):
    """One column of a request.

    `low` and `high` are the range in training (dates: seconds since 1970), `categories` what training had, commonest first;
    `typical` are values that stand for the column when reasons are worked out, `shares` their weights, which sum to 1.
    """

    name: str
    reading: Literal["number", "date", "category"]
    dtype: str
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()
    missing_in_training: bool = False
    required: bool = False
    """Whether the model raises an error where the value is missing."""
    closed: bool = False
    """Whether it raises one for a category training did not have."""
    example: bool | int | float | str | None = None
    typical: tuple[float | str | None, ...] = ()
    shares: tuple[float, ...] = ()


def is_truth(dtype: str) -> bool:
    """Whether a column of this type holds true and false, which the model takes for 1 and 0."""
    return dtype.lower().startswith("bool")


class Signature(_Fact):
    """Columns in the order of the model, classes in the order of its scores, and where the model comes from."""

    increment: str
    experiment: str
    task: Task
    target: str
    columns: tuple[InputColumn, ...]
    classes: tuple[str, ...] = ()
    positive: str | None = None
    threshold: float | None = None
    source_model_sha256: str | None = None
    model_sha256: str | None = None
    missing_text: str = MISSING_TEXT
    examples: tuple[dict[str, Any], ...] = ()
    """Rows made of usual values, as a request would hold them."""

    @property
    def numeric(self) -> tuple[InputColumn, ...]:
        """The columns of the model's input `numbers`, in order: numbers, and dates as seconds since 1970."""
        return tuple(c for c in self.columns if c.reading != "category")

    @property
    def textual(self) -> tuple[InputColumn, ...]:
        """The columns of the model's input `texts`, in order."""
        return tuple(c for c in self.columns if c.reading == "category")

    def write(self, folder: Path) -> Path:
        """Write signature.json into the folder."""
        return write_json(folder / FILE, self.model_dump(mode="json"))

    @classmethod
    def read(cls, folder: Path) -> Signature:
        """The signature.json of a folder."""
        return cls.model_validate(read_json(folder / FILE))
