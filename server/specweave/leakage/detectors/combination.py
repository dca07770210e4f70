"""Two to four numeric columns that add up to the target exactly, or multiply to it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from specweave.leakage.finding import Finding, NotApplicable
from specweave.leakage.material import Bools, Codes, Floats, Material
from specweave.rendering import number

MOST_COLUMNS = 4
SEARCH_ROWS = 3_000
EXACT = 1e-4  # of the target's spread, as data come with six digits; the unit the target is rounded to comes on top
LEAST_DISTINCT = 20


class Combination:
    code = "combination"
    title = "Columns that add up to the target"

    def examine(self, material: Material) -> list[Finding]:
        if not material.is_regression:
            raise NotApplicable("the target is a class, and classes are not sums")
        if len(np.unique(material.sample_y)) < LEAST_DISTINCT:
            raise NotApplicable(f"the target has fewer than {LEAST_DISTINCT} different values")
        columns = [c for c in material.columns if material.kind(c) == "number" and _varied(material, c)]
        if len(columns) < 2:
            raise NotApplicable("there are fewer than two numeric columns")
        return [f for product in (False, True) if (f := self._look(material, columns, product=product)) is not None][:1]

    def _look(self, material: Material, columns: list[str], *, product: bool) -> Finding | None:
        rows = material.sample[:: max(1, len(material.sample) // SEARCH_ROWS)]
        if product and not (material.y > 0).all():
            return None
        X, names = _table(material, columns, rows, product=product)
        slack = _slack(X) if product else np.zeros_like(X)
        y = np.log(material.y[rows]) if product else material.y[rows]
        kept = _smallest(X, y, EXACT * y.std() + (0 if product else 0.75 * _resolution(material.y)), slack)
        if not 2 <= len(kept) <= MOST_COLUMNS:
            return None
        parts = tuple(names[i] for i in kept)
        weights = _solve(X[:, kept], y)
        if np.abs(weights[:-1] * X[:, kept].std(axis=0)).min() < 1e-3 * y.std():
            return None  # a column that contributes nothing visible is there by rounding
        exact, checked = _verified(material, parts, weights, product=product)
        if exact < 0.99 * checked:
            return None
        return self._finding(material, parts, weights, exact, checked, product=product)

    def _finding(
        self, material: Material, parts: tuple[str, ...], weights: Floats, exact: int, checked: int, *, product: bool
    ) -> Finding:
        simple = all(_is_simple(w) for w in weights[:-1])
        formula = _product(parts, weights) if product else _sum(parts, weights)
        return Finding(
            code=self.code,
            columns=parts,
            severity="certain" if simple else "suspected",
            sentence=f"{material.target} = {formula}, exactly, in {exact:,} of {checked:,} rows.",
            evidence={
                "weights": {c: float(w) for c, w in zip(parts, weights, strict=False)},
                "constant": float(weights[-1]),
                "rows_exact": exact,
                "rows_checked": checked,
                "form": "product" if product else "sum",
            },
            remedy=f"exclude {' and '.join(parts)}: they are parts of the target and known only together with it",
        )


def _varied(material: Material, column: str) -> bool:
    values = material.numbers(column, material.sample)
    known = values[~np.isnan(values)]
    return len(known) > 0.5 * len(values) and bool(known.min() < known.max())


def _table(material: Material, columns: list[str], rows: Codes, *, product: bool) -> tuple[Floats, list[str]]:
    """The columns as numbers, missing as 0; for products their logarithms, as far as they are positive."""
    names, values = [], []
    for column in columns:
        x = material.numbers(column, rows)
        if product:
            if np.isnan(x).any() or (x <= 0).any():
                continue
            x = np.log(x)
        names.append(column)
        values.append(np.nan_to_num(x))
    return (np.column_stack(values) if values else np.zeros((len(rows), 0))), names


def _slack(X: Floats) -> Floats:
    """How far each logarithm may be off because its number was rounded before it was written down."""
    found = np.zeros_like(X)
    for i in range(X.shape[1]):
        x = np.exp(X[:, i])
        found[:, i] = 0.75 * _resolution(x) / x
    return found


def _smallest(X: Floats, y: Floats, tolerance: float, slack: Floats) -> list[int]:
    """Positions of a smallest set of columns that gives y exactly; empty when even all of them do not.

    Blocks of columns are left out as long as the rest still suffices (delta debugging), so a hundred columns need
    some thirty fits. Fits need more rows than columns, or anything would be exact.
    """
    kept = list(range(X.shape[1]))
    if X.shape[0] < 2 * X.shape[1] + 20:
        kept = kept[: (X.shape[0] - 20) // 2]
    if len(kept) < 2 or not _suffices(X, y, kept, tolerance, slack):
        return []
    size = max(1, len(kept) // 2)
    while True:
        for start in range(0, len(kept), size):
            rest = kept[:start] + kept[start + size :]
            if rest and _suffices(X, y, rest, tolerance, slack):
                kept = rest
                break
        else:
            if size == 1:
                return kept
            size = max(1, size // 2)
        size = min(size, max(1, len(kept) // 2))


def _suffices(X: Floats, y: Floats, columns: list[int], tolerance: float, slack: Floats) -> bool:
    part = X[:, columns]
    allowed = tolerance + slack[:, columns].sum(axis=1)
    return bool((np.abs(_predict(part, _solve(part, y)) - y) <= allowed).all())


def _resolution(y: Floats) -> float:
    """The unit the target is rounded to, when that is below a thousandth of its spread; else 0."""
    for digits in range(-3, 7):
        if np.abs(np.round(y, digits) - y).max() <= 1e-9 * max(1.0, float(np.abs(y).max())):
            return 10.0**-digits if 10.0**-digits <= 1e-3 * y.std() else 0.0
    return 0.0


def _solve(X: Floats, y: Floats) -> Floats:
    """Weights and, last, the constant; columns are scaled first so that no unit drowns another."""
    center, scale = X.mean(axis=0), X.std(axis=0)
    scale[scale == 0] = 1
    weights = np.linalg.lstsq((X - center) / scale, y - y.mean(), rcond=1e-10)[0] / scale
    constant = float(y.mean() - center @ weights)
    return np.append(weights, 0.0 if abs(constant) <= EXACT * (y.std() or 1) else constant)


def _predict(X: Floats, weights: Floats) -> Floats:
    result: Floats = X @ weights[:-1] + weights[-1]
    return result


def _verified(material: Material, parts: tuple[str, ...], weights: Floats, *, product: bool) -> tuple[int, int]:
    """(rows where the equation holds, rows where all parts are known), over the whole table."""
    X = np.column_stack([material.numbers(c) for c in parts])
    y = material.y
    unknown: Bools = np.isnan(X)
    if product:
        unknown |= X <= 0
    known = ~unknown.any(axis=1)
    if product:
        X, y = np.log(np.where(X > 0, X, 1)), np.log(y)
    tolerance = 2 * EXACT * y.std() + (0 if product else 0.75 * _resolution(y))
    if product:
        tolerance = tolerance + _slack(X[known]).sum(axis=1)
    close = np.abs(_predict(X[known], weights) - y[known]) <= tolerance
    return int(close.sum()), int(known.sum())


def _is_simple(weight: float) -> bool:
    """Whether a weight is one a person would choose: a small fraction, or at most three decimals."""
    near = Fraction(weight).limit_denominator(12)
    decimals = round(weight, 3)
    return any(abs(weight - float(w)) <= 1e-5 * max(1.0, abs(weight)) and w != 0 for w in (near, decimals))


def _sum(parts: tuple[str, ...], weights: Floats) -> str:
    positive_first = sorted(zip(parts, weights, strict=False), key=lambda term: bool(term[1] < 0))
    terms = [f"{'−' if w < 0 else '+'} {_times(w)}{c}" for c, w in positive_first]
    if weights[-1]:
        terms.append(f"{'−' if weights[-1] < 0 else '+'} {number(abs(float(weights[-1])))}")
    return " ".join(terms).removeprefix("+ ")


def _times(weight: float) -> str:
    return "" if abs(abs(weight) - 1) < 1e-5 else f"{number(abs(float(weight)))} × "


def _product(parts: tuple[str, ...], weights: Floats) -> str:
    factors = [c if abs(w - 1) < 1e-5 else f"{c}^{number(float(w))}" for c, w in zip(parts, weights, strict=False)]
    constant = float(np.exp(weights[-1]))
    return " × ".join([*([number(constant)] if weights[-1] else []), *factors])
