"""What a closer look at a model found: slices, fairness, errors, calibration, power, cautions."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from specweave.metrics import Comparison

SliceVerdict = Literal["worse", "within noise", "better", "not applicable"]


class Fact(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class SliceTest(Fact):
    """One metric in one slice against all other rows; `difference` is slice − rest, `p_holm` corrected for all tests.

    A slice that cannot be judged has the verdict "not applicable" and says why in `reason`.
    """

    column: str
    slice: str
    metric: str
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    rest: float | None = None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    p_value: float | None = None
    p_holm: float | None = None
    verdict: SliceVerdict
    reason: str | None = None


class LeftOut(Fact):
    """A column that could not be cut into slices, or only in part, and why."""

    column: str
    reason: str


class Slices(Fact):
    """Every slice by every metric; `worst` are places in `tests` of significantly worse ones, the surest damage first."""

    metrics: tuple[str, ...]
    correction: str = "Holm"
    level: float = 0.95
    n: int
    n_tests: int
    n_slices: int
    tests: tuple[SliceTest, ...]
    worst: tuple[int, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class GroupRate(Fact):
    """How often one group is answered with the positive class, among all its rows or those of one true class."""

    group: str
    n: int
    rate: float
    low: float | None = None
    high: float | None = None


class FairnessMeasure(Fact):
    """The largest difference of a rate between two groups of a column, with a simultaneous interval."""

    column: str
    measure: str
    title: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    ratio: float | None = None
    lowest: str | None = None
    highest: str | None = None
    groups: tuple[GroupRate, ...] = ()
    computed_by: str = ""
    reason: str | None = None


class RowFacts(Fact):
    """One training row that its fold's model got wrong; `columns` are its raw values as text."""

    row: int
    truth: str
    said: str
    probability: float | None = None
    loss: float
    columns: dict[str, str]


class ConfusedPair(Fact):
    """One kind of mistake; `share` is of the rows that truly are `truth`."""

    truth: str
    said: str
    n: int
    share: float
    low: float
    high: float


class ResidualPattern(Fact):
    """How the mean residual differs between the parts of one feature: by Welch's test, `explained` is the share of variance."""

    feature: str
    explained: float
    p_value: float | None = None
    p_holm: float | None = None
    parts: tuple[str, ...]
    n: tuple[int, ...]
    means: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    remains: bool


class ErrorAnalysis(Fact):
    """Mistakes in the out-of-fold predictions of the training rows; sealed rows are not shown to anyone."""

    n: int
    residual: str
    confident_mistakes: tuple[RowFacts, ...] = ()
    confused: tuple[ConfusedPair, ...] = ()
    patterns: tuple[ResidualPattern, ...] = ()
    hardest: tuple[RowFacts, ...] = Field(default=(), exclude=True)
    hardest_file: str | None = None
    n_hardest: int = 0
    reason: str | None = None


class Recalibration(Fact):
    """One way to recalibrate, cross-fitted out of fold, against the probabilities as they are."""

    method: str
    brier: Comparison
    log_loss: Comparison
    p_holm_brier: float | None = None
    p_holm_log_loss: float | None = None
    helps: bool


class Calibration(Fact):
    """Expected calibration error on the sealed rows, and what recalibration would do out of fold.

    `calibrated_high` is what a perfectly calibrated model would exceed on so many rows with probability 1 − level;
    `p_value` is of the test that the model is calibrated.
    """

    error: float | None = None
    low: float | None = None
    high: float | None = None
    n: int
    calibrated_high: float | None = None
    p_value: float | None = None
    recalibrations: tuple[Recalibration, ...] = ()
    offered: str | None = None
    no_recalibration: str | None = None
    reason: str | None = None


class Power(Fact):
    """The smallest true difference that a test on these rows would have found with probability `power`."""

    metric: str
    difference: float
    power: float
    level: float
    against: str


class ColumnShift(Fact):
    """A column whose rows in one fold differ from all other rows, in standard deviations."""

    column: str
    shift: float
    inside: float
    outside: float
    level: str | None = None


class WorstFold(Fact):
    """The fold with the worst value, and what is different in its rows."""

    fold: int
    value: float
    n: int | None = None
    shifts: tuple[ColumnShift, ...] = ()
    reason: str | None = None


class Caution(Fact):
    """One reason to trust the result less; the words are in the report."""

    code: Literal["no-baseline", "below-margin", "unstable-folds", "single-split"]


class Diagnosis(Fact):
    """Everything beyond the verdict; `findings` are its sentences, the gravest first."""

    slices: Slices | None = None
    fairness: tuple[FairnessMeasure, ...] = ()
    errors: ErrorAnalysis | None = None
    calibration: Calibration | None = None
    power: Power | None = None
    worst_fold: WorstFold | None = None
    cautions: tuple[Caution, ...] = ()
    findings: tuple[str, ...] = ()
