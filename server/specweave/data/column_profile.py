"""One column: its role, its distribution, and what is odd about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from specweave.data.facts import ColumnProfile, HiddenCode, Histogram, Role, ValueCount

if TYPE_CHECKING:
    import pandas as pd

TOP = 10
BINS = 24
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_WORDS_OF_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ID_WORDS = {"id", "ids", "uuid", "guid", "key", "nr", "no", "number", "index", "pid", "ref", "code", "identifier"}
_OWNERS = (
    "user",
    "customer",
    "client",
    "order",
    "product",
    "item",
    "movie",
    "session",
    "record",
    "patient",
    "account",
    "passenger",
    "policy",
    "row",
)
_TRUTH = ({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"on", "off"})
_CODES = (-1, -9, -99, -999, -9999, 99, 999, 9999, 99999, 999999, 9999999)
_WORDS_FOR_NOTHING = {
    "unknown",
    "missing",
    "not available",
    "not known",
    "n.a.",
    "undefined",
    "unspecified",
    "not stated",
}


@dataclass(frozen=True)
class Column:
    """A column with what several measures need: which values are there, and how often each."""

    name: str
    series: pd.Series[Any]
    present: pd.Series[Any]
    counts: pd.Series[Any]
    """By value, most frequent first."""

    @classmethod
    def of(cls, name: str, values: pd.Series[Any]) -> Column:
        present = values.dropna()
        return cls(name, values, present, present.value_counts())

    @property
    def numeric(self) -> bool:
        from pandas.api import types

        return bool(types.is_numeric_dtype(self.series.dtype)) and not types.is_bool_dtype(self.series.dtype)

    @property
    def moments(self) -> bool:
        from pandas.api import types

        return bool(types.is_datetime64_any_dtype(self.series.dtype))


def named_like_id(name: str) -> bool:
    """True for names such as customer_id, PolicyNumber, PID or userid."""
    words = [w.lower() for w in _WORDS_OF_NAME.findall(name)]
    return bool(words) and (words[-1] in _ID_WORDS or words[-1] in {f"{owner}id" for owner in _OWNERS})


def profile_column(name: str, values: pd.Series[Any]) -> ColumnProfile:
    """The column's facts, all exact for the values given."""
    column = Column.of(name, values)
    missing, rows = len(values) - len(column.present), len(values)
    profile = ColumnProfile(
        name=name,
        role=role_of(column),
        dtype=str(values.dtype),
        missing=missing,
        missing_share=missing / rows if rows else 0.0,
        distinct=len(column.counts),
        distinct_share=len(column.counts) / len(column.present) if len(column.present) else 0.0,
    )
    if len(column.present):
        _describe(profile, column)
    return profile


def role_of(column: Column) -> Role:
    """What the column is to a model; an id is unique and built like one."""
    if column.present.empty:
        return "empty"
    if len(column.counts) == 1 and len(column.present) == len(column.series):
        return "constant"
    if column.moments:
        return "datetime"
    if _is_truth(column):
        return "boolean"
    if column.numeric:
        return "id" if _numbers_rows(column) else "numeric"
    return _role_of_words(column)


def _is_truth(column: Column) -> bool:
    from pandas.api import types

    if types.is_bool_dtype(column.series.dtype):
        return True
    if len(column.counts) != 2:
        return False
    values = set(column.counts.index)
    return values == {0, 1} if column.numeric else {str(v).strip().lower() for v in values} in _TRUTH


def _numbers_rows(column: Column) -> bool:
    """True for whole numbers, all different, that count the rows or are named as an id."""
    unique = len(column.counts) == len(column.series)
    if not unique or column.series.dtype.kind not in "iu" or len(column.series) < 20:
        return False
    numbers = column.series.to_numpy()
    consecutive = int(numbers.max()) - int(numbers.min()) == len(numbers) - 1
    return consecutive or named_like_id(column.name)


def _role_of_words(column: Column) -> Role:
    sample = column.counts.index[:2000].to_numpy(dtype=object)
    words = float(np.mean([len(str(t).split()) for t in sample]))
    length = float(np.mean([len(str(t)) for t in sample]))
    share = len(column.counts) / len(column.present)
    if share > 0.95 and len(column.present) >= 20 and words < 1.5 and length <= 64:
        return "id"
    if (words >= 3 or length > 40) and share > 0.4 and len(column.counts) > 20:
        return "text"
    return "categorical"


def _describe(profile: ColumnProfile, column: Column) -> None:
    top_share = float(column.counts.iloc[0]) / len(column.series)
    profile.near_constant = len(column.counts) > 1 and top_share >= 0.99
    profile.id_like = profile.role == "id" or (
        profile.distinct_share > 0.95 and profile.distinct >= 50 and named_like_id(column.name)
    )
    if column.moments:
        _describe_moments(profile, column)
    elif column.numeric:
        _describe_numbers(profile, column)
    else:
        _describe_words(profile, column)


def _top(column: Column) -> list[ValueCount]:
    rows = len(column.series)
    return [ValueCount(value=_shown(v), count=int(n), share=int(n) / rows) for v, n in column.counts.head(TOP).items()]


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _describe_moments(profile: ColumnProfile, column: Column) -> None:
    first, last = column.present.min(), column.present.max()
    profile.minimum, profile.maximum = _iso(first), _iso(last)
    ticks = column.present.to_numpy().astype("datetime64[us]").astype("int64").astype(float)
    counts, edges = np.histogram(ticks, bins=min(BINS, max(1, len(column.counts))))
    stamps = edges.astype("int64").astype("datetime64[us]")
    profile.histogram = Histogram(edges=[str(s)[:10] for s in stamps], counts=[int(c) for c in counts])


def _iso(moment: Any) -> str:
    return str(moment.isoformat(sep=" ")).removesuffix(" 00:00:00")


def _describe_words(profile: ColumnProfile, column: Column) -> None:
    profile.top_values = _top(column)
    profile.high_cardinality = profile.role == "categorical" and profile.distinct > 50
    lengths = np.array([len(str(t)) for t in column.counts.index[:5000]])
    profile.mean_length = float(np.average(lengths, weights=column.counts.to_numpy()[:5000]))
    nothing = [(v, n) for v, n in column.counts.head(50).items() if str(v).strip().lower() in _WORDS_FOR_NOTHING]
    profile.notes += [f"{v!r} ({n} rows) may stand for a missing value" for v, n in nothing]


def _describe_numbers(profile: ColumnProfile, column: Column) -> None:
    numbers = column.present.to_numpy(dtype="float64")
    finite = numbers[np.isfinite(numbers)]
    if not len(finite):
        return
    if len(finite) < len(numbers):
        profile.notes.append(f"{len(numbers) - len(finite)} values are infinite")
    profile.minimum, profile.maximum = float(finite.min()), float(finite.max())
    # Sums of numbers near the largest a float can hold overflow, which is no reason to stop.
    with np.errstate(over="ignore", invalid="ignore"):
        _moments(profile, finite)
    profile.whole = bool(np.all(finite == np.floor(finite)))
    if len(column.counts) <= 20:
        profile.top_values = _top(column)
    profile.histogram = _histogram(finite, column)
    profile.outliers = count_outliers(finite, profile.quantiles)
    if profile.role == "numeric":
        profile.hidden_codes = hidden_codes(column.counts, len(column.present))
        profile.capped_at, profile.capped_share = capped(column.counts, len(column.present))


def _moments(profile: ColumnProfile, finite: Any) -> None:
    profile.quantiles = {f"{q:g}": float(v) for q, v in zip(QUANTILES, np.quantile(finite, QUANTILES), strict=True)}
    mean, spread = float(finite.mean()), float(finite.std(ddof=1)) if len(finite) > 1 else 0.0
    profile.mean = mean if np.isfinite(mean) else profile.quantiles["0.5"]
    profile.std = spread if np.isfinite(spread) else None
    profile.skew = _skew(finite) if profile.std else None


def _skew(numbers: Any) -> float | None:
    spread = numbers.std()
    if len(numbers) < 3 or spread == 0:
        return None
    # Scaled first, because the third power of large numbers overflows.
    return float(np.mean(((numbers - numbers.mean()) / spread) ** 3))


def _histogram(numbers: Any, column: Column) -> Histogram | None:
    low, high = float(numbers.min()), float(numbers.max())
    if not np.isfinite(high - low) or 0 < (high - low) / BINS < max(abs(high), abs(low)) * 1e-14:
        # Bins this wide, or this narrow, have no edges that floats can tell apart.
        return None
    distinct = len(column.counts)
    if distinct <= BINS and high - low <= BINS and bool(np.all(numbers == np.floor(numbers))):
        edges = np.arange(low - 0.5, high + 1.5)
    else:
        edges = np.histogram_bin_edges(numbers, bins=BINS)
    counts, edges = np.histogram(numbers, bins=edges)
    return Histogram(edges=[float(e) for e in edges], counts=[int(c) for c in counts])


def count_outliers(numbers: Any, quantiles: dict[str, float]) -> int | None:
    """Values "far out" in Tukey's sense (1977): beyond three interquartile ranges from the quartiles."""
    low, high = quantiles["0.25"], quantiles["0.75"]
    spread = high - low
    if spread == 0 or not np.isfinite(spread):
        return None
    return int(np.sum((numbers < low - 3 * spread) | (numbers > high + 3 * spread)))


def hidden_codes(counts: pd.Series[Any], rows: int) -> list[HiddenCode]:
    """Numbers far from all the others that occur often enough to be a code for "not known"."""
    if len(counts) < 10:
        return []
    numbers = counts.index.to_numpy(dtype="float64")
    by_value = dict(zip(numbers.tolist(), counts.to_list(), strict=True))
    found = []
    for code in (0, *_CODES):
        count = by_value.get(float(code), 0)
        if count >= max(2, 0.0005 * rows) and count <= 0.4 * rows and (reason := _stands_apart(code, numbers, counts)):
            found.append(HiddenCode(value=float(code), count=int(count), reason=reason))
    return found


def _stands_apart(code: float, numbers: Any, counts: Any) -> str | None:
    others = numbers[numbers != code]
    rest = np.repeat(others, counts.to_numpy()[numbers != code]) if counts.sum() <= 2_000_000 else others
    reach = float(others.max() - others.min())
    spread = float(np.quantile(rest, 0.75) - np.quantile(rest, 0.25)) or reach
    gap = float(np.min(np.abs(others - code)))
    if code < 0:
        return "the only negative value" if others.min() >= 0 else None
    if code == 0:
        apart = others.min() > 0 and gap >= 0.25 * spread and gap > 3 * _usual_step(others)
        return f"the next value is {others.min():g}" if apart else None
    apart = (
        others.max() < code
        and gap >= max(0.5 * reach, 3 * (spread if spread < reach else 0))
        and gap > 3 * _usual_step(others)
    )
    return f"the next lower value is {others.max():g}" if apart else None


def _usual_step(numbers: Any) -> float:
    steps = np.diff(np.sort(numbers))
    return float(np.quantile(steps, 0.9)) if len(steps) else 0.0


def capped(counts: pd.Series[Any], rows: int) -> tuple[float | None, float | None]:
    """The largest value and its share when far more rows have it than any near it, as if cut off there."""
    if len(counts) < 30:
        return None, None
    numbers = counts.index.to_numpy(dtype="float64")
    order = np.argsort(numbers)
    top, by_size = float(numbers[order[-1]]), counts.to_numpy()[order]
    below = by_size[-31:-1]
    share = float(by_size[-1]) / rows
    if share >= 0.01 and by_size[-1] >= 5 * max(float(np.mean(below)), 1.0) and by_size[-1] > 2 * below.max():
        return top, share
    return None, None
