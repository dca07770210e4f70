"""Columns of texts into numbers, dates, truth values or words, decided over all values of the column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from specweave.data.cells import CLEAR_MARKS, NUMERIC_MARKS
from specweave.data.dates import compact_dates, maybe_dates, parse_dates
from specweave.data.numbers import NumberForm, all_match, any_match, find_number_form, has_codes, matching, number_share
from specweave.data.reading import ColumnReading
from specweave.errors import shorten

_UNIT = r"^[+-]?\d[\d.,]*\s*[A-Za-zµ°%]{1,12}\b\.?"
_HYPHENS = ("-", "--", "---", "–")


@dataclass(frozen=True)
class Hints:
    """What the user set, and what the file as a whole suggests."""

    decimal: str | None = None
    thousands: str | None = None
    delimiter: str | None = None
    extra_marks: tuple[str, ...] = ()
    kept_marks: tuple[str, ...] = ()
    numbers: bool = True
    """False for sources whose numbers are typed: their texts are not read as numbers."""


@dataclass(frozen=True)
class _Values:
    """A column as its distinct texts and the position of each row's text among them."""

    texts: Any
    positions: Any
    counts: Any

    @classmethod
    def of(cls, column: Any) -> _Values:
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        coded = pc.utf8_trim_whitespace(column).dictionary_encode()
        positions = coded.indices.to_numpy(zero_copy_only=False)
        valid = positions if coded.indices.null_count == 0 else positions[~np.isnan(positions)].astype(int)
        return cls(coded.dictionary, coded.indices, np.bincount(valid, minlength=len(coded.dictionary)))

    def count(self, mask: Any) -> int:
        return int(self.counts[mask.to_numpy(zero_copy_only=False)].sum())

    def spread(self, distinct: Any) -> Any:
        """Values per distinct text as a column."""
        return distinct.take(self.positions)


def convert_column(column: Any, name: str, hints: Hints) -> tuple[Any, ColumnReading]:
    """The typed Arrow column and how it was read.

    Parameters
    ----------
    column : Arrow strings, one a row; null or blank is missing
    """
    values = _Values.of(column)
    blank = pc.or_kleene(pc.is_null(values.texts), pc.equal(values.texts, ""))
    given = pc.is_in(values.texts, value_set=pa.array(hints.extra_marks, pa.string()))
    missing = pc.or_(blank, given)
    reading = ColumnReading(name=name)
    if bool(pc.all(missing, min_count=0).as_py()):
        reading.kind = "empty"
        _record_marks(reading, values, given)
        return pa.nulls(len(values.positions), pa.float64()), reading
    for read in (_as_numbers, _as_truth, _as_dates):
        converted = read(values, missing, reading, hints)
        if converted is not None:
            return converted, reading
    return _as_words(values, missing, reading, hints), reading


def _marks(values: _Values, missing: Any, marks: Iterable[str], hints: Hints) -> Any:
    known = [m for m in marks if m not in hints.kept_marks]
    return pc.and_not(pc.is_in(values.texts, value_set=pa.array(known, pa.string())), missing)


def _record_marks(reading: ColumnReading, values: _Values, mask: Any) -> None:
    found = mask.to_numpy(zero_copy_only=False)
    texts = values.texts.filter(mask).to_pylist()
    reading.missing_marks.update({t: int(n) for t, n in zip(texts, values.counts[found], strict=True) if t})


def _as_numbers(values: _Values, missing: Any, reading: ColumnReading, hints: Hints) -> Any:
    if not hints.numbers:
        return None
    marks = _marks(values, missing, NUMERIC_MARKS, hints)
    nothing = pc.or_(missing, marks)
    rest = values.texts.filter(pc.invert(nothing))
    if len(rest) == 0:
        return None
    if compact_dates(rest, reading.name):
        return None
    if has_codes(rest):
        reading.notes.append("leading zeros: kept as a code, not read as numbers")
        return None
    form = find_number_form(rest, decimal=hints.decimal, thousands=hints.thousands, delimiter=hints.delimiter)
    if form is None:
        _note_nearly_numbers(rest, reading)
        return None
    distinct = _numbers_of(pc.if_else(nothing, None, values.texts), form)
    _record_numbers(reading, form, pa.types.is_integer(distinct.type))
    _record_marks(reading, values, pc.and_(nothing, pc.is_valid(values.texts)))
    return values.spread(distinct)


def _numbers_of(texts: Any, form: NumberForm) -> Any:
    try:
        return form.convert(texts)
    except pa.ArrowInvalid:
        # Whole numbers beyond 64 bits.
        return pc.cast(form.bare(texts), pa.float64())


def _record_numbers(reading: ColumnReading, form: NumberForm, whole: bool) -> None:
    reading.kind = "integer" if whole else "number"
    reading.removed = form.removed
    if form.decimal != ".":
        reading.decimal = form.decimal
    reading.thousands = form.thousands
    if form.removed:
        reading.notes.append(f"the sign {form.removed} is taken off each number")
    if form.thousands or form.decimal != ".":
        signs = [f"decimal sign {form.decimal!r}"] + ([f"thousands sign {form.thousands!r}"] if form.thousands else [])
        reading.notes.append(" and ".join(signs))
    if form.note:
        reading.notes.append(form.note)


def _note_nearly_numbers(rest: Any, reading: ColumnReading) -> None:
    """Say so when a column is text only because of a few values, or because of units."""
    units = matching(rest, _UNIT)
    with_units = pc.sum(units).as_py() or 0
    if with_units >= 0.8 * len(rest) and len(rest) >= 3 and not maybe_dates(rest):
        examples = ", ".join(repr(t) for t in rest.filter(units)[:3].to_pylist())
        if _same_unit_many_numbers(rest.filter(units)):
            reading.notes.append(
                f"numbers with units stay text ({examples}); split off the unit to use them as numbers"
            )
        return
    share = number_share(rest)
    if 0.5 <= share < 1:
        others = rest.filter(pc.invert(matching(rest, r"^[+-]?[\d.,]+(?:[eE][+-]?\d+)?$")))
        if len(others):
            shown = [shorten(t, 30) for t in others[:3].to_pylist()]
            remedy = f"; missing_marks={shown} would read them as missing" if len(others) <= 3 else ""
            reading.notes.append(
                f"mixed: {len(rest) - len(others)} of {len(rest)} distinct values are numbers, others are "
                f"{', '.join(map(repr, shown))}; it stays text{remedy}"
            )


def _same_unit_many_numbers(texts: Any) -> bool:
    """Codes such as 1Story and 2Story are names; five numbers and more before letters are measurements."""
    numbers = {re.match(r"[+-]?\d[\d.,]*", t).group(0) for t in texts[:2000].to_pylist()}  # type: ignore[union-attr]
    units = {re.sub(r"^[+-]?\d[\d.,]*\s*", "", t) for t in texts[:2000].to_pylist()}
    return len(numbers) >= 5 and len(units) <= len(texts)


def _as_truth(values: _Values, missing: Any, reading: ColumnReading, _: Hints) -> Any:
    rest = values.texts.filter(pc.invert(missing))
    lowered = {t.lower() for t in rest.to_pylist()} if len(rest) <= 6 else set()
    if lowered != {"true", "false"} or values.count(missing):
        return None
    reading.kind = "boolean"
    return values.spread(pc.equal(pc.utf8_lower(values.texts), "true"))


def _as_dates(values: _Values, missing: Any, reading: ColumnReading, hints: Hints) -> Any:
    nothing = pc.or_(missing, _marks(values, missing, NUMERIC_MARKS, hints))
    keep = pc.invert(nothing)
    rest = values.texts.filter(keep)
    if len(rest) == 0 or not maybe_dates(rest):
        return None
    dates = parse_dates(rest, name=reading.name, order=_order(values, keep))
    if not dates.complete:
        if dates.share >= 0.5:
            other = rest.filter(pc.is_null(dates.values))[0].as_py()
            reading.notes.append(
                f"mixed: {dates.share:.1%} of the distinct values are dates, others are not ({shorten(other, 30)!r}); it stays text"
            )
        return None
    reading.kind = "datetime"
    reading.date_forms = dates.forms
    reading.notes += dates.notes
    _record_marks(reading, values, pc.and_(nothing, pc.is_valid(values.texts)))
    where = np.full(len(values.texts), -1, dtype="int64")
    where[keep.to_numpy(zero_copy_only=False)] = np.arange(len(rest))
    index = pa.array(where, mask=where < 0)
    return values.spread(dates.values.take(index))


def _order(values: _Values, keep: Any) -> Any:
    """For each row with a date, in row order, the position of its text among the kept texts."""
    kept = np.cumsum(keep.to_numpy(zero_copy_only=False)) - 1
    mask = keep.to_numpy(zero_copy_only=False)
    rows = pc.drop_null(values.positions).to_numpy(zero_copy_only=False)[:200_000]
    return kept[rows[mask[rows]]]


def _as_words(values: _Values, missing: Any, reading: ColumnReading, hints: Hints) -> Any:
    marks = _marks(values, missing, (*CLEAR_MARKS, *_HYPHENS), hints)
    marks = pc.and_not(marks, _part_of_vocabulary(values, pc.or_(missing, marks), reading))
    nothing = pc.or_(missing, marks)
    reading.kind = "text"
    _record_marks(reading, values, pc.and_(nothing, pc.is_valid(values.texts)))
    _note_none(values, reading)
    if bool(pc.all(nothing).as_py()):
        reading.kind = "empty"
        return pa.nulls(len(values.positions), pa.float64())
    return values.spread(pc.if_else(nothing, None, values.texts))


def _part_of_vocabulary(values: _Values, nothing: Any, reading: ColumnReading) -> Any:
    """Marks that belong to the column's own words: NA among two-letter codes, a hyphen among signs."""
    rest = values.texts.filter(pc.invert(nothing))
    kept: list[str] = []
    if len(rest) >= 3 and all_match(rest, r"^[A-Z]{2}$"):
        kept.append("NA")
    if len(rest) >= 1 and any_match(rest, r"^[^\w\s]{1,3}$"):
        kept += [*_HYPHENS, "?"]
    present = pc.is_in(values.texts, value_set=pa.array(kept, pa.string()))
    for text in values.texts.filter(present).to_pylist():
        reading.notes.append(
            f"{text!r} is kept as a value, since the others are built alike (missing_marks=[{text!r}] would read it as missing)"
        )
    return present


def _note_none(values: _Values, reading: ColumnReading) -> None:
    found = pc.is_in(values.texts, value_set=pa.array(["None", "none", "NONE"]))
    count = values.count(found)
    if count:
        text = values.texts.filter(found)[0].as_py()
        reading.notes.append(
            f"{text!r} ({count} rows) is kept as a category; missing_marks=[{text!r}] would read it as missing"
        )
