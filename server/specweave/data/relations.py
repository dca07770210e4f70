"""Columns against the target, and the first half of the rows against the second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from specweave.data.facts import Association, ColumnProfile, Drift, TaskGuess

if TYPE_CHECKING:
    import pandas as pd

SAMPLE = 50_000
_CLASSES = 30


def associations(
    frame: pd.DataFrame, target: str, task: TaskGuess, columns: list[ColumnProfile], seed: int = 0
) -> list[Association]:
    """Each column's relation to the target, strongest first, on at most 50,000 rows.

    Numbers: |2 AUC - 1| for two classes, the correlation ratio of ranks for more, |Spearman's rho| for a number.
    Words: Cramér's V with Bergsma's (2013) correction against classes, the correlation ratio of ranks against a number.
    A column that is partly missing is also judged by its gaps.
    """
    known = frame[frame[target].notna()]
    if len(known) > SAMPLE:
        known = known.sample(SAMPLE, random_state=seed)
    found = []
    for column in columns:
        if column.name == target or column.role in ("constant", "empty", "id"):
            continue
        found += _relations(known[column.name], known[target], task, column)
    return sorted(found, key=lambda a: -a.value)


def _relations(values: Any, target: Any, task: TaskGuess, column: ColumnProfile) -> list[Association]:
    found = []
    numeric = column.role in ("numeric", "datetime") or values.dtype.kind in "iufb"
    present = values.notna().to_numpy()
    if present.sum() >= 10 and not (not numeric and column.distinct > 0.5 * len(values)):
        measure, value = _strength(values[present], target[present], task, numeric=numeric)
        found.append(Association(column=column.name, measure=measure, value=value))
    if 0.01 <= 1 - present.mean() <= 0.99:
        missing = values.isna().astype("float64")
        _, value = _strength(missing, target, task, numeric=True)
        found.append(Association(column=column.name, measure="being missing", value=value))
    return found


def _strength(values: Any, target: Any, task: TaskGuess, *, numeric: bool) -> tuple[str, float]:
    if task == "regression":
        ranks = ranked(target)
        if numeric:
            return "|Spearman's rho|", abs(_correlation(ranked(values), ranks))
        return "correlation ratio of ranks", correlation_ratio(_codes(values), ranks)
    codes = _codes(target)
    if not numeric:
        return "Cramér's V", cramers_v(_codes(values), codes)
    ranks = ranked(values)
    if codes.max(initial=0) == 1:
        return "|2 AUC − 1|", _auc_distance(ranks, codes)
    return "correlation ratio of ranks", correlation_ratio(codes, ranks)


def ranked(values: Any) -> Any:
    """Average ranks as an array; dates by their position in time."""
    if values.dtype.kind == "M":
        values = values.astype("int64")
    return values.rank().to_numpy(dtype="float64")


def _codes(values: Any) -> Any:
    import pandas as pd

    codes = pd.factorize(values)[0]
    counts = np.bincount(codes[codes >= 0])
    if len(counts) <= _CLASSES * 10:
        return codes
    # Rare values of a very wide column are one class, or chance alone would relate each to the target.
    return np.where(counts[codes] >= 5, codes, len(counts))


def _correlation(a: Any, b: Any) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum() / scale) if scale else 0.0


def _auc_distance(ranks: Any, codes: Any) -> float:
    ones = codes == 1
    n1, n0 = int(ones.sum()), int((~ones).sum())
    if not n1 or not n0:
        return 0.0
    auc = (float(ranks[ones].sum()) - n1 * (n1 + 1) / 2) / (n1 * n0)
    return abs(2 * auc - 1)


def correlation_ratio(groups: Any, values: Any) -> float:
    """Square root of the share of the values' variance that lies between the groups, corrected for their number."""
    keep = groups >= 0
    groups, values = groups[keep], values[keep]
    _, groups = np.unique(groups, return_inverse=True)
    n, k = len(values), int(groups.max(initial=0)) + 1
    total = float(((values - values.mean()) ** 2).sum()) if n else 0.0
    if n <= k or total == 0:
        return 0.0
    sizes = np.bincount(groups)
    means = np.bincount(groups, weights=values) / sizes
    within = total - float((sizes * (means - values.mean()) ** 2).sum())
    # Epsilon squared (Kelley 1935) takes off what chance gives to many groups.
    return float(np.sqrt(max(0.0, 1 - (within / (n - k)) / (total / (n - 1)))))


def cramers_v(a: Any, b: Any) -> float:
    """Association of two columns of codes with Bergsma's (2013) bias correction."""
    keep = (a >= 0) & (b >= 0)
    _, a = np.unique(a[keep], return_inverse=True)
    _, b = np.unique(b[keep], return_inverse=True)
    r, k, n = int(a.max(initial=0)) + 1, int(b.max(initial=0)) + 1, len(a)
    if r < 2 or k < 2 or n < 2:
        return 0.0
    table = np.bincount(a * k + b, minlength=r * k).reshape(r, k).astype(float)
    expected = np.outer(table.sum(1), table.sum(0)) / n
    phi2 = float(((table - expected) ** 2 / expected).sum()) / n
    phi2 = max(0.0, phi2 - (k - 1) * (r - 1) / (n - 1))
    rows, cols = r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)
    smaller = min(rows, cols) - 1
    return float(min(1.0, np.sqrt(phi2 / smaller))) if smaller > 0 else 0.0


def drift_of_halves(frame: pd.DataFrame, columns: list[ColumnProfile], by: str | None) -> list[Drift]:
    """Columns whose distribution differs between the halves by more than chance, largest first.

    The halves are cut in row order, or in the order of the datetime column `by`.
    """
    if len(frame) < 100:
        return []
    order = np.argsort(frame[by].to_numpy(), kind="stable") if by else np.arange(len(frame))
    half = len(order) // 2
    found = []
    for column in columns:
        if column.role in ("id", "constant", "empty", "datetime", "text"):
            continue
        values = frame[column.name].iloc[order]
        measure = _distance_of_numbers if column.role == "numeric" else _distance_of_words
        drift = measure(values.iloc[:half].dropna(), values.iloc[half:].dropna(), column.name, by)
        if drift is not None and drift.value > max(0.1, drift.expected):
            found.append(drift)
    return sorted(found, key=lambda d: -d.value)


def _distance_of_numbers(first: Any, second: Any, name: str, by: str | None) -> Drift | None:
    a, b = (np.sort(v.to_numpy(dtype="float64")) for v in (first, second))
    if len(a) < 30 or len(b) < 30:
        return None
    at = np.concatenate([a, b])
    distance = np.abs(
        np.searchsorted(a, at, side="right") / len(a) - np.searchsorted(b, at, side="right") / len(b)
    ).max()
    # Two-sample Kolmogorov-Smirnov bound at level 0.001.
    expected = 1.949 * np.sqrt((len(a) + len(b)) / (len(a) * len(b)))
    return Drift(
        column=name,
        measure="Kolmogorov-Smirnov distance",
        value=float(distance),
        expected=float(expected),
        order=by or "row order",
        first=f"median {np.median(a):.4g}",
        second=f"median {np.median(b):.4g}",
    )


def _common_values(column: Any) -> tuple[Any, Any]:
    """Codes and values with those of fewer than ten rows put together, since such counts vary by chance alone."""
    import pandas as pd

    codes, values = pd.factorize(column)
    counts = np.bincount(codes, minlength=len(values))
    common = np.flatnonzero(counts >= 10)
    renumbered = np.full(len(values), len(common))
    renumbered[common] = np.arange(len(common))
    shown = [str(values[i]) for i in common]
    return renumbered[codes], [*shown, "rarer values"] if len(common) < len(values) else shown


def _distance_of_words(first: Any, second: Any, name: str, by: str | None) -> Drift | None:
    import pandas as pd

    if len(first) < 30 or len(second) < 30:
        return None
    codes, values = _common_values(pd.concat([first, second]))
    if len(values) < 2:
        return None
    a = np.bincount(codes[: len(first)], minlength=len(values)) / len(first)
    b = np.bincount(codes[len(first) :], minlength=len(values)) / len(second)
    pooled = (a * len(first) + b * len(second)) / len(codes)
    scatter = pooled * (1 - pooled) * (1 / len(first) + 1 / len(second))
    # Mean of half the absolute differences under equal distributions, plus four of its standard deviations.
    expected = 0.5 * float(np.sqrt(2 / np.pi * scatter).sum()) + 2 * float(np.sqrt((1 - 2 / np.pi) * scatter.sum()))
    most = int(np.argmax(np.abs(a - b)))
    return Drift(
        column=name,
        measure="total variation distance",
        value=float(np.abs(a - b).sum() / 2),
        expected=expected,
        order=by or "row order",
        first=f"{values[most]} {a[most]:.1%}",
        second=f"{values[most]} {b[most]:.1%}",
    )
