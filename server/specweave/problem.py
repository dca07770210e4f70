"""The problem: what is to be predicted, from what, and when it is good enough.

It stands in spec.md's front matter under the key `ml`, so a person can edit it and the tools obey it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Task = Literal["binary", "multiclass", "regression"]
SplitStrategy = Literal["auto", "random", "stratified", "group", "time"]


class _Part(BaseModel):
    # Unknown keys are kept: a person may write more into the front matter than the tools read.
    model_config = ConfigDict(extra="allow", validate_assignment=True)


class DataSource(_Part):
    """Where the rows come from: a file of the project, or a query against a database URL."""

    location: str = Field(description="file path relative to the project, or a database URL")
    query: str | None = Field(None, description="SQL, for a database or a file with several tables")
    delimiter: str | None = None
    encoding: str | None = None
    header_row: int | None = Field(None, ge=0, description="0-based line of the column names")
    decimal: str | None = None
    thousands: str | None = None
    missing_marks: list[str] | None = Field(None, description="texts read as missing, besides the usual ones")
    sheet: str | None = Field(None, description="sheet of a workbook or table of a database file")
    allow_outside: bool = False


class Criterion(_Part):
    """One condition for success, judged on the sealed test set."""

    metric: str
    comparison: Literal[">=", "<="] = ">="
    value: float


class ExcludedColumn(_Part):
    """A column no model may see, with the reason."""

    column: str
    reason: str


class SplitPolicy(_Part):
    strategy: SplitStrategy = "auto"
    test_share: float = Field(0.2, gt=0, lt=1)
    group: str | None = Field(None, description="rows with equal values here stay on one side")
    time: str | None = Field(None, description="the sealed test set is the latest part by this column")
    reason: str = ""


class Costs(_Part):
    """What one row costs by truth and answer, in any one unit; a gain is a negative cost."""

    false_positive: float = 0
    false_negative: float = 0
    true_positive: float = 0
    true_negative: float = 0
    matrix: dict[str, dict[str, float]] | None = Field(
        None, description="cost by true class and predicted class instead, for any number of classes"
    )


class Constraints(_Part):
    latency_ms: float = Field(100, gt=0, description="p95 of one prediction")
    explainable: bool = True


class Problem(_Part):
    kind: str = "tabular"
    task: Task | None = Field(None, description="found from the target when absent")
    request: str = Field("", description="the user's own words")
    data: DataSource | None = None
    target: str | None = None
    positive_label: str | None = Field(
        None, description="the class a binary problem is about; the rarer one when absent"
    )
    metric: str | None = Field(None, description="the metric models are chosen by; the kind's default when absent")
    success: list[Criterion] = []
    excluded: list[ExcludedColumn] = []
    split: SplitPolicy = SplitPolicy()
    folds: int = Field(5, ge=2, le=20)
    margin: float = Field(0.2, ge=0, le=1, description="share of the best baseline's remaining error to be removed")
    look_budget: int = Field(3, ge=1)
    constraints: Constraints = Constraints()
    costs: Costs | None = Field(None, description="what mistakes cost; the decision threshold then follows from it")
    seed: int = 0
