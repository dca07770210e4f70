"""What all other columns tell together, and whether one column is beyond that.

A strong column is no leak as long as the rest of the table knows nearly as much; it is suspicious when it
alone knows what everything else together does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from specweave.leakage.finding import Severity
from specweave.leakage.material import Codes, Floats, Material
from specweave.leakage.strength import Strength, column_strength, strength_of

# Bars for a column that tells the target nearly alone. Regression is stricter: R² of 0.98 is common in physics.
SUSPECTED = {"classes": 0.90, "regression": 0.98}
CERTAIN = {"classes": 0.95, "regression": 0.99}
LEVELS = 12
ROUNDS = 80
LEAST_ROWS = 50
LEAST_CLASS = 15
MOST_LEAKS = 2


def verdict(material: Material, alone: Strength, rest: Strength) -> Severity | None:
    """Whether a column that tells the target by itself is beyond everything else, and how surely."""
    kind = _kind(material)
    if alone.skill < SUSPECTED[kind] or not _beyond_chance(material, alone, rest):
        return None
    left = (1 - alone.skill) / max(1 - rest.skill, 1e-12)
    enough = len(material.sample) >= LEAST_ROWS and material.smallest_class >= LEAST_CLASS
    if alone.skill >= CERTAIN[kind] and left <= 0.2 and enough:
        return "certain"
    return "suspected" if left <= 0.5 else None


def promising(material: Material, alone: Strength) -> bool:
    """Whether a column is strong enough to ask what the others know."""
    return alone.skill >= SUSPECTED[_kind(material)]


def _kind(material: Material) -> str:
    return "regression" if material.is_regression else "classes"


def against_the_rest(material: Material, column: str, alone: Strength) -> tuple[Severity | None, Strength]:
    """The verdict on a column that tells much alone, and what the columns it was measured against tell.

    Several leaks must not excuse one another, so columns that determine the target do not count as the rest. A column
    excused only by others nearly as strong is suspected: they may be leaks together, or honest together.
    """
    exact = determiners(material)
    rest = everything_else(material, exact | {column})
    severity = verdict(material, alone, rest)
    agreeing = len(exact | {column})
    if severity == "certain" and (agreeing > MOST_LEAKS or 2 * agreeing > len(material.columns)):
        return "suspected", rest  # where many columns tell the target, the problem may simply be easy
    if severity is None and alone.skill >= CERTAIN[_kind(material)]:
        weaker = everything_else(material, determiners(material, CERTAIN[_kind(material)]) | {column})
        if verdict(material, alone, weaker) == "certain":
            return "suspected", weaker
    return severity, rest


def determiners(material: Material, bar: float | None = None) -> frozenset[str]:
    """Columns that each alone tell the target of practically every judged row."""
    bar = bar or (0.999 if material.is_regression else 0.99)
    return frozenset(c for c in material.columns if column_strength(material, c).skill >= bar)


def everything_else(material: Material, without: Iterable[str]) -> Strength:
    """The better of boosting and a linear model on all columns but `without`.

    For regression the value of the row before counts as known too: a column that only repeats
    yesterday's value of a slow series is no leak.
    """
    left_out = frozenset(without) & frozenset(material.columns)
    key = ("all but", left_out)
    known = material.remembered(key)
    if known is None:
        columns = [c for c in material.columns if c not in left_out]
        known = max((strength_of(material, p) for p in _predictions(material, columns)), key=lambda s: s.skill)
        material.remembered(key, known)
    return known


def _beyond_chance(material: Material, alone: Strength, rest: Strength) -> bool:
    """Rows only one of the two gets wrong: a sign test; for regression the paired difference in standard errors."""
    if material.is_regression:
        difference = rest.loss - alone.loss
        error = float(difference.std(ddof=1)) / np.sqrt(len(difference))
        return bool(difference.mean() > 3 * error)
    from scipy.stats import binom

    better = int(((rest.loss == 1) & (alone.loss == 0)).sum())
    worse = int(((rest.loss == 0) & (alone.loss == 1)).sum())
    return bool(binom.sf(better - 1, better + worse, 0.5) < 1e-3) if better else False


def _predictions(material: Material, columns: list[str]) -> list[Floats]:
    from threadpoolctl import threadpool_limits

    y = material.sample_y
    if material.is_regression:
        plain = np.full(len(y), y.mean())
    else:
        plain = np.tile(np.bincount(y, minlength=len(material.classes)) / len(y), (len(y), 1))
    tables = [t for c in columns if (t := _numeric_form(material, c)) is not None]
    if material.is_regression and (before := _row_before(material)) is not None:
        tables.append(before)
    if not tables:
        return [plain]
    wide = np.column_stack(tables)
    # One thread: on ten thousand rows threads cost more than they bring, and far more on a busy machine.
    with threadpool_limits(1):
        return [_crossed(material, model, wide, plain) for model in _models(material)]


def _crossed(material: Material, model: Any, X: Floats, plain: Floats) -> Floats:
    y, half, result = material.sample_y, material.first_half, plain.copy()
    for learn in (half, ~half):
        if len(np.unique(y[learn])) < 2:
            continue
        usable = ~np.isnan(X[learn]).all(axis=0)
        if not usable.any():
            continue
        model.fit(X[np.ix_(learn, usable)], y[learn])
        new = X[np.ix_(~learn, usable)]
        if material.is_regression:
            # A straight line may leave the range of all targets seen; no sensible model would.
            result[~learn] = np.clip(model.predict(new), y[learn].min(), y[learn].max())
        else:
            result[~learn] = 0
            result[np.ix_(~learn, model.classes_.astype(int))] = model.predict_proba(new)
    return result


def _models(material: Material) -> list[Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    leaf = max(3, min(20, len(material.sample) // 40))
    boosting = HistGradientBoostingRegressor if material.is_regression else HistGradientBoostingClassifier
    rounds = ROUNDS if material.is_regression else max(20, ROUNDS // max(1, len(material.classes) - 1))
    linear = Ridge() if material.is_regression else LogisticRegression(max_iter=1000, tol=1e-2)
    return [
        boosting(max_iter=rounds, min_samples_leaf=leaf, early_stopping=False, random_state=0),
        make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), linear),
    ]


def _numeric_form(material: Material, column: str) -> Floats | None:
    """Numbers as they are; the frequent values of a category as 0/1 columns; nothing for texts and unique values."""
    if material.kind(column) != "category":
        return material.numbers(column, material.sample)[:, None]
    codes = material.codes(column, material.sample)
    frequent = np.bincount(codes + 1)[1:]
    levels = np.argsort(-frequent, kind="stable")[:LEVELS]
    levels = levels[frequent[levels] >= 5]
    return (codes[:, None] == levels).astype(np.float64) if len(levels) else None


def _row_before(material: Material) -> Floats | None:
    order = _time_order(material)
    steps = np.diff(material.y[order])
    if (steps >= 0).all() or (steps <= 0).all():
        return None  # a file sorted by its target: the row before tells everything and explains nothing
    before = np.full(material.n, np.nan)
    before[order[1:]] = material.y[order[:-1]]
    return before[material.sample][:, None]


def _time_order(material: Material) -> Codes:
    if material.time is None:
        return np.arange(material.n)
    return np.argsort(_sortable(material, material.time), kind="stable")


def _sortable(material: Material, column: str) -> Floats:
    if material.kind(column) != "category":
        return material.numbers(column)
    texts = material.features[column].astype(str).to_numpy(dtype=object)
    return np.unique(texts, return_inverse=True)[1].astype(np.float64)
