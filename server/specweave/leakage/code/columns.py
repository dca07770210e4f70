"""Rows and columns taken out of a table."""

from __future__ import annotations

import ast
from dataclasses import replace

from specweave.leakage.code.knowledge import SELECT
from specweave.leakage.code.machine import Machine, written
from specweave.leakage.code.storing import without
from specweave.leakage.code.values import SLICE, UNKNOWN, Data, Items, Learning, Parts, Value, constant, texts

_SHAPES = frozenset({"shape", "size", "dtypes", "ndim", "dtype", "empty", "columns", "name", "feature_names", "DESCR"})
_SAME = frozenset({"values", "T", "str", "dt", "loc", "iloc", "ix", "at", "iat", "cat", "array", "real", "flat"})
_ACCESSORS = frozenset({"loc", "iloc", "ix", "at", "iat"})
EVERY = "*"
ALL_BUT = "all but"
JUDGED = frozenset({"corr", "corrwith", "importance", "corrcoef"})


def attribute(data: Data, name: str) -> Value:
    """`data.name` where it is not called."""
    if name in _SHAPES:
        return data if data.statistic and name == "columns" else UNKNOWN
    if name == "index":
        return data if data.statistic else replace(data, is_index=True, column=None, only=None, whole=False)
    return data if name in _SAME else column(data, [name])


def column(data: Data, names: list[str]) -> Data:
    """The columns of these names."""
    wanted = frozenset(names)
    return replace(
        data,
        whole=False,
        lacks=frozenset(),
        only=wanted,
        column=names[0] if len(names) == 1 else None,
        future=frozenset(mark for mark in data.future if mark[0] in wanted or mark[0] == EVERY),
    )


def chosen(machine: Machine, data: Data, node: ast.Subscript, key: Value) -> Value:
    """`data[key]`, `data.loc[rows, columns]` and their like."""
    if data.statistic & JUDGED and isinstance(node.slice, ast.Slice):
        return data  # the best of them are still told by the same rows
    accessor = isinstance(node.value, ast.Attribute) and node.value.attr in _ACCESSORS
    if isinstance(node.slice, ast.Tuple) and isinstance(key, Items) and len(key.values) == 2:
        rows = _rows(machine, data, node.slice.elts[0], key.values[0])
        return _columns(rows, node.slice.elts[1], key.values[1], node.lineno)
    names = texts(key)
    if names and not accessor and all(isinstance(one, str) for one in names) and not _numbers(key):
        return column(data, names)
    if isinstance(key, Data) and key.statistic & JUDGED and not data.statistic:
        return _selected(data, key, node)
    if isinstance(key, Data) and key.statistic == {ALL_BUT}:
        return without(replace(data, column=None), list(key.lacks))
    rows = _rows(machine, data, node.slice, key)
    by_rows = isinstance(node.slice, ast.Slice) or (isinstance(key, Data) and (key.mask or key.is_index)) or accessor
    return rows if by_rows else _any_columns(rows)


def all_but(node: ast.expr) -> list[str] | None:
    """The names left out by `[c for c in df.columns if c not in ("id", "y")]`; nothing for other comprehensions."""
    if not isinstance(node, ast.ListComp) or len(node.generators) != 1:
        return None
    one = node.generators[0]
    walked = isinstance(one.iter, ast.Attribute) and one.iter.attr == "columns"
    if not (walked and isinstance(one.target, ast.Name) and written(node.elt) == one.target.id and one.ifs):
        return None
    left_out: list[str] = []
    for test in one.ifs:
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and written(test.left) == one.target.id):
            return None
        try:
            said = ast.literal_eval(test.comparators[0])
        except ValueError:
            return None
        if not isinstance(test.ops[0], ast.NotEq | ast.NotIn):
            return None
        left_out += [said] if isinstance(said, str) else [str(name) for name in said]
    return left_out


def _numbers(key: Value) -> bool:
    return isinstance(constant(key), int | float) or (
        isinstance(key, Items) and any(isinstance(constant(one), int | float) for one in key.values)
    )


def _rows(machine: Machine, data: Data, node: ast.expr, key: Value) -> Data:
    if isinstance(node, ast.Slice):
        return _sliced(data, node)
    if isinstance(key, Data) and key.mask:
        split, side = key.mask
        return replace(data, parts=frozenset(part.cut(split, side) for part in data.parts), stack=())
    if isinstance(key, Data) and key.is_index:
        return at(data, key)
    if isinstance(key, Items) and key.values and all(isinstance(one, Data) and one.is_index for one in key.values):
        found = [at(data, one) for one in key.values if isinstance(one, Data)]
        return replace(data, parts=frozenset(part for one in found for part in one.parts))
    return data


def at(data: Data, index: Data) -> Data:
    """The rows at positions that a split gave."""
    cuts = [cut for part in index.parts for cut in part.cuts if cut not in _shared(data.parts)]
    parts = data.parts
    for split, side in cuts:
        parts = frozenset(part.cut(split, side) for part in parts)
    return replace(data, parts=parts, stack=())


def _shared(parts: Parts) -> set[tuple[str, str]]:
    found = [set(part.cuts) for part in parts]
    return set.intersection(*found) if found else set()


def _sliced(data: Data, node: ast.Slice) -> Data:
    if node.lower is None and node.upper is None:
        return data
    if node.lower is not None and node.upper is not None:
        lower, upper = written(node.lower), written(node.upper)
        inner = _cut(_cut(data.parts, f"{SLICE}{upper}", "train"), f"{SLICE}{lower}", "test")
        return replace(data, parts=_cut(inner, f"between {lower}:{upper}", "yes"), stack=())
    bound = node.upper if node.lower is None else node.lower
    assert bound is not None
    side = "train" if node.lower is None else "test"
    if len(data.stack) == 2:
        # concat([train, test])[:n] and [n:] give back what was laid together.
        return replace(data, parts=data.stack[0 if side == "train" else 1], stack=())
    return replace(data, parts=_cut(data.parts, f"{SLICE}{_edge(bound)}", side), stack=())


def _edge(bound: ast.expr) -> str:
    """The bound as text; `n - 60`, where a window begins whose first answer is row n, counts as n."""
    windowed = isinstance(bound, ast.BinOp) and isinstance(bound.op, ast.Sub) and isinstance(bound.right, ast.Constant)
    named = windowed and isinstance(bound, ast.BinOp) and isinstance(bound.left, ast.Name)
    return written(bound.left if named and isinstance(bound, ast.BinOp) else bound)


def _cut(parts: Parts, split: str, side: str) -> Parts:
    return frozenset(part.cut(split, side) for part in parts)


def _columns(data: Data, node: ast.expr, key: Value, line: int) -> Data:
    if isinstance(node, ast.Slice) and node.lower is None and node.upper is None:
        return data
    names = texts(key)
    if names and not _numbers(key):
        return column(data, names)
    if isinstance(key, Data) and key.statistic & JUDGED:
        return _with_selection(_any_columns(data), key, line)
    return _any_columns(data)


def _any_columns(data: Data) -> Data:
    future = frozenset(mark for mark in data.future if mark[0] == EVERY)
    return replace(data, whole=False, only=None, lacks=frozenset(), column=None, future=future, made_of=frozenset())


def _selected(data: Data, key: Data, node: ast.Subscript) -> Data:
    return _with_selection(_any_columns(data), key, node.lineno)


def _with_selection(data: Data, key: Data, line: int) -> Data:
    how = ", ".join(sorted(key.statistic & JUDGED))
    lines = [learning.line for learning in key.learned] or [line]
    learning = Learning(SELECT, f"columns chosen by {how}", max(lines), key.parts)
    return replace(data, learned=data.learned | key.learned | {learning})
