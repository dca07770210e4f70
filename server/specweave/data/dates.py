"""Texts into dates: mixed forms, and day or month first by evidence over the whole column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from specweave.data.numbers import matching

_CLOCK = r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,9})?)?"
_MONTH = r"[A-Za-z]{3,9}\.?"


@dataclass(frozen=True)
class _Form:
    """A way to write a date: the pattern that recognises it and the strptime formats to try in turn."""

    name: str
    pattern: str
    formats: tuple[str, ...]
    ambiguous: bool = False
    """True when the order of day and month cannot be seen in a single value; formats hold day-first, then month-first."""


_FORMS = (
    _Form("year-month-day", rf"^\d{{4}}-\d{{1,2}}-\d{{1,2}}{_CLOCK}$", ("%Y-%m-%d",)),
    _Form("year/month/day", rf"^\d{{4}}/\d{{1,2}}/\d{{1,2}}{_CLOCK}$", ("%Y/%m/%d",)),
    _Form("year.month.day", rf"^\d{{4}}\.\d{{1,2}}\.\d{{1,2}}{_CLOCK}$", ("%Y.%m.%d",)),
    *(
        _Form(
            f"with {sep}",
            rf"^\d{{1,2}}\{sep}\d{{1,2}}\{sep}\d{{4}}{_CLOCK}$",
            (f"%d{sep}%m{sep}%Y", f"%m{sep}%d{sep}%Y"),
            ambiguous=True,
        )
        for sep in "/-."
    ),
    *(
        _Form(
            f"with {sep}, short year",
            rf"^\d{{1,2}}\{sep}\d{{1,2}}\{sep}\d{{2}}{_CLOCK}$",
            (f"%d{sep}%m{sep}%y", f"%m{sep}%d{sep}%y"),
            ambiguous=True,
        )
        for sep in "/-."
    ),
    _Form("month day, year", rf"^{_MONTH} \d{{1,2}},? \d{{4}}{_CLOCK}$", ("%b %d %Y", "%B %d %Y")),
    _Form("day month year", rf"^\d{{1,2}}[ -]{_MONTH}[ -]\d{{4}}{_CLOCK}$", ("%d %b %Y", "%d %B %Y")),
    _Form("day month short year", rf"^\d{{1,2}}[ -]{_MONTH}[ -]\d{{2}}{_CLOCK}$", ("%d %b %y", "%d %B %y")),
    _Form("month-year", rf"^{_MONTH}[ -]\d{{2}}$", ("%b %y", "%B %y")),
    _Form("month year", rf"^{_MONTH}[ -]\d{{4}}$", ("%b %Y", "%B %Y")),
    _Form("year-month", r"^\d{4}-\d{2}$", ("%Y-%m",)),
    _Form("yyyymmdd", r"^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$", ("%Y%m%d",)),
)
_WORDED = {"month day, year", "day month year", "day month short year", "month-year", "month year"}
_ZONE = r"(?:Z|z|[+-]\d{2}:?\d{2}| ?UTC| ?GMT)$"


@dataclass
class Dates:
    """The dates of a column's distinct values, null where a value is none."""

    values: Any
    forms: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return 1 - self.values.null_count / len(self.values) if len(self.values) else 0.0

    @property
    def complete(self) -> bool:
        return len(self.values) > 0 and self.values.null_count == 0


def maybe_dates(values: Any) -> bool:
    """A quick look: True when one of the first values could be a date."""
    shape = rf"^\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}|^\d{{4}}-\d{{2}}$|^{_MONTH}[ -]\d|^\d{{1,2}}[ -]{_MONTH}[ -]\d|^(?:19|20)\d{{6}}$"
    return bool(pc.any(matching(values[:200], shape), min_count=0).as_py())


def parse_dates(values: Any, *, name: str, order: Any | None = None) -> Dates:
    """Dates of distinct texts.

    Parameters
    ----------
    values : Arrow strings, distinct and not missing
    name : column name; eight digits alone count as a date only in a column named after one
    order : positions of values in row order, which settle day or month first when no value does
    """
    zoned = matching(values, rf"^\d{{4}}-.*\d{_ZONE}")
    if pc.any(zoned).as_py():
        return _zoned(values, zoned)
    found = Dates(pa.nulls(len(values), pa.timestamp("us")))
    for form in _FORMS:
        mask = pc.and_(matching(values, form.pattern), pc.is_null(found.values))
        if not pc.any(mask).as_py() or (form.name == "yyyymmdd" and not found.forms and not _named_after_date(name)):
            continue
        parsed = _parse(values, mask, form, found, order)
        if parsed.null_count < len(parsed):
            found.values = pc.coalesce(found.values, parsed)
    return found


def compact_dates(values: Any, name: str) -> bool:
    """True for eight digits that all are dates, in a column named after one; as numbers they would mean nothing."""
    named = re.search(r"date|datum|fecha|ymd|(?:^|[^a-z])d(?:ay|t)(?:$|[^a-z])", name, re.IGNORECASE)
    return bool(named) and bool(pc.all(matching(values, _FORMS[-1].pattern), min_count=0).as_py())


def _named_after_date(name: str) -> bool:
    lowered = name.lower()
    return any(part in lowered for part in ("date", "datum", "day", "dt", "tag", "time", "fecha", "data"))


def _zoned(values: Any, mask: Any) -> Dates:
    bare = pc.replace_substring_regex(pc.if_else(mask, values, None), r" ?(?:UTC|GMT)$", "Z")
    bare = pc.replace_substring_regex(bare, r"([+-]\d{2})(\d{2})$", r"\1:\2")
    try:
        parsed = pc.cast(pc.cast(bare, pa.timestamp("us", tz="UTC")), pa.timestamp("us"))
    except pa.ArrowInvalid:
        return Dates(pa.nulls(len(values), pa.timestamp("us")))
    return Dates(parsed, ["ISO 8601 with zone"], ["times are converted to UTC"])


def _parse(values: Any, mask: Any, form: _Form, found: Dates, order: Any | None) -> Any:
    texts = pc.if_else(mask, values, None)
    if form.name in _WORDED:
        texts = pc.replace_substring_regex(pc.replace_substring_regex(texts, r"[,.]", ""), "-", " ")
        texts = pc.replace_substring_regex(texts, r"(?i)\bsept\b", "Sep")
    dates, clocks = _halves(texts)
    if form.ambiguous:
        parsed, label = _day_or_month_first(dates, form, found, order)
    else:
        parsed, label = _first_fitting(dates, form.formats), form.name
    if parsed.null_count < len(parsed):
        found.forms.append(label)
    return _with_clock(parsed, clocks)


def _halves(texts: Any) -> tuple[Any, Any | None]:
    """Dates and times of day (as seconds), or None when no value has a time."""
    clock = r"[T ]+(\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,9})?)$"
    if not pc.any(matching(texts, clock)).as_py():
        return texts, None
    parts = pc.extract_regex(texts, r"[T ]+(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2}(?:\.\d{1,9})?))?$")
    number = [_as_number(pc.struct_field(parts, [i])) for i in range(3)]
    seconds = pc.add(pc.add(pc.multiply(number[0], 3600.0), pc.multiply(number[1], 60.0)), number[2])
    return pc.replace_substring_regex(texts, clock, ""), pc.fill_null(seconds, 0.0)


def _as_number(texts: Any) -> Any:
    return pc.cast(pc.if_else(pc.equal(texts, ""), "0", texts), pa.float64())


def _with_clock(dates: Any, seconds: Any | None) -> Any:
    if seconds is None:
        return dates
    microseconds = pc.cast(pc.round(pc.multiply(seconds, 1e6)), pa.int64())
    return pc.add(dates, pc.cast(microseconds, pa.duration("us")))


def _strptime(texts: Any, form: str) -> Any:
    parsed = pc.strptime(texts, format=form, unit="us", error_is_null=True)
    # The C library lets 31 February pass as 3 March; a date must read back as it was written.
    day = "%d" in form
    if not day:
        return parsed
    written = pc.cast(pc.struct_field(pc.extract_regex(texts, _day_pattern(form)), [0]), pa.int64())
    return pc.if_else(pc.equal(pc.day(parsed), written), parsed, None)


def _day_pattern(form: str) -> str:
    before, after = form.split("%d")
    token = {"%Y": r"\d{4}", "%m": r"\d{1,2}", "%b": r"[A-Za-z]+", "%B": r"[A-Za-z]+", "%y": r"\d{2}"}
    for mark, pattern in token.items():
        before, after = before.replace(mark, pattern), after.replace(mark, pattern)
    digits = r"\d{2}" if form == "%Y%m%d" else r"\d{1,2}"
    return f"^{before.replace('.', '[.]')}(?P<d>{digits})"


def _first_fitting(texts: Any, formats: tuple[str, ...]) -> Any:
    parsed = _strptime(texts, formats[0])
    for form in formats[1:]:
        parsed = pc.coalesce(parsed, _strptime(texts, form))
    return parsed


def _day_or_month_first(texts: Any, form: _Form, found: Dates, order: Any | None) -> tuple[Any, str]:
    day_first, month_first = (_strptime(texts, f) for f in form.formats)
    for_day = pc.sum(pc.and_(pc.is_valid(day_first), pc.is_null(month_first))).as_py() or 0
    for_month = pc.sum(pc.and_(pc.is_valid(month_first), pc.is_null(day_first))).as_py() or 0
    first_is_day, why = _verdict(for_day, for_month, day_first, month_first, order)
    named = (
        form.formats[0 if first_is_day else 1]
        .replace("%d", "day")
        .replace("%m", "month")
        .replace("%Y", "year")
        .replace("%y", "yy")
    )
    found.notes.append(f"dates such as {_example(texts)} are read as {named}: {why}")
    chosen, other = (day_first, month_first) if first_is_day else (month_first, day_first)
    return pc.coalesce(chosen, other), named


def _verdict(for_day: int, for_month: int, day_first: Any, month_first: Any, order: Any | None) -> tuple[bool, str]:
    if for_day and for_month:
        rarer = min(for_day, for_month)
        return (
            for_day > for_month,
            f"most values allow only this order; {rarer} distinct values allow only the other one",
        )
    if for_day or for_month:
        return for_day > 0, f"{max(for_day, for_month)} distinct values have a number above 12 where the day stands"
    by_day, by_month = _rising(day_first, order), _rising(month_first, order)
    if abs(by_day - by_month) > 0.05:
        return by_day > by_month, "only so do the dates follow one another from row to row"
    return True, "nothing in the column decides; day first is assumed"


def _rising(dates: Any, order: Any | None) -> float:
    """Share of the steps from row to row that do not go back in time."""
    numbers = pc.cast(dates, pa.int64()).to_numpy(zero_copy_only=False).astype("float64")
    if order is not None:
        numbers = numbers[order]
    numbers = numbers[~np.isnan(numbers)]
    return float(np.mean(np.diff(numbers) >= 0)) if len(numbers) > 2 else 0.0


def _example(texts: Any) -> str:
    return str(pc.drop_null(texts)[0].as_py())
