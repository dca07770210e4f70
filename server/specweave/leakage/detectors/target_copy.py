"""A column that is the target under another name, in other units or other words."""

from __future__ import annotations

import numpy as np

from specweave.leakage.finding import Finding
from specweave.leakage.material import Bools, Codes, Floats, Material
from specweave.leakage.reference import LEAST_CLASS
from specweave.rendering import number, percent

LEAST_DISTINCT = 20
LEAST_FILLED = 0.5


class TargetCopy:
    code = "target-copy"
    title = "Copy of the target"

    def examine(self, material: Material) -> list[Finding]:
        look = self._same_order if material.is_regression else self._same_classes
        return [finding for column in material.columns if (finding := look(material, column)) is not None]

    def _same_classes(self, material: Material, column: str) -> Finding | None:
        """One value for each class and one class for each value."""
        if not _one_to_one(material.codes(column, material.sample), material.sample_y):
            return None
        codes = material.codes(column)
        filled = codes >= 0
        if not _one_to_one(codes, material.y) or not _enough(material, filled):
            return None
        pairs = _pairs(material, column, codes)
        how = ", ".join(f"{value} is {label}" for value, label in pairs[:3])
        more = f" and {len(pairs) - 3} more" if len(pairs) > 3 else ""
        return self._finding(material, column, filled, f"one value for each class ({how}{more})", {"pairs": pairs})

    def _same_order(self, material: Material, column: str) -> Finding | None:
        """A straight line, or a strictly rising or falling relation, through every row."""
        if material.kind(column) == "category":
            return None
        if not _monotone(material.numbers(column, material.sample), material.sample_y):
            return None
        values = material.numbers(column)
        filled = ~np.isnan(values)
        if not _monotone(values, material.y) or not _enough(material, filled):
            return None
        slope, offset, exact = _line(values[filled], material.y[filled])
        if exact:
            shift = f" {'+' if offset > 0 else '−'} {number(abs(offset))}" if offset else ""
            how = f"{material.target} = {number(slope)} × {column}{shift}"
        else:
            how = f"a strictly {'rising' if slope > 0 else 'falling'} curve without any exception"
        return self._finding(material, column, filled, how, {"slope": slope, "offset": offset, "straight": exact})

    def _finding(
        self, material: Material, column: str, filled: Bools, how: str,
        facts: dict[str, object],
    ) -> Finding:  # fmt: skip
        rows = int(filled.sum())
        where = "every row" if rows == material.n else f"all rows where it is filled ({percent(rows / material.n)})"
        return Finding(
            code=self.code,
            columns=(column,),
            severity="certain",
            sentence=f"{column} is {material.target} in another form in {where}: {how}, over {rows:,} rows.",
            evidence={"rows": rows, "exceptions": 0, **facts},
            remedy=f"exclude {column}; nobody has it before {material.target} is known",
        )


def _one_to_one(codes: Codes, y: Codes) -> bool:
    """Whether values and classes answer to each other, all classes taking part."""
    filled = codes >= 0
    if not filled.any():
        return False
    k = int(y.max()) + 1
    if int(codes.max()) + 1 != k:
        return False
    pairs = np.unique(codes[filled] * k + y[filled])
    return len(pairs) == k and len(np.unique(pairs % k)) == k


def _enough(material: Material, filled: Bools) -> bool:
    if filled.mean() < LEAST_FILLED:
        return False
    if material.is_regression:
        return True
    counts = np.bincount(material.y[filled], minlength=len(material.classes))
    return bool(counts[counts > 0].min() >= LEAST_CLASS)


def _pairs(material: Material, column: str, codes: Codes) -> list[tuple[str, str]]:
    first = np.unique(codes, return_index=True)[1][int(codes.min() < 0) :]
    values = material.features[column].iloc[first]
    return [(str(value), material.classes[material.y[row]]) for value, row in zip(values, first.tolist(), strict=True)]


def _monotone(x: Floats, y: Floats) -> bool:
    filled = ~np.isnan(x)
    x, y = x[filled], y[filled]
    if len(x) < LEAST_DISTINCT:
        return False
    order = np.lexsort((y, x))
    dx, dy = np.diff(x[order]), np.diff(y[order])
    if int((dx > 0).sum()) + 1 < LEAST_DISTINCT or (dy[dx == 0] != 0).any():
        return False
    rising = dy[dx > 0]
    return bool((rising > 0).all() or (rising < 0).all())


def _line(x: Floats, y: Floats) -> tuple[float, float, bool]:
    low, high = int(x.argmin()), int(x.argmax())
    slope = float((y[high] - y[low]) / (x[high] - x[low]))
    offset = float(y[low] - slope * x[low])
    scale = float(np.abs(y).max()) or 1.0
    exact = bool(np.abs(slope * x + offset - y).max() <= 1e-9 * scale)
    return slope, 0.0 if abs(offset) <= 1e-9 * scale else offset, exact
