"""The probability from which a row counts as positive, chosen on out-of-fold predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from specweave.metrics import Predictions, get_metric
from specweave.problem import Criterion, Problem

FloatArray = NDArray[np.float64]
IMBALANCED = 0.2
LEVEL = 0.9


@dataclass(frozen=True)
class Cuts:
    """Counts at every distinct score, highest first: a row is positive when its score is at least `at`."""

    at: FloatArray
    hits: FloatArray
    flagged: FloatArray
    positives: int
    n: int

    @property
    def precision(self) -> FloatArray:
        return self.hits / self.flagged

    @property
    def recall(self) -> FloatArray:
        return self.hits / self.positives

    @property
    def specificity(self) -> FloatArray:
        return (self.n - self.positives - self.flagged + self.hits) / (self.n - self.positives)


def choose_threshold(problem: Problem, predictions: Predictions) -> tuple[float | None, str]:
    """The threshold and the rule behind it; None where there is nothing to decide (no two classes or no scores).

    A success criterion on precision or recall rules: among the thresholds whose one-sided 95 % lower bound
    (Clopper and Pearson 1934) reaches it, or failing that whose value does, the one with the most of the other.
    Otherwise the metric itself where it depends on the threshold, F1 where a class is rare, and 0.5 elsewhere.
    """
    scores = predictions.positive_scores
    if predictions.task != "binary" or scores is None:
        return None, "no threshold: the task has no positive class"
    truth = predictions.truth == predictions.positive
    if truth.all() or not truth.any():
        return 0.5, "0.5: the rows hold one class only"
    cuts = _cuts(scores, truth)
    for criterion in problem.success:
        if criterion.metric in ("precision", "recall") and criterion.comparison == ">=":
            return _reaching(criterion, cuts)
    return _optimal(problem, cuts, float(truth.mean()))


def _cuts(scores: np.ndarray, truth: np.ndarray) -> Cuts:
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(truth[order])
    last = np.flatnonzero(np.append(np.diff(ranked) != 0, True))
    return Cuts(
        ranked[last], hits[last].astype(np.float64), (last + 1).astype(np.float64), int(truth.sum()), len(truth)
    )


def _reaching(criterion: Criterion, cuts: Cuts) -> tuple[float, str]:
    wanted = criterion.value
    out_of = cuts.flagged if criterion.metric == "precision" else np.full(len(cuts.at), float(cuts.positives))
    value = cuts.precision if criterion.metric == "precision" else cuts.recall
    other = cuts.recall if criterion.metric == "precision" else cuts.precision
    misses = np.maximum(out_of - cuts.hits, 0)
    # The lower end of a two-sided interval at LEVEL is the one-sided bound at (1 + LEVEL) / 2.
    bound = np.where(cuts.hits > 0, beta.ppf((1 - LEVEL) / 2, np.maximum(cuts.hits, 1), misses + 1), 0.0)
    for reached, how in (
        (bound >= wanted, "its lower 95 % bound reaches it"),
        (value >= wanted, "its value reaches it"),
    ):
        if reached.any():
            best = int(np.flatnonzero(reached)[other[reached].argmax()])
            return _between(cuts, best), f"out-of-fold {criterion.metric} ≥ {wanted:g}: {how}"
    best = int(value.argmax())
    return _between(cuts, best), f"no threshold reaches {criterion.metric} ≥ {wanted:g} out of fold; the closest one"


def _optimal(problem: Problem, cuts: Cuts, share: float) -> tuple[float, str]:
    metric = problem.metric or ""
    f1 = 2 * cuts.hits / (cuts.flagged + cuts.positives)
    correct = cuts.hits + (cuts.n - cuts.positives) - (cuts.flagged - cuts.hits)
    curves = {
        "f1": f1,
        "balanced_accuracy": (cuts.recall + cuts.specificity) / 2,
        "accuracy": correct / cuts.n,
        "mcc": _mcc(cuts),
    }
    if metric in curves:
        return _between(cuts, int(curves[metric].argmax())), f"the highest out-of-fold {metric}"
    rare = min(share, 1 - share) < IMBALANCED
    if rare:
        return _between(cuts, int(f1.argmax())), "the highest out-of-fold f1, as a class is rare"
    title = get_metric(metric).name if metric else "the metric"
    return 0.5, f"0.5: the classes are balanced enough and {title} does not depend on it"


def _mcc(cuts: Cuts) -> np.ndarray:
    tp, fp = cuts.hits, cuts.flagged - cuts.hits
    fn = cuts.positives - tp
    tn = cuts.n - cuts.positives - fp
    scale = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return np.where(scale > 0, (tp * tn - fp * fn) / np.maximum(scale, 1e-12), 0.0)


def _between(cuts: Cuts, index: int) -> float:
    """Half way to the next lower score, so that rounding at prediction moves no row across."""
    lower = cuts.at[index + 1] if index + 1 < len(cuts.at) else 0.0
    return float((cuts.at[index] + lower) / 2)
