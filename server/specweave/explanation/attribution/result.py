"""Contributions of columns to answers, and what their numbers mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from specweave.errors import ModelError, listing

FloatArray = NDArray[np.float64]
Space = Literal["log-odds", "probability", "class score", "target units", "share of answers"]


@dataclass(frozen=True, eq=False)
class Attribution:
    """SHAP values in raw columns: for each row, base + the sum over columns = the model's answer in `space`.

    Attributes
    ----------
    columns : tuple of str
        Raw columns, the second axis of `values`.
    values : array of shape (n, p), or (n, p, k) for k classes
        For a binary task contributions to the positive class.
    base : array of shape () or (k,)
        The average answer the contributions start from.
    output : array of shape (n,) or (n, k)
        The model's answer in `space`, as the model itself gives it and not as a sum of the values. Where its library adds up
        in single precision (XGBoost), the same trees walked in double precision.
    rounding : float
        How far the library's own single-precision answers are from `output`; 0 for all others.
    space : str
        "log-odds" of the positive class, "probability", "class score" (a class's number before softmax), "target units"
        of a regression, or "share of answers" for a classifier without probabilities.
    error : array like `values`, optional
        Standard error of each value; None where the values are exact.
    method, background : str
        How the values were computed and against what, in words; `n_background` rows.
    rows : array of shape (n,)
        Row numbers in the source.
    """

    columns: tuple[str, ...]
    values: FloatArray
    base: FloatArray
    output: FloatArray
    space: Space
    method: str
    background: str
    n_background: int
    rows: NDArray[np.int64]
    classes: tuple[str, ...] = ()
    error: FloatArray | None = None
    stopped: str | None = None
    rounding: float = 0.0

    def __len__(self) -> int:
        return len(self.values)

    @property
    def exact(self) -> bool:
        return self.error is None

    @property
    def gap(self) -> float:
        """The largest difference between an answer and base + contributions: 0 up to rounding."""
        if not len(self):
            return 0.0
        return float(np.abs(self.base + self.values.sum(axis=1) - self.output).max())

    def of_class(self, name: str) -> Attribution:
        """The contributions to one class of several. Raises ModelError for a class that is not there."""
        if self.values.ndim == 2:
            return self
        if name not in self.classes:
            raise ModelError("There is no such class", value=name, allowed=listing(self.classes))
        at = self.classes.index(name)
        return replace(
            self,
            values=self.values[:, :, at],
            base=np.asarray(self.base[at]),
            output=self.output[:, at],
            error=None if self.error is None else self.error[:, :, at],
            classes=(name,),
        )

    def take(self, places: NDArray[np.int64]) -> Attribution:
        """The rows at these places."""
        return replace(
            self,
            values=self.values[places],
            output=self.output[places],
            rows=self.rows[places],
            error=None if self.error is None else self.error[places],
        )
