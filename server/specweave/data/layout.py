"""Where the table lies within the file: preamble, column names, rows, footer, and further tables below.

Columns that hold numbers or dates tell a line of names from a row: there the names are words.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from specweave.data.cells import cell_type

Rows = Sequence[Sequence[str]]
_SEARCHED = 40
_NAME = re.compile(r"[^\W\d][\w .#%/()&?!'’+-]{0,59}")
_TOTAL = re.compile(r"\s*(?:(?:grand |sub-?)?totals?|sum|average|mean):?\s*", re.IGNORECASE)
_TOTAL_OF = re.compile(r"\s*(?:grand |sub-?)?totals?\b.{0,60}", re.IGNORECASE)


@dataclass
class Layout:
    """Positions are row indices of the list of rows that was examined."""

    width: int
    first_row: int = 0
    """Index of the first row of values."""
    header: list[int] = field(default_factory=list)
    """Indices of the rows that together name the columns; empty when the file names none."""
    names: list[str] = field(default_factory=list)
    footer: list[str] = field(default_factory=list)
    """Lines below the table that are no rows of it."""
    reading_notes: list[str] = field(default_factory=list)


def find_layout(rows: Rows, header_row: int | None = None) -> Layout:
    """The layout of a sample that starts with the file's first row."""
    width = _usual_width(rows)
    if header_row is not None:
        return _named_by(rows, width, [header_row])
    header = _header_rows(rows, width)
    if not header:
        return Layout(width, first_row=_first_full_row(rows, width))
    return _named_by(rows, width, header)


def _usual_width(rows: Rows) -> int:
    widths = Counter(len(r) for r in rows if any(c.strip() for c in r))
    if not widths:
        return 0
    most = max(widths.values())
    # Of equally common widths the larger one is the table, the smaller one its notes.
    usual = max(w for w, n in widths.items() if n >= 0.8 * most)
    first = next(r for r in rows if any(c.strip() for c in r))
    return len(first) if _omits_last_cells(rows, first, usual) else usual


def _omits_last_cells(rows: Rows, first: Sequence[str], usual: int) -> bool:
    """True when the names are wider than most rows, and the few rows as wide have nothing in the further cells."""
    wide = [r for r in rows if len(r) == len(first)][1:]
    return len(first) > usual and bool(wide) and not any(c.strip() for r in wide for c in r[usual:])


def _named_by(rows: Rows, width: int, header: list[int]) -> Layout:
    layout = Layout(width, first_row=header[-1] + 1, header=header)
    layout.names = _joined_names([list(rows[i]) for i in header])
    return layout


def _filled(row: Sequence[str]) -> int:
    return sum(1 for c in row if c.strip())


def usual_fill(rows: Rows) -> float:
    """How many cells a well-filled row has: the upper quartile, because merged cells leave gaps below them."""
    filled = sorted(f for f in map(_filled, rows) if f)
    return filled[(3 * len(filled)) // 4] if filled else 0


def _first_full_row(rows: Rows, width: int) -> int:
    need = max(1, 0.5 * usual_fill(rows))
    return next((i for i, r in enumerate(rows) if len(r) == width and _filled(r) >= need), 0)


def _header_rows(rows: Rows, width: int) -> list[int]:
    typed = _typed_columns(rows, width)
    if not typed:
        return _header_of_words(rows, width)
    first = next((i for i, r in enumerate(rows[:_SEARCHED]) if _names_over(r, typed, width)), None)
    if first is None:
        return _header_of_numbers(rows, width)
    last = first
    while last + 1 < len(rows) and last - first < 4 and _names_over(rows[last + 1], typed, width, some=True):
        last += 1
    if last == first or _has_gaps(rows[first]) or _has_gaps(rows[last]):
        return list(range(first, last + 1))
    # Full lines of words above the last one are titles, not parts of names.
    return [last]


def _typed_columns(rows: Rows, width: int) -> dict[int, str]:
    """Columns that are numbers (or dates) in nearly all their cells, judged on the later rows of the sample."""
    body = [r for r in rows[1:] if len(r) == width or 0.75 * width <= len(r) < width][-300:]
    found = {}
    for j in range(width):
        kinds = Counter(cell_type(r[j]) for r in body if j < len(r))
        full = sum(n for k, n in kinds.items() if k != "empty")
        for kind in ("number", "date"):
            if full and kinds[kind] >= 0.75 * full:
                found[j] = kind
    return found


def _names_over(row: Sequence[str], typed: dict[int, str], width: int, *, some: bool = False) -> bool:
    """True when words stand in the columns of numbers, and no number or date does."""
    if len(row) not in (width, width - 1) and not (len(row) > width and not any(c.strip() for c in row[width:])):
        return False
    kinds = [cell_type(row[j]) if row[j].strip() not in ("x", "X") else "text" for j in typed if j < len(row)]
    words = kinds.count("text")
    valued = sum(k in ("number", "date") for k in kinds)
    needed = 1 if some else max(1, 0.4 * len(kinds))
    return words >= needed and valued <= 0.1 * len(kinds)


def _header_of_numbers(rows: Rows, width: int) -> list[int]:
    """Names that are numbers, such as years: a rising run that the rows below do not continue."""
    if len(rows) < 3 or len(rows[0]) != width or not all(c.strip() for c in rows[0][1:]):
        return []
    cells = [c.strip() for c in rows[0]]
    whole = [int(c) for c in cells if re.fullmatch(r"\d{1,4}", c)]
    steps = {b - a for a, b in itertools.pairwise(whole)}
    below = [c.strip() for c in rows[1]]
    words_first = cell_type(cells[0]) in ("text", "empty") and len(whole) == width - 1
    return [0] if len(whole) >= 3 and steps == {1} and words_first and below[1:] != cells[1:] else []


def _header_of_words(rows: Rows, width: int) -> list[int]:
    """The first full row of a table of words, when it reads like names and is no value of the rows below."""
    start = _first_full_row(rows, width)
    if start == len(rows) - 1 and width > 1:
        return [start] if all(_NAME.fullmatch(c.strip()) for c in rows[start]) else []
    if start >= min(len(rows) - 1, _SEARCHED):
        return []
    row = [c.strip() for c in rows[start]][:width]
    row += [""] * (width - len(row))
    named = [c for c in row if c]
    below = [{r[j].strip() for r in rows[start + 1 :] if j < len(r)} for j in range(width)]
    apart = all(c not in below[j] for j, c in enumerate(row) if c)
    if len(set(named)) != len(named) or not apart or not all(_NAME.fullmatch(c) for c in named):
        return []
    return [start] if _differs(row, rows[start + 1 :], width) else []


def _differs(row: Sequence[str], body: Rows, width: int) -> bool:
    """True when in some column the name is built differently from the values: repeated values, other characters or lengths."""
    for j in range(width):
        values = [r[j].strip() for r in body if j < len(r) and r[j].strip()]
        if not values or not row[j]:
            continue
        shapes = Counter(_shape(v) for v in values)
        repeated = len(set(values)) <= 0.8 * len(values)
        usual = sum(map(len, values)) / len(values)
        if repeated or shapes[_shape(row[j])] <= 0.02 * len(values) or len(row[j]) * 3 < usual:
            return True
    return False


def _shape(text: str) -> str:
    return "".join(sorted({"9" if c.isdigit() else "a" if c.islower() else "A" if c.isupper() else c for c in text}))


def _has_gaps(row: Sequence[str]) -> bool:
    return any(not c.strip() for c in row)


def _joined_names(lines: list[list[str]]) -> list[str]:
    """One name a column; a name that spans several columns is carried to the right where the next line has a name."""
    width = max(map(len, lines))
    lines = [[*line, *[""] * (width - len(line))] for line in lines]
    for above, below in itertools.pairwise(lines):
        spanning = ""
        for j in range(width):
            spanning = above[j].strip() or (spanning if below[j].strip() and j > 0 else "")
            above[j] = spanning if below[j].strip() else above[j]
    return [" ".join(part for line in lines if (part := " ".join(line[j].split()))) for j in range(width)]


def footer_length(tail: Rows, width: int, usual_fill: float) -> int:
    """How many of the last rows are totals, notes or blank lines."""
    count = 0
    for distance, row in enumerate(reversed(tail), start=1):
        above_blank = distance < len(tail) and _filled(tail[-distance - 1]) == 0
        note = _filled(row) == 1 < usual_fill and above_blank
        if not (note or _is_footer(row, width, usual_fill)):
            break
        count = distance
    return count


def _is_footer(row: Sequence[str], width: int, usual_fill: float) -> bool:
    filled = [c for c in row if c.strip()]
    if not filled:
        return True
    if width > 1 and _TOTAL.fullmatch(filled[0]):
        return True
    if width > 1 and _TOTAL_OF.fullmatch(filled[0]):
        return len(filled) <= 0.5 * width
    return len(filled) == 1 and usual_fill >= 3 and bool(row[0].strip()) and cell_type(filled[0]) == "text"


def second_table(tail: Rows, usual_fill: float) -> int | None:
    """Index of the title or names of a further table, which begins after a blank row."""
    for i in range(1, len(tail) - 2):
        if _filled(tail[i - 1]) == 0 and 0 < _filled(tail[i]) < usual_fill:
            rest = [r for r in tail[i + 1 : i + 8] if _filled(r)]
            words = [r for r in rest[:1] if _filled(r) >= 2 and all(cell_type(c) in ("text", "empty") for c in r)]
            if _filled(tail[i]) == 1 and words and len(rest) >= 2 and _filled(rest[1]) >= 2:
                return i
    return None
