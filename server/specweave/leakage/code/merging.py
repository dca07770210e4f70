"""Values that come together: in one expression, or from two ways through the code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from specweave.leakage.code.values import UNKNOWN, Data, Items, Score, Value, data_in, events_in


def combined(values: Iterable[Value], line: int) -> Value:
    """What an operation nobody knows makes of values: rows stay rows, with all they have seen; scores stay scores."""
    given = list(values)
    events = frozenset(event for value in given for event in events_in(value))
    if events:
        return Score(events, sorted=any(isinstance(v, Score) and v.sorted for v in given))
    data = [found for value in given for found in data_in(value)]
    return united(data, line) if data else UNKNOWN


def united(data: list[Data], line: int) -> Data:
    """One table made of several: a statistic that meets rows becomes part of what the rows have learnt."""
    rows = [one for one in data if not one.statistic]
    if not rows:
        return _bare(data, line)
    from_statistics = frozenset(learning for one in data if one.statistic for learning in one.learned)
    whole = _bare(rows, line)
    return replace(whole, learned=whole.learned | from_statistics)


def _bare(data: list[Data], line: int) -> Data:
    first = data[0]
    same = all(one == first for one in data)
    if same:
        return first
    return Data(
        parts=frozenset(part for one in data for part in one.parts),
        learned=frozenset(learning for one in data for learning in one.learned),
        line=first.line or line,
        statistic=frozenset(name for one in data for name in one.statistic),
        is_index=all(one.is_index for one in data),
        future=frozenset(mark for one in data for mark in one.future),
        temporal=max(one.temporal for one in data),
        uses=frozenset(use for one in data for use in one.uses),
        mask=next((one.mask for one in data if one.mask), None),
        stack=next((one.stack for one in data if one.stack), ()),
    )


def either(left: Value | None, right: Value | None) -> Value:
    """What a variable may hold when the code has two ways to come here."""
    if left is None or right is None or left is right:
        return left or right or UNKNOWN
    if isinstance(left, Data) and isinstance(right, Data):
        return _either_data(left, right)
    if isinstance(left, Score) and isinstance(right, Score):
        return Score(left.events | right.events, left.sorted or right.sorted, left.curve or right.curve)
    if isinstance(left, Items) and isinstance(right, Items):
        return left if len(left.values) >= len(right.values) else right
    # What is known more of is kept: the other way is mostly an initial None or 0.
    rich = (Data, Score, Items)
    if isinstance(left, rich) or not right.known:
        return left
    return right


def _either_data(left: Data, right: Data) -> Data:
    if left == right:
        return left
    same_table = left.table == right.table
    only = left.only | right.only if left.only is not None and right.only is not None else None
    return replace(
        left,
        parts=left.parts | right.parts,
        learned=left.learned | right.learned,
        statistic=left.statistic & right.statistic,
        whole=left.whole and right.whole and same_table,
        lacks=left.lacks | right.lacks,
        only=only,
        column=left.column if left.column == right.column else None,
        future=left.future | right.future,
        temporal=left.temporal or right.temporal,
        uses=left.uses | right.uses,
        mask=left.mask if left.mask == right.mask else None,
        stack=left.stack if left.stack == right.stack else (),
    )
