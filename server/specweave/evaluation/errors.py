"""Where a model errs, from its out-of-fold predictions of the training rows.

Sealed rows are never shown: whoever has seen which of them went wrong can tune to them, and the seal is spent. Rows
held out in cross-validation teach the same and cost nothing.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.errors import shorten
from specweave.evaluation.diagnosis_result import ConfusedPair, ErrorAnalysis, ResidualPattern, RowFacts
from specweave.evaluation.partition import Partition, partition
from specweave.metrics import Predictions, holm
from specweave.metrics.intervals import normal_quantile, wilson
from specweave.metrics.paired import SMALLEST_P
from specweave.metrics.predictions import FloatArray
from specweave.metrics.preparation import codes, log_losses
from specweave.rendering import number

LEVEL = 0.95
MOST_MISTAKES = 10
MOST_PAIRS = 10
MOST_HARDEST = 50
MOST_COLUMNS = 40
LEAST_IN_PART = 30


def error_analysis(
    held_out: Predictions | None, rows: pd.DataFrame, *, groups: bool = False, skip: Sequence[str] = ()
) -> ErrorAnalysis:
    """Mistakes, confusions and patterns in the residuals; `rows` are the training rows, indexed by row number.

    With `groups`, rows hang together and no p-values are given. Columns in `skip` (the target) are not examined.
    """
    if held_out is None or held_out.rows is None:
        return ErrorAnalysis(n=0, residual="", reason="the experiment has no out-of-fold predictions with row numbers")
    if not np.isin(held_out.rows, rows.index.to_numpy()).all():
        return ErrorAnalysis(n=0, residual="", reason="the out-of-fold predictions are of other rows")
    known = rows.loc[held_out.rows]
    features = known.drop(columns=[name for name in skip if name in known.columns])
    left, meaning = residuals(held_out)
    hardest = hardest_rows(held_out, known)
    return ErrorAnalysis(
        n=len(held_out),
        residual=meaning,
        confident_mistakes=() if held_out.task == "regression" else confident_mistakes(held_out, known),
        confused=() if held_out.task == "regression" else confused_pairs(held_out),
        patterns=residual_patterns(left, features, tested=not groups),
        hardest=hardest,
        n_hardest=len(hardest),
    )


def losses(predictions: Predictions) -> FloatArray:
    """How wrong each row is: absolute error, log loss, or 1 for a wrong label without probabilities."""
    if predictions.task == "regression":
        errors: FloatArray = np.abs(predictions.truth - predictions.labels)
        return errors
    if predictions.scores is None:
        return np.asarray(predictions.truth != predictions.labels, dtype=np.float64)
    return log_losses(predictions)


def residuals(predictions: Predictions) -> tuple[FloatArray, str]:
    """What each answer leaves unexplained, of shape (n,), and in words what that is."""
    if predictions.task == "regression":
        left: FloatArray = predictions.truth - predictions.labels
        return left, "true − predicted value"
    right = predictions.truth == predictions.labels
    if predictions.scores is None:
        return right.astype(np.float64), "1 where the answer is right"
    if predictions.positive_scores is not None:
        happened = predictions.truth == predictions.positive
        unexpected: FloatArray = happened - predictions.positive_scores
        return unexpected, f"1 for a true {predictions.positive} − its stated probability"
    unexplained: FloatArray = (predictions.truth == _likeliest(predictions)) - predictions.scores.max(axis=1)
    return unexplained, "1 for a right answer − its stated probability"


def confident_mistakes(predictions: Predictions, rows: pd.DataFrame) -> tuple[RowFacts, ...]:
    """The wrong answers that were given the highest probability."""
    wrong = np.flatnonzero(predictions.truth != predictions.labels)
    sure = _probability_of_answer(predictions)
    if sure is not None:
        wrong = wrong[np.argsort(-sure[wrong], kind="stable")]
    return _facts(predictions, rows, wrong[:MOST_MISTAKES])


def hardest_rows(predictions: Predictions, rows: pd.DataFrame) -> tuple[RowFacts, ...]:
    """The rows with the greatest loss, greatest first."""
    order = np.argsort(-losses(predictions), kind="stable")
    return _facts(predictions, rows, order[: min(MOST_HARDEST, len(order) // 10 + 1)])


def as_table(rows: Sequence[RowFacts]) -> str:
    """Rows as CSV: row number, truth, answer, probability, loss, then the raw columns."""
    frame = pd.DataFrame(
        [
            {"row": r.row, "truth": r.truth, "said": r.said, "probability": r.probability, "loss": r.loss, **r.columns}
            for r in rows
        ]
    )
    out = io.StringIO()
    frame.to_csv(out, index=False)
    return out.getvalue()


def confused_pairs(predictions: Predictions) -> tuple[ConfusedPair, ...]:
    """Which class is taken for which, the most frequent confusions first."""
    wrong = predictions.truth != predictions.labels
    pairs = Counter(zip(predictions.truth[wrong].tolist(), predictions.labels[wrong].tolist(), strict=True))
    totals = Counter(predictions.truth.tolist())
    return tuple(_pair(truth, said, n, totals[truth]) for (truth, said), n in pairs.most_common(MOST_PAIRS))


def _pair(truth: str, said: str, n: int, of: int) -> ConfusedPair:
    low, high = wilson(n, of, LEVEL)
    return ConfusedPair(truth=str(truth), said=str(said), n=n, share=n / of, low=low, high=high)


def residual_patterns(left: FloatArray, features: pd.DataFrame, *, tested: bool = True) -> tuple[ResidualPattern, ...]:
    """Each feature whose parts have different mean residuals or not, the strongest first.

    A pattern that remains is signal the model has not used. Holm's correction is over all features.
    """
    cuts = [partition(features[name]) for name in list(features.columns)[:MOST_COLUMNS]]
    found = [one for cut in cuts if (one := _pattern(left, cut, tested=tested)) is not None]
    adjusted = holm([one.p_value for one in found if one.p_value is not None])
    corrected = iter(adjusted)
    judged = [one if one.p_value is None else _with_p(one, next(corrected)) for one in found]
    return tuple(sorted(judged, key=lambda one: (not one.remains, -one.explained)))


def _with_p(one: ResidualPattern, p_holm: float) -> ResidualPattern:
    return one.model_copy(update={"p_holm": p_holm, "remains": p_holm < 1 - LEVEL})


def _pattern(left: FloatArray, cut: Partition, *, tested: bool) -> ResidualPattern | None:
    parts = [(name, left[cut.mask(place)]) for place, name in enumerate(cut.names)]
    parts = [(name, values) for name, values in parts if len(values) >= LEAST_IN_PART and np.ptp(values) > 0]
    if len(parts) < 2:
        return None
    means = np.array([values.mean() for _, values in parts])
    half = normal_quantile(LEVEL) * np.array([values.std(ddof=1) / np.sqrt(len(values)) for _, values in parts])
    return ResidualPattern(
        feature=cut.column,
        explained=_explained([values for _, values in parts]),
        p_value=welch([values for _, values in parts]) if tested else None,
        parts=tuple(name for name, _ in parts),
        n=tuple(len(values) for _, values in parts),
        means=tuple(float(mean) for mean in means),
        low=tuple(float(end) for end in means - half),
        high=tuple(float(end) for end in means + half),
        remains=False,
    )


def _explained(parts: Sequence[FloatArray]) -> float:
    """The share of the residuals' variance between the parts."""
    together = np.concatenate(parts)
    between = sum(len(values) * (values.mean() - together.mean()) ** 2 for values in parts)
    return float(between / max(float(((together - together.mean()) ** 2).sum()), np.finfo(float).tiny))


def welch(parts: Sequence[FloatArray]) -> float:
    """The p-value of Welch's (1951) test that all parts have one mean, whatever their variances."""
    from scipy.stats import f

    k = len(parts)
    weights = np.array([len(values) / values.var(ddof=1) for values in parts])
    means = np.array([values.mean() for values in parts])
    shares = weights / weights.sum()
    lack = float(sum((1 - share) ** 2 / (len(values) - 1) for share, values in zip(shares, parts, strict=True)))
    between = float((weights * (means - shares @ means) ** 2).sum() / (k - 1))
    statistic = between / (1 + 2 * (k - 2) / (k**2 - 1) * lack)
    return max(float(f.sf(statistic, k - 1, (k**2 - 1) / (3 * lack))), SMALLEST_P)


def _facts(predictions: Predictions, rows: pd.DataFrame, chosen: NDArray[np.int64]) -> tuple[RowFacts, ...]:
    loss, sure = losses(predictions), _probability_of_answer(predictions)
    assert predictions.rows is not None
    return tuple(
        RowFacts(
            row=int(predictions.rows[at]),
            truth=_shown(predictions.truth[at]),
            said=_shown(predictions.labels[at]),
            probability=None if sure is None else float(sure[at]),
            loss=float(loss[at]),
            columns={str(name): shorten(value, 60) for name, value in rows.iloc[at].items()},
        )
        for at in chosen
    )


def _probability_of_answer(predictions: Predictions) -> FloatArray | None:
    if predictions.scores is None:
        return None
    columns = codes(predictions.labels, predictions.classes)
    return np.asarray(predictions.scores[np.arange(len(columns)), columns])


def _likeliest(predictions: Predictions) -> NDArray[Any]:
    assert predictions.scores is not None
    names: NDArray[Any] = np.array(predictions.classes)[predictions.scores.argmax(axis=1)]
    return names


def _shown(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)
