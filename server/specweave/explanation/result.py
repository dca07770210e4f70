"""What an explanation found: the facts every document is rendered from."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from specweave.explanation.global_facts import GlobalFacts
from specweave.explanation.local_facts import LocalExplanation, Surrogate
from specweave.problem import Task


class Explanation(BaseModel):
    """explanation.json: one model explained, globally, row by row, and as rules.

    `explained_on` says which rows were read, `unit`, `meaning`, `method` and `background` what contributions are and
    were computed against; `gap` is the largest difference between an answer and the sum of its contributions.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    increment: str
    experiment: str
    model_sha256: str | None = None
    task: Task
    target: str
    output: str
    classes: tuple[str, ...] = ()
    positive: str | None = None
    threshold: float | None = None
    columns: tuple[str, ...]
    explained_on: str
    n_rows: int
    n_training: int | None = None
    space: str
    unit: str
    meaning: str
    method: str
    background: str
    n_background: int
    exact: bool
    gap: float
    rounding: float = 0.0
    """How far the library's own single-precision answers are from the double-precision ones explained."""
    overall: GlobalFacts
    rows: tuple[LocalExplanation, ...]
    allowed: tuple[str, ...]
    allowed_by_user: bool
    surrogate: Surrogate
    cautions: tuple[str, ...] = ()
    headline: str = ""
    findings: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
