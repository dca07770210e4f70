"""Raw columns into the few types models take, at training and at prediction alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.base import BaseEstimator, TransformerMixin

from specweave.errors import ModelError, listing

_PARTS = ("days", "month", "day_of_week", "day_of_year", "hour")


class TypedColumns(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Numbers as float64, categories as text, dates as parts; missing cells as NaN in all of them.

    A cell that cannot be read as its column's type is missing. The result is a DataFrame whose columns are the
    numbers, the date parts (`when days`, `when month`, `when day_of_week`, `when day_of_year`, `when hour`) and the
    categories, in this order. Columns that are not named are ignored.

    Parameters
    ----------
    numbers, dates, categories : list of str
    """

    def __init__(self, numbers: list[str], dates: list[str], categories: list[str]) -> None:
        self.numbers = numbers
        self.dates = dates
        self.categories = categories

    def fit(self, X: pd.DataFrame, y: Any = None) -> TypedColumns:  # noqa: ARG002 - scikit-learn calls it so
        """Check that the columns are there."""
        self._require(X)
        self.n_features_in_ = X.shape[1]
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_in_")

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """The typed columns.

        Raises
        ------
        ModelError
            A column is missing.
        """
        self._require(X)
        out: dict[str, Any] = {name: as_numbers(X[name]) for name in self.numbers}
        for name in self.dates:
            out |= {f"{name} {part}": values for part, values in date_parts(X[name]).items()}
        out |= {name: as_texts(X[name]) for name in self.categories}
        return pd.DataFrame(out, index=X.index)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:  # noqa: ARG002 - as above
        """Names of the columns `transform` gives."""
        dates = [f"{name} {part}" for name in self.dates for part in _PARTS]
        return np.array([*self.numbers, *dates, *self.categories], dtype=object)

    def _require(self, X: pd.DataFrame) -> None:
        missing = [name for name in (*self.numbers, *self.dates, *self.categories) if name not in X.columns]
        if missing:
            raise ModelError(
                "Columns the model reads are not in the rows",
                value=listing(missing),
                allowed=listing([*self.numbers, *self.dates, *self.categories], limit=30),
                next_step="give rows with the columns the model was trained on",
            )


def as_numbers(column: pd.Series) -> np.ndarray:
    """float64 with NaN where there is no finite number."""
    if not is_numeric_dtype(column.dtype):
        column = pd.to_numeric(column, errors="coerce")
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    finite: np.ndarray = np.where(np.isfinite(values), values, np.nan)
    return finite


def as_texts(column: pd.Series) -> np.ndarray:
    """Object array of str, with NaN where there is no value."""
    texts = column.astype("string").astype(object).to_numpy()
    known = column.notna().to_numpy()
    out = np.full(len(column), np.nan, dtype=object)
    out[known] = texts[known]
    return out


def date_parts(column: pd.Series) -> dict[str, np.ndarray]:
    """Days since 1970, month, day of the week (Monday 0), day of the year and hour with fractions."""
    moments = pd.to_datetime(column, errors="coerce")
    if getattr(moments.dtype, "tz", None) is not None:
        moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    seconds = moments.astype("datetime64[ns]").astype("int64").to_numpy() / 1e9
    seconds = np.where(moments.notna().to_numpy(), seconds, np.nan)
    return {
        "days": np.floor(seconds / 86_400),
        "month": moments.dt.month.to_numpy(dtype=float),
        "day_of_week": moments.dt.day_of_week.to_numpy(dtype=float),
        "day_of_year": moments.dt.day_of_year.to_numpy(dtype=float),
        "hour": np.mod(seconds, 86_400) / 3_600,
    }
