"""What a single text looks like: a number, a date, a missing mark, or words."""

from __future__ import annotations

import re
from typing import Literal

CellType = Literal["empty", "number", "date", "text"]

PLAIN_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
CURRENCY = r"(?:[$£€¥₹]|CHF|USD|EUR|GBP|kr|zł)"
_LOOSE_NUMBER = re.compile(
    rf"\(?[+-]?\s*{CURRENCY}?\s*[+-]?(?:\d[\d.,'\u00a0\u202f ]*|[.,]\d+)(?:[eE][+-]?\d+)?\s*(?:%|{CURRENCY})?\)?"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}|\d{{1,2}}[ -]{_MONTH}[ -]\d{{2,4}}"
    rf"|{_MONTH}\.? \d{{1,2}},? \d{{4}}|{_MONTH}[ -]\d{{2,4}})(?:[T ]\d{{1,2}}:\d{{2}}.*)?",
    re.IGNORECASE,
)
# Texts that mean "nothing" wherever they stand, and those that do so only beside numbers or dates.
CLEAR_MARKS = (
    "?",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "#NA",
    "NaN",
    "nan",
    "NULL",
    "null",
    "<NA>",
    "Not Available",
    "not available",
    "(null)",
    "\\N",
)
NUMERIC_MARKS = (
    *CLEAR_MARKS,
    "None",
    "none",
    "NONE",
    "na",
    "Na",
    "-",
    "--",
    "---",
    "–",
    ".",
    "..",
    "...",
    "*",
    "missing",
    "Missing",
    "unknown",
    "Unknown",
    "#VALUE!",
    "#DIV/0!",
    "#REF!",
    "#NUM!",
    "x",
    "X",
    "n.a.",
    "N.A.",
    "-nan",
    "NIL",
    "nil",
)
_MARKS = frozenset(NUMERIC_MARKS)


def cell_type(text: str) -> CellType:
    """The kind of value a cell holds, judged alone; missing marks count as empty."""
    text = text.strip()
    if not text or text in _MARKS:
        return "empty"
    if _LOOSE_NUMBER.fullmatch(text):
        return "number"
    return "date" if _DATE.fullmatch(text) else "text"
