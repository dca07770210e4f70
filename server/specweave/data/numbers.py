"""Texts into numbers: decimal and thousands signs, currency and percent signs, decided over a whole column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from specweave.data.cells import CURRENCY, PLAIN_NUMBER

_PLAIN = f"^{PLAIN_NUMBER}$"
_WHOLE = r"^[+-]?\d{1,18}$"
# A code such as 00123 or 007 loses its zeros as a number.
_CODED = r"^0\d{2,}$"
_SIGNED = rf"^\(?[+-]?\s*{CURRENCY}\s*[+-]?[\d.,'\s]+\)?$|^\(?[+-]?[\d.,'\s]+\s*(?:{CURRENCY}|%)\)?$"
_COMMA_GROUPS = r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$"
_POINT_GROUPS = r"^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?$"
_COMMA_DECIMAL = r"^[+-]?(?:\d+(?:,\d*)?|,\d+)(?:[eE][+-]?\d+)?$"
_SPACE_GROUPS = r"^[+-]?\d{1,3}(?:[ '\x{00a0}\x{202f}]\d{3})+(?:[.,]\d*)?$"


@dataclass(frozen=True)
class NumberForm:
    """How the numbers of one column are written."""

    decimal: str = "."
    thousands: str | None = None
    removed: str | None = None
    whole: bool = False
    brackets: bool = False
    """Negative numbers stand in brackets, as in accounts."""
    note: str | None = None

    @property
    def plain(self) -> bool:
        return self.decimal == "." and self.thousands is None and self.removed is None and not self.brackets

    def bare(self, texts: Any) -> Any:
        """The texts (Arrow strings) as Python and Arrow write numbers."""
        if self.plain:
            return _without_plus(texts)
        if self.removed:
            texts = pc.replace_substring_regex(texts, rf"{CURRENCY}|%", "")
        negative = r"^\s*\((.*)\)\s*$"
        texts = pc.replace_substring_regex(texts, negative, r"-\1")
        texts = pc.replace_substring_regex(texts, r"\s", "")
        if self.thousands:
            grouping = "'" if self.thousands == "'" else self.thousands.strip()
            texts = pc.replace_substring(texts, grouping, "") if grouping else texts
        if self.decimal == ",":
            texts = pc.replace_substring(texts, ",", ".")
        return _without_plus(texts)

    def convert(self, texts: Any) -> Any:
        """Arrow int64 or float64 of texts that all are numbers or null."""
        return pc.cast(self.bare(texts), pa.int64() if self.whole else pa.float64())


def _without_plus(texts: Any) -> Any:
    return pc.replace_substring_regex(texts, r"^\+", "")


def matching(texts: Any, pattern: str) -> Any:
    """Boolean mask of the Arrow strings that the pattern matches."""
    return pc.match_substring_regex(texts, pattern)


def all_match(texts: Any, pattern: str) -> bool:
    return bool(pc.all(matching(texts, pattern), min_count=0).as_py())


def any_match(texts: Any, pattern: str) -> bool:
    return bool(pc.any(matching(texts, pattern), min_count=0).as_py())


def has_codes(values: Any) -> bool:
    """True when leading zeros show that the digits are a code, not a quantity."""
    return any_match(values, _CODED) and all_match(values, r"^\d+$")


def number_share(values: Any) -> float:
    """Share of the distinct values that are plain numbers."""
    return pc.sum(matching(values, _PLAIN)).as_py() / len(values) if len(values) else 0.0


def find_number_form(
    values: Any, *, decimal: str | None, thousands: str | None, delimiter: str | None = None
) -> NumberForm | None:
    """The form under which all distinct values are numbers; None when they are not."""
    if decimal in (None, ".") and not thousands and all_match(values, _PLAIN):
        return NumberForm(whole=all_match(values, _WHOLE))
    removed = _common_sign(values)
    core = NumberForm(removed=removed).bare(values) if removed else values
    brackets = any_match(values, r"^\(.*\)$")
    if brackets:
        core = pc.replace_substring_regex(core, r"^\((.*)\)$", r"-\1")
    form = _told(core, decimal, thousands) or _seen(core, decimal, delimiter)
    if form is None:
        return None
    return NumberForm(form.decimal, form.thousands, removed, brackets=brackets, note=form.note)


def _common_sign(values: Any) -> str | None:
    """The currency or percent sign all the values carry, if it is the same one."""
    if not any_match(values, rf"{CURRENCY}|%") or not all_match(values, _SIGNED):
        return None
    first = re.search(rf"{CURRENCY}|%", values[0].as_py())
    sign = first.group(0) if first else "%"
    return sign if all_match(values, re.escape(sign)) else None


def _told(values: Any, decimal: str | None, thousands: str | None) -> NumberForm | None:
    """The form the user gave, if the values obey it."""
    if not decimal and not thousands:
        return None
    form = NumberForm(decimal or ".", thousands)
    return form if all_match(form.bare(values), _PLAIN) else None


def _seen(values: Any, decimal: str | None, delimiter: str | None) -> NumberForm | None:
    if all_match(values, _PLAIN):
        return NumberForm()
    either = rf"{_PLAIN}|{{}}"
    commas = all_match(values, either.format(_COMMA_GROUPS))
    decimal_commas = all_match(values, _COMMA_DECIMAL) or all_match(values, rf"{_POINT_GROUPS}|{_COMMA_DECIMAL}")
    if commas and decimal_commas:
        return _comma_by_evidence(values, decimal, delimiter)
    if commas:
        return NumberForm(thousands=",")
    if decimal_commas:
        points = any_match(values, r"\.")
        return NumberForm(",", "." if points else None)
    if all_match(values, rf"{_SPACE_GROUPS}|{_PLAIN}|{_COMMA_DECIMAL}"):
        comma = any_match(values, ",")
        return (
            None
            if comma and any_match(values, r"\.")
            else NumberForm("," if comma else ".", "'" if any_match(values, "'") else " ")
        )
    return None


def _comma_by_evidence(values: Any, decimal: str | None, delimiter: str | None) -> NumberForm:
    """Every comma is followed by three digits, so "1,234" alone does not tell; zeros before it or the delimiter do."""
    if decimal == ".":
        return NumberForm(thousands=",")
    if any_match(values, r"^[+-]?0,") or delimiter == ";":
        return NumberForm(",", note="the comma is read as decimal sign" if delimiter == ";" else None)
    return NumberForm(
        thousands=",",
        note='each comma stands before three digits and is read as thousands sign; give decimal="," if not',
    )
