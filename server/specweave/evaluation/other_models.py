"""A model against others on the same rows, corrected for their number."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from specweave.errors import DataError, StorageError
from specweave.evaluation.model_result import OtherModel
from specweave.evaluation.power import smallest_difference
from specweave.evaluation.prediction_files import read_predictions
from specweave.metrics import Comparison, Predictions, UndefinedMetric, compare, holm, margin, score
from specweave.metrics.intervals import normal_quantile
from specweave.workspace import read_json

EVALUATION = "evaluation.json"


def compared(
    metric: str, mine: Predictions, others: Mapping[str, Predictions], *, groups: Any = None
) -> tuple[OtherModel, ...]:
    """Paired tests of `mine` against each other model. Raises DataError when a model predicted other rows."""
    found = [(name, theirs, compare(metric, mine, theirs, groups=groups)) for name, theirs in others.items()]
    p_values = [one.p_value for _, _, one in found if one.p_value is not None]
    adjusted = iter(holm(p_values))
    return tuple(
        _other(name, mine, theirs, one, next(adjusted) if one.p_value is not None else None)
        for name, theirs, one in found
    )


def _other(name: str, mine: Predictions, theirs: Predictions, one: Comparison, p_holm: float | None) -> OtherModel:
    verdict = "within noise" if p_holm is not None and p_holm >= 1 - one.level else one.verdict
    return OtherModel(
        name=name,
        value=_score(one.metric, theirs),
        comparison=one,
        p_holm=p_holm,
        verdict=verdict,
        effect_size=_effect(one),
        removed=_removed(one.metric, mine, theirs),
        power=smallest_difference(one, None, name),
    )


def _effect(one: Comparison) -> float | None:
    if one.difference is None or one.low is None or one.high is None or one.high == one.low:
        return None
    error = (one.high - one.low) / 2 / normal_quantile(one.level)
    return float(one.difference / (error * np.sqrt(one.n)))


def _score(metric: str, predictions: Predictions) -> float | None:
    try:
        return score(metric, predictions)
    except UndefinedMetric:
        return None


def _removed(metric: str, mine: Predictions, theirs: Predictions) -> float | None:
    try:
        return margin(metric, score(metric, mine), score(metric, theirs))
    except UndefinedMetric:
        return None


def predictions_at(path: Path, like: Predictions) -> Predictions:
    """The predictions in a file, or those an evaluation.json points to, read like the ones they are compared with."""
    if path.is_dir():
        path = path / EVALUATION
    if path.suffix != ".json":
        return read_predictions(path, task=like.task, positive=like.positive, threshold=like.threshold)
    facts = read_json(path)
    stored = (facts.get("predictions") or {}).get("file") if isinstance(facts, dict) else None
    if not stored:
        raise DataError("The evaluation stored no predictions", value=str(path), next_step="name a file of predictions")
    # Reports of an increment name files below the increment; an evaluation of its own names them below its parent.
    places = [folder / stored for folder in (path.parent.parent, path.parent, *path.parents[2:4])]
    for place in places:
        if place.is_file():
            return Predictions.load(place)
    raise StorageError("The predictions of the evaluation are gone", value=str(stored), next_step="evaluate again")
