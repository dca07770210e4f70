"""Decisions and what they cost: a threshold chosen out of fold, and the expected value of a row on other rows."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict

from specweave.errors import DataError, ProblemError, listing
from specweave.metrics import Comparison, Estimate, Predictions, UndefinedMetric, estimate
from specweave.metrics.comparison import verdict
from specweave.metrics.intervals import Interval, mean_of_losses, normal_quantile
from specweave.metrics.paired import by_student
from specweave.metrics.predictions import FloatArray
from specweave.problem import Costs

MOST_POINTS = 200
LEVEL = 0.95


class ThresholdChoice(BaseModel):
    """A threshold and the rule that chose it, with what it reaches out of fold; `undefined` says why there is none."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    rule: str
    threshold: float | None = None
    precision: float | None = None
    recall: float | None = None
    cost: float | None = None
    n: int
    undefined: str | None = None


class CostCurve(BaseModel):
    """The mean cost of a row at each threshold, with pointwise intervals."""

    model_config = ConfigDict(frozen=True)

    thresholds: tuple[float, ...]
    cost: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    level: float
    n: int


class ThresholdJudged(BaseModel):
    """A choice applied to rows it was not made on: precision, recall and, with costs, the expected value of a row."""

    model_config = ConfigDict(frozen=True)

    choice: ThresholdChoice
    precision: Estimate
    recall: Estimate
    expected_value: Estimate | None = None


def threshold_for_recall(held_out: Predictions, target: float) -> ThresholdChoice:
    """The highest threshold that still finds a share `target` of the positives; `held_out` are out-of-fold predictions."""
    table = _Table.of(held_out, target, "recall")
    return table.chosen(f"recall of at least {target:g}", int(np.argmax(table.recall >= target - 1e-12)))


def threshold_for_precision(held_out: Predictions, target: float) -> ThresholdChoice:
    """The threshold that finds most positives while a share `target` of the answers is right."""
    table = _Table.of(held_out, target, "precision")
    rule = f"precision of at least {target:g}"
    good = np.flatnonzero(table.precision >= target - 1e-12)
    if not len(good):
        best = float(table.precision.max())
        return ThresholdChoice(
            rule=rule, n=len(held_out), undefined=f"no threshold reaches it; the highest precision is {best:.4g}"
        )
    return table.chosen(rule, int(good[-1]))


def threshold_for_costs(held_out: Predictions, costs: Costs) -> ThresholdChoice:
    """The threshold with the least mean cost; above all scores when calling nothing positive is cheapest."""
    _only_out_of_fold(held_out)
    thresholds, mean = _cost_by_threshold(held_out, costs)[:2]
    at = int(np.argmin(mean))
    table = _Table.of(held_out, 0.5, "costs")
    rule = "least expected cost"
    if at == len(thresholds) - 1:
        return ThresholdChoice(
            rule=rule, threshold=float(thresholds[at]), recall=0.0, cost=float(mean[at]), n=len(held_out)
        )
    place = int(np.flatnonzero(table.thresholds == thresholds[at])[0])
    return table.chosen(rule, place).model_copy(update={"cost": float(mean[at])})


def judged_threshold(choice: ThresholdChoice, predictions: Predictions, costs: Costs | None = None) -> ThresholdJudged:
    """The choice on other rows. Raises UndefinedMetric when nothing was chosen."""
    if choice.threshold is None:
        raise UndefinedMetric(choice.undefined or "no threshold was chosen")
    decided = predictions.at_threshold(choice.threshold)
    return ThresholdJudged(
        choice=choice,
        precision=estimate("precision", decided),
        recall=estimate("recall", decided),
        expected_value=expected_value(decided, costs) if costs else None,
    )


def cost_per_row(predictions: Predictions, costs: Costs) -> FloatArray:
    """The cost of each row's answer, shape (n,). Raises ProblemError when the costs do not fit the classes."""
    found = np.zeros(len(predictions))
    for (truth, said), cost in _matrix(predictions, costs).items():
        found[(predictions.truth == truth) & (predictions.labels == said)] = cost
    return found


def expected_value(predictions: Predictions, costs: Costs, *, level: float = LEVEL) -> Estimate:
    """The mean value of a row, which is minus its cost, by Student's t corrected for skewness."""
    facts = {"metric": "expected_value", "level": level, "n": len(predictions)}
    values = -cost_per_row(predictions, costs)
    if not len(values):
        return Estimate(**facts, undefined="there are no rows")
    mean = float(values.mean())
    if len(values) < 2:
        return Estimate(**facts, value=mean, method="no interval: one row")
    least = float(values.min())
    ends = Interval(*(end + least for end in mean_of_losses(values - least, level)))
    return Estimate(
        **facts,
        value=mean,
        low=min(ends.low, mean),
        high=max(ends.high, mean),
        method="Student's t, corrected for skewness",
    )


def compare_values(a: Predictions, b: Predictions, costs: Costs, *, level: float = LEVEL) -> Comparison:
    """Whether a is worth more than b on the same rows: Student's t on row-wise differences."""
    if not np.array_equal(a.truth, b.truth):
        raise DataError("The two models' rows have different truth", next_step="predict the same rows with both")
    gaps = cost_per_row(b, costs) - cost_per_row(a, costs)
    if len(gaps) < 2:
        return Comparison(
            metric="expected_value",
            verdict="not defined",
            n=len(gaps),
            level=level,
            undefined="one row shows no spread",
        )
    error = float(gaps.std(ddof=1) / np.sqrt(len(gaps)))
    found = by_student(float(gaps.mean()), error, len(gaps) - 1, level, "paired t")
    return Comparison(
        metric="expected_value",
        verdict=verdict(found, level, greater_is_better=True),
        difference=found.value,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        test=found.test,
        level=level,
        n=len(gaps),
    )


def cost_curve(predictions: Predictions, costs: Costs, *, level: float = LEVEL) -> CostCurve:
    """The mean cost over thresholds, at most 200 of them, spread evenly over the rows."""
    thresholds, mean, error = _cost_by_threshold(predictions, costs)
    keep = np.unique(np.linspace(0, len(thresholds) - 1, min(MOST_POINTS, len(thresholds))).round().astype(int))
    half = normal_quantile(level) * error[keep]
    return CostCurve(
        thresholds=tuple(thresholds[keep].tolist()),
        cost=tuple(mean[keep].tolist()),
        low=tuple((mean[keep] - half).tolist()),
        high=tuple((mean[keep] + half).tolist()),
        level=level,
        n=len(predictions),
    )


class _Table:
    """Precision and recall at every distinct score, from the highest threshold to the lowest."""

    def __init__(self, scores: FloatArray, positive: FloatArray) -> None:
        order = np.argsort(-scores, kind="stable")
        ends = np.flatnonzero(np.r_[np.diff(scores[order]) != 0, True])
        found = np.cumsum(positive[order])[ends]
        self.thresholds = scores[order][ends]
        self.precision: FloatArray = found / (ends + 1)
        self.recall: FloatArray = found / found[-1]
        self.n = len(scores)

    @classmethod
    def of(cls, held_out: Predictions, target: float, what: str) -> _Table:
        _only_out_of_fold(held_out)
        if not 0 < target <= 1:
            raise ProblemError(f"The target for {what} is a share", value=target, allowed="above 0, at most 1")
        scores, positive = _scored(held_out)
        if not positive.any():
            raise UndefinedMetric(f"no row is truly {held_out.positive}")
        return cls(scores, positive)

    def chosen(self, rule: str, at: int) -> ThresholdChoice:
        return ThresholdChoice(
            rule=rule,
            threshold=float(self.thresholds[at]),
            precision=float(self.precision[at]),
            recall=float(self.recall[at]),
            n=self.n,
        )


def _only_out_of_fold(predictions: Predictions) -> None:
    if predictions.folds is None:
        raise DataError(
            "A threshold may be chosen on out-of-fold predictions only",
            value="predictions without folds",
            next_step="take predictions.parquet of the experiment, and apply the choice to the sealed rows",
        )


def _scored(predictions: Predictions) -> tuple[FloatArray, FloatArray]:
    scores = predictions.positive_scores
    if scores is None:
        raise UndefinedMetric("a threshold needs probabilities of a binary problem")
    return scores, (predictions.truth == predictions.positive).astype(np.float64)


def _matrix(predictions: Predictions, costs: Costs) -> dict[tuple[str, str], float]:
    if costs.matrix is not None:
        named = {str(name) for truth, row in costs.matrix.items() for name in (truth, *row)}
        strange = sorted(named - set(predictions.classes))
        if strange:
            raise ProblemError(
                "Costs are given for classes there are none of",
                value=listing(strange),
                allowed=listing(predictions.classes),
            )
        return {(truth, said): cost for truth, row in costs.matrix.items() for said, cost in row.items()}
    if predictions.task != "binary" or predictions.positive is None:
        raise ProblemError(
            "false_positive and false_negative need a binary problem",
            value=predictions.task,
            allowed="costs.matrix: {true class: {predicted class: cost}}",
        )
    yes, no = predictions.positive, predictions.negative or ""
    return {
        (no, yes): costs.false_positive,
        (yes, no): costs.false_negative,
        (yes, yes): costs.true_positive,
        (no, no): costs.true_negative,
    }


def _cost_by_threshold(predictions: Predictions, costs: Costs) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Thresholds ascending, the last above all scores; mean cost and its standard error at each."""
    scores, positive = _scored(predictions)
    matrix = _matrix(predictions, costs)
    yes, no = str(predictions.positive), predictions.negative or ""
    said = np.where(positive > 0, matrix.get((yes, yes), 0.0), matrix.get((no, yes), 0.0))
    unsaid = np.where(positive > 0, matrix.get((yes, no), 0.0), matrix.get((no, no), 0.0))
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])
    # Row i is called positive from threshold i down: costs above the cut as said, below as unsaid.
    total, squares = (
        (np.r_[np.cumsum(x[order][::-1])[::-1], 0.0] + np.r_[0.0, np.cumsum(y[order])])[np.r_[starts, len(order)]]
        for x, y in ((said, unsaid), (said**2, unsaid**2))
    )
    n = len(scores)
    mean = total / n
    error = np.sqrt(np.maximum(squares / n - mean**2, 0) / n)
    return np.r_[scores[order][starts], np.nextafter(scores.max(), np.inf)], mean, error
