"""Whether stated probabilities come true, and whether recalibrating them would help.

The expected calibration error is never 0 by chance, so it is shown beside what a perfectly calibrated model would show
on so many rows (consistency resampling, Bröcker and Smith 2007).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.evaluation.diagnosis_result import Calibration, Recalibration
from specweave.metrics import Comparison, Predictions, compare, estimate, holm
from specweave.metrics.calibration import OfCalibration
from specweave.metrics.predictions import FloatArray

LEVEL = 0.95
DRAWS = 4000
METHODS = ("isotonic", "sigmoid")
LEAST_ROWS = 200
LEAST_CASES = 20
_EDGE = 1e-6

Map = Callable[[FloatArray], FloatArray]


def calibration(predictions: Predictions, *, groups: Any = None) -> Calibration:
    """The expected calibration error on these rows; for several classes, of the likeliest one's probability."""
    n = len(predictions)
    if predictions.scores is None or (predictions.task == "binary" and predictions.positive is None):
        return Calibration(n=n, reason="the model gives no probabilities")
    if n < LEAST_ROWS:
        return Calibration(n=n, reason=f"only {n} rows, {LEAST_ROWS} are needed to fill the bins")
    scores, happened = stated(predictions)
    found = estimate("calibration_error", _came_true(scores, happened), groups=groups)
    if found.value is None:
        return Calibration(n=n, reason=found.undefined)
    # Nobody knows how outcomes of one group would hang together in a calibrated model.
    limit, p_value = (None, None) if groups is not None else calibrated(scores, happened, found.value)
    return Calibration(error=found.value, low=found.low, high=found.high, n=n, calibrated_high=limit, p_value=p_value)


def calibrated(probabilities: FloatArray, happened: NDArray[np.bool_], error: float) -> tuple[float, float]:
    """What a perfectly calibrated model exceeds in 5 % of samples, and how often it would reach `error`."""
    binned = OfCalibration.of(probabilities, happened)
    spread = np.sqrt(np.bincount(binned.bins, probabilities * (1 - probabilities), minlength=binned.n_bins))
    drawn = np.random.default_rng(0).normal(size=(DRAWS, binned.n_bins))
    by_chance = np.abs(drawn * spread).sum(axis=1) / len(probabilities)
    return float(np.quantile(by_chance, LEVEL)), float((1 + (by_chance >= error).sum()) / (1 + DRAWS))


def _came_true(probabilities: FloatArray, happened: NDArray[np.bool_]) -> Predictions:
    truth = np.where(happened, "yes", "no")
    scores = np.column_stack([1 - probabilities, probabilities])
    return Predictions("binary", truth, truth, scores=scores, classes=("no", "yes"), positive="yes")


def stated(predictions: Predictions) -> tuple[FloatArray, NDArray[np.bool_]]:
    """The probability of the positive (or likeliest) class, and where it came true; both of shape (n,)."""
    scores = predictions.positive_scores
    if scores is not None:
        return scores, predictions.truth == predictions.positive
    assert predictions.scores is not None
    likeliest = np.array(predictions.classes)[predictions.scores.argmax(axis=1)]
    return predictions.scores.max(axis=1), predictions.truth == likeliest


def recalibrations(held_out: Predictions | None, *, groups: Any = None) -> tuple[tuple[Recalibration, ...], str | None]:
    """Each method judged by cross-fitting on out-of-fold predictions, or the reason why none can be."""
    reason = _why_not(held_out)
    if held_out is None or reason is not None:
        return (), reason
    changed = {method: cross_fitted(held_out, method) for method in METHODS}
    pairs = [
        (method, compare(metric, after, held_out, groups=groups))
        for method, after in changed.items()
        for metric in ("brier", "log_loss")
    ]
    adjusted = holm([1.0 if one.p_value is None else one.p_value for _, one in pairs])
    return tuple(
        _judged(pairs[at][0], pairs[at][1], pairs[at + 1][1], adjusted[at], adjusted[at + 1])
        for at in range(0, len(pairs), 2)
    ), None


def offered(found: tuple[Recalibration, ...]) -> str | None:
    """The method to offer: of those that help, the one with the smaller log loss."""
    helping = [one for one in found if one.helps]
    return min(helping, key=lambda one: one.log_loss.difference or 0.0).method if helping else None


def cross_fitted(held_out: Predictions, method: str) -> Predictions:
    """The predictions with each fold's probabilities mapped by what the other folds taught."""
    scores, happened = stated(held_out)
    assert held_out.folds is not None
    mapped = np.empty(len(scores))
    for fold in np.unique(held_out.folds):
        inside = held_out.folds == fold
        mapped[inside] = fit_map(scores[~inside], happened[~inside], method)(scores[inside])
    return with_probabilities(held_out, mapped)


def fit_map(probabilities: FloatArray, happened: NDArray[np.bool_], method: str) -> Map:
    """A rising map from stated to recalibrated probabilities: "isotonic" or "sigmoid" (Platt 1999, on the log odds)."""
    if method == "isotonic":
        from sklearn.isotonic import IsotonicRegression

        # A step that says never or always would be punished without bound by the first exception.
        least = 1 / (len(probabilities) + 2)
        steps = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip")
        steps.fit(probabilities, happened)
        return lambda given: np.asarray(steps.predict(given), dtype=np.float64)
    from sklearn.linear_model import LogisticRegression

    curve = LogisticRegression(C=1e6).fit(_log_odds(probabilities), happened)
    return lambda given: np.asarray(curve.predict_proba(_log_odds(given))[:, 1], dtype=np.float64)


def with_probabilities(predictions: Predictions, positive: FloatArray) -> Predictions:
    """Binary predictions with other probabilities of the positive class, shape (n,); the labels stay."""
    columns = [positive if name == predictions.positive else 1 - positive for name in predictions.classes]
    return Predictions(
        predictions.task,
        predictions.truth,
        predictions.labels,
        scores=np.column_stack(columns),
        classes=predictions.classes,
        positive=predictions.positive,
        rows=predictions.rows,
        folds=predictions.folds,
    )


def _why_not(held_out: Predictions | None) -> str | None:
    if held_out is None:
        return "the experiment has no out-of-fold predictions"
    if held_out.task != "binary" or held_out.positive_scores is None or len(held_out.classes) != 2:
        return "it needs probabilities of a binary problem"
    if held_out.folds is None or len(np.unique(held_out.folds)) < 2:
        return "the out-of-fold predictions name no folds"
    _, happened = stated(held_out)
    rarest = min(int(happened.sum()), int((~happened).sum()))
    if len(held_out) < LEAST_ROWS or rarest < LEAST_CASES:
        return f"{len(held_out)} rows with {rarest} of the rarer class are too few to learn a map from"
    return None


def _judged(method: str, brier: Comparison, log_loss: Comparison, p_brier: float, p_log: float) -> Recalibration:
    """It helps when one loss falls significantly after correction and the other does not rise."""
    better = [
        one.difference is not None and one.difference < 0 and p < 1 - LEVEL
        for one, p in ((brier, p_brier), (log_loss, p_log))
    ]
    harmless = "worse" not in (brier.verdict, log_loss.verdict)
    return Recalibration(
        method=method,
        brier=brier,
        log_loss=log_loss,
        p_holm_brier=p_brier,
        p_holm_log_loss=p_log,
        helps=any(better) and harmless,
    )


def _log_odds(probabilities: FloatArray) -> FloatArray:
    inner = np.clip(probabilities, _EDGE, 1 - _EDGE)
    return (np.log(inner) - np.log1p(-inner))[:, None]
