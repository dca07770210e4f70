"""What a monitoring report found: the facts its pages are rendered from."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from specweave.metrics import Estimate

LiveVerdict = Literal["worse", "within noise", "better", "not known"]
Finding = Literal["drifted", "more missing", "unknown categories"]


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Share(_Fact):
    """One category in the log and in training, and between which shares chance keeps it."""

    name: str
    share: float
    usual: float
    low: float
    high: float


class SeriesDrift(_Fact):
    """One input or answer of the log against the reference; limits as the service's monitor has them.

    `moved` are the categories, or the parts between quantiles, whose shares changed most.
    """

    name: str
    psi: float
    psi_limit: float
    ks: float | None = None
    ks_limit: float | None = None
    missing_share: float
    missing_usual: float
    missing_limit: float
    unknown_share: float | None = None
    unknown_limit: float | None = None
    shares: tuple[Share, ...] = ()
    moved: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def severity(self) -> float:
        """The larger of both measures in units of its limit."""
        by_ks = 0.0 if self.ks is None or not self.ks_limit else self.ks / self.ks_limit
        return max(self.psi / self.psi_limit, by_ks)


class Period(_Fact):
    """A stretch of the log: its rows, its ends, and the drift of each series in units of its limit."""

    start: str
    end: str
    rows: int
    severity: dict[str, float]


class LivePerformance(_Fact):
    """A metric on rows whose label arrived, against the sealed evaluation, `difference` in the good direction.

    The interval is of the difference of two independent estimates (MOVER; Zou and Donner 2008), at a level corrected for
    the number of periods where it is one of several.
    """

    estimate: Estimate
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    verdict: LiveVerdict
    start: str = ""
    end: str = ""


class Labels(_Fact):
    """How many logged predictions have a label by now."""

    logged: int
    labelled: int
    matched_by: str


class MonitoringReport(_Fact):
    """One log against the training rows, and against the sealed evaluation where labels are there."""

    increment: str
    experiment: str
    rows: int
    start: str
    end: str
    reference_rows: int
    scores_from: str
    columns: tuple[SeriesDrift, ...]
    score: SeriesDrift | None = None
    answers: SeriesDrift | None = None
    periods: tuple[Period, ...] = ()
    not_logged: tuple[str, ...] = ()
    metric: str | None = None
    sealed: Estimate | None = None
    labels: Labels | None = None
    overall: tuple[LivePerformance, ...] = ()
    over_time: tuple[LivePerformance, ...] = ()
    figures: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    verdict: str = ""
    sentences: tuple[str, ...] = ()

    @property
    def alarming(self) -> bool:
        """Whether something drifted or the primary metric got worse."""
        series = [*self.columns, *(one for one in (self.score, self.answers) if one)]
        return any(one.findings for one in series) or any(
            one.verdict == "worse" and one.estimate.metric == self.metric for one in self.overall
        )

    def __str__(self) -> str:
        lines = [self.verdict, *self.sentences]
        if self.documents:
            lines.append("Written: " + ", ".join(self.documents))
        return "\n".join(lines)
