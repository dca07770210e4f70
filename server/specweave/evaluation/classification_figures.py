"""The figures of a classifier on the sealed rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.evaluation.curves import Curve, by_threshold, calibration_bins, precision_recall_curve, roc_curve
from specweave.metrics import Predictions, UndefinedMetric, estimate, score
from specweave.rendering import number, percent
from specweave.visuals import PALETTE, figure

MOST_CURVES = 8
MOST_CLASSES = 20
MOST_NUMBERED = 12


def confusion_matrix(predictions: Predictions) -> Any:
    """Counts and shares of each true class; beyond twenty classes the most frequent ones."""
    names = _shown_classes(predictions)
    counts = np.array([[((predictions.truth == t) & (predictions.labels == p)).sum() for p in names] for t in names])
    totals = np.array([(predictions.truth == t).sum() for t in names])
    shares = counts / np.maximum(totals, 1)[:, None]
    side = min(11.0, max(5.5, 2.5 + 0.85 * len(names)))
    made, axes = figure(side + 1, side)
    axes.grid(visible=False)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(
        range(len(names)),
        [_short(name) for name in names],
        rotation=45 if len(names) > 3 else 0,
        ha="right" if len(names) > 3 else "center",
    )
    axes.set_yticks(
        range(len(names)), [f"{_short(name)}\nn = {total:,}" for name, total in zip(names, totals, strict=True)]
    )
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title(f"Confusion matrix, n = {len(predictions):,}{_threshold_text(predictions)}")
    _write_cells(axes, counts, shares)
    made.colorbar(image, ax=axes, label="share of the true class", shrink=0.8)
    return made


def roc(predictions: Predictions) -> Any:
    """The ROC curve with its band, or one for each class against the rest."""
    made, axes = figure(7.5, 6.5)
    axes.plot([0, 1], [0, 1], color="0.5", linestyle="--", linewidth=1, label="chance")
    for one in _one_versus_rest(predictions):
        curve = roc_curve(one.scores, one.positive, band=one.single)
        _draw(axes, curve, one.color, f"{one.label} {_value('roc_auc', one.alone)}", style=one.style)
    axes.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    axes.set_title(f"ROC curve, n = {len(predictions):,}{_band_text(predictions)}")
    axes.legend(loc="lower right")
    return made


def precision_recall(predictions: Predictions) -> Any:
    """Precision over recall with its band, or one curve for each class."""
    made, axes = figure(7.5, 6.5)
    for one in _one_versus_rest(predictions):
        curve = precision_recall_curve(one.scores, one.positive, band=one.single)
        _draw(axes, curve, one.color, f"{one.label} {_value('average_precision', one.alone)}", style=one.style)
        if one.single:
            share = float(one.positive.mean())
            axes.axhline(share, color="0.5", linestyle="--", linewidth=1, label=f"chance {number(share, 3)}")
    axes.set(xlabel="recall", ylabel="precision", xlim=(-0.01, 1.01), ylim=(-0.01, 1.03))
    axes.set_title(f"Precision and recall, n = {len(predictions):,}{_band_text(predictions)}")
    axes.legend(loc="best")
    return made


def calibration(predictions: Predictions) -> Any:
    """What happened over what was predicted, and how often each probability was given."""
    probabilities, happened, what = _stated(predictions)
    found = calibration_bins(probabilities, happened)
    made, (upper, lower) = figure(7.0, 7.0, nrows=2, sharex=True, height_ratios=[3, 1])
    upper.plot([0, 1], [0, 1], color="0.5", linestyle="--", linewidth=1, label="perfect calibration")
    upper.fill_between(
        found.predicted,
        found.calm_low,
        found.calm_high,
        color="0.5",
        alpha=0.25,
        linewidth=0,
        label="95 % by chance if calibrated",
    )
    errors = np.abs(np.array([found.observed - found.low, found.high - found.observed]))
    upper.errorbar(
        found.predicted,
        found.observed,
        yerr=errors,
        fmt="o",
        color=PALETTE[0],
        capsize=3,
        label="bins of equal size, 95 % intervals",
    )
    upper.set(ylabel=f"share of {what[1]}", ylim=(-0.03, 1.03))
    upper.set_title(f"Calibration, n = {len(predictions):,}, Brier score {number(score('brier', predictions), 3)}")
    upper.legend(loc="upper left")
    lower.hist(probabilities, bins=40, range=(0, 1), color=PALETTE[5])
    lower.set(xlabel=what[0], ylabel="rows", xlim=(-0.02, 1.02))
    return made


def threshold(predictions: Predictions) -> Any:
    """Precision, recall and F1 over the decision threshold, with the chosen one."""
    scores, positive = predictions.positive_scores, predictions.truth == predictions.positive
    assert scores is not None
    made, axes = figure(8.0, 5.5)
    for (name, curve), color, style in zip(
        by_threshold(scores, positive).items(), PALETTE, ("-", "--", "-."), strict=False
    ):
        _draw(axes, curve, color, {"f1": "F1"}.get(name, name), style=style)
    if predictions.threshold is not None:
        axes.axvline(
            predictions.threshold,
            color="black",
            linewidth=1.2,
            linestyle=":",
            label=f"chosen threshold {number(predictions.threshold, 3)}",
        )
    axes.set(
        xlabel=f"threshold on the probability of {_short(str(predictions.positive))}",
        ylabel="value",
        xlim=(0, 1),
        ylim=(-0.01, 1.03),
    )
    axes.set_title(f"Decision threshold, n = {len(predictions):,}, pointwise 95 % bands")
    axes.legend(loc="best")
    return made


class _OneVersusRest:
    """One curve of the ROC or precision-recall figure."""

    def __init__(self, predictions: Predictions, name: str, place: int = 0, *, single: bool) -> None:
        assert predictions.scores is not None
        self.scores = predictions.scores[:, predictions.classes.index(name)]
        self.positive = predictions.truth == name
        self.color = PALETTE[place]
        self.style = ("-", "--")[place % 2]
        self.single = single
        self.label = "model" if single else _short(name)

    @property
    def alone(self) -> Predictions:
        """This class against the rest as a binary problem."""
        labels = np.where(self.positive, "1", "0")
        scores = np.column_stack([1 - self.scores, self.scores])
        return Predictions("binary", labels, labels, scores=scores, classes=("0", "1"), positive="1")


def _one_versus_rest(predictions: Predictions) -> list[_OneVersusRest]:
    if predictions.task == "binary":
        return [_OneVersusRest(predictions, str(predictions.positive), single=True)]
    present = [name for name in _shown_classes(predictions) if (predictions.truth == name).any()][:MOST_CURVES]
    return [_OneVersusRest(predictions, name, place, single=False) for place, name in enumerate(present)]


def _shown_classes(predictions: Predictions) -> list[str]:
    if len(predictions.classes) <= MOST_CLASSES:
        return list(predictions.classes)
    counts = {name: int((predictions.truth == name).sum()) for name in predictions.classes}
    kept = sorted(predictions.classes, key=lambda name: -counts[name])[:MOST_CLASSES]
    return [name for name in predictions.classes if name in kept]


def _stated(predictions: Predictions) -> tuple[NDArray[np.float64], NDArray[np.bool_], tuple[str, str]]:
    """Probabilities given, whether what they were given for came true, and both in words."""
    scores = predictions.positive_scores
    if scores is not None:
        name = _short(str(predictions.positive))
        return (
            scores,
            predictions.truth == predictions.positive,
            (f"predicted probability of {name}", f"{name} among the rows"),
        )
    assert predictions.scores is not None
    likeliest = np.array(predictions.classes)[predictions.scores.argmax(axis=1)]
    return (
        predictions.scores.max(axis=1),
        predictions.truth == likeliest,
        ("probability of the likeliest class", "right answers"),
    )


def _write_cells(axes: Any, counts: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    if len(counts) > MOST_NUMBERED:
        return
    size = 12 if len(counts) <= 6 else 9
    for (row, column), count in np.ndenumerate(counts):
        share = float(shares[row, column])
        axes.text(
            column,
            row,
            f"{count:,}\n{percent(share, 0 if len(counts) > 6 else 1)}",
            ha="center",
            va="center",
            fontsize=size,
            color="white" if share > 0.55 else "black",
        )


def _draw(axes: Any, curve: Curve, color: str, label: str, *, style: str = "-") -> None:
    axes.plot(curve.x, curve.y, color=color, linestyle=style, label=label)
    if curve.low is not None:
        axes.fill_between(curve.x, curve.low, curve.high, color=color, alpha=0.18, linewidth=0)


def _value(metric: str, predictions: Predictions) -> str:
    try:
        found = estimate(metric, predictions, n_resamples=200)
    except UndefinedMetric:
        return ""
    if found.value is None or found.low is None:
        return f"{found.undefined or number(found.value, 3)}"
    return f"{number(found.value, 3)} ({number(found.low, 3)}–{number(found.high, 3)})"


def _threshold_text(predictions: Predictions) -> str:
    if predictions.threshold is None:
        return ""
    return f"\n{_short(str(predictions.positive))} from a probability of {number(predictions.threshold, 3)}"


def _band_text(predictions: Predictions) -> str:
    if predictions.task == "binary":
        return f" ({(predictions.truth == predictions.positive).sum():,} of class {_short(str(predictions.positive))}), pointwise 95 % band"
    shown, of = min(len(predictions.classes), MOST_CURVES), len(predictions.classes)
    return ", each class against the rest" + (f" ({shown} of {of} classes)" if shown < of else "")


def _short(name: str, limit: int = 18) -> str:
    return name if len(name) <= limit else name[: limit - 1] + "…"
