"""The profile: what is in a table, as typed facts from which every report is rendered."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from specweave.data.fingerprints import Fingerprint
from specweave.data.reading import Reading

Role = Literal["numeric", "categorical", "boolean", "datetime", "text", "id", "constant", "empty"]
Severity = Literal["problem", "warning", "note"]
TaskGuess = Literal["binary", "multiclass", "regression"]


class ValueCount(BaseModel):
    value: str
    count: int
    share: float


class Histogram(BaseModel):
    """Counts between consecutive edges; the edges of a datetime column are ISO dates."""

    edges: list[float] | list[str]
    counts: list[int]


class HiddenCode(BaseModel):
    """A number that seems to stand for "not known"."""

    value: float
    count: int
    reason: str


class Drift(BaseModel):
    """How far the first and second half of the rows differ in one column, between 0 (alike) and 1."""

    column: str
    measure: Literal["Kolmogorov-Smirnov distance", "total variation distance"]
    value: float
    expected: float
    """The distance chance alone rarely exceeds (about once in a thousand columns)."""
    order: str
    """"row order", or the datetime column by which the halves were cut."""
    first: str
    second: str
    """What changed: the medians, or the share of the value that moved most."""


class Association(BaseModel):
    """Strength of the relation of one column to the target, from 0 to 1; comparable only roughly across measures."""

    column: str
    measure: str
    value: float


class GroupCandidate(BaseModel):
    """A column whose repeated values may tie rows together."""

    column: str
    groups: int
    rows_per_group: float
    largest: int
    reason: str


class ColumnProfile(BaseModel):
    """One column's role, distribution and oddities; what does not apply to its role is None or empty."""

    name: str
    role: Role
    dtype: str
    missing: int
    missing_share: float
    distinct: int
    distinct_share: float
    """Distinct values by rows that are not missing."""
    minimum: float | str | None = None
    maximum: float | str | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: dict[str, float] = {}
    skew: float | None = None
    whole: bool = False
    top_values: list[ValueCount] = []
    histogram: Histogram | None = None
    outliers: int | None = None
    """Values more than three interquartile ranges outside the quartiles; None where half the values are equal."""
    capped_at: float | None = None
    capped_share: float | None = None
    hidden_codes: list[HiddenCode] = []
    near_constant: bool = False
    id_like: bool = False
    high_cardinality: bool = False
    mean_length: float | None = None
    notes: list[str] = []


class TargetSummary(BaseModel):
    """The column to be predicted: the task its values suggest, and how its classes or numbers are spread."""

    name: str
    task: TaskGuess | None
    why: str
    missing: int
    classes: list[ValueCount] = []
    n_classes: int | None = None
    rarest: ValueCount | None = None
    minority_share: float | None = None
    capped_at: float | None = None
    capped_share: float | None = None
    skew: float | None = None


class DataFinding(BaseModel):
    """One thing worth knowing before modelling, as a sentence that says what follows from it."""

    code: str
    severity: Severity
    sentence: str
    columns: list[str] = []


class Profile(BaseModel):
    """Everything known about a table before modelling; `findings` puts it in sentences, gravest first."""

    location: str
    n_rows: int
    n_columns: int
    columns: list[ColumnProfile]
    target: TargetSummary | None = None
    duplicate_rows: int = 0
    """Rows equal to an earlier one in every column."""
    duplicate_rows_without_ids: int = 0
    """The same when id columns are left out."""
    missing_cells: int = 0
    time_columns: list[str] = []
    groups: list[GroupCandidate] = []
    high_cardinality: list[str] = []
    associations: list[Association] = []
    drift: list[Drift] = []
    findings: list[DataFinding] = []
    estimated: list[str] = []
    """What was worked out from a sample or approximately; empty when everything is exact."""
    fingerprint: Fingerprint
    reading: Reading

    def column(self, name: str) -> ColumnProfile:
        """The profile of one column; KeyError when there is none by that name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
