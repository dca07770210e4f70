"""Where values go: names, tuples of names, columns of tables, attributes."""

from __future__ import annotations

import ast
from dataclasses import replace

from specweave.leakage.code.machine import Machine, root_name
from specweave.leakage.code.values import (
    UNKNOWN,
    Const,
    Data,
    Estimator,
    Instance,
    Items,
    Score,
    Value,
    constant,
    data_in,
    texts,
)

_SCALES = frozenset({"log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "square", "cbrt"})


def store(machine: Machine, target: ast.expr, value: Value, source: ast.expr | None) -> None:
    """Carry out `target = value`; `source` is the expression the value comes from."""
    if isinstance(target, ast.Name):
        machine.bind(target.id, value)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(machine, target, value, source)
    elif isinstance(target, ast.Starred):
        store(machine, target.value, value, source)
    elif isinstance(target, ast.Subscript):
        _into_item(machine, target, value, source)
    elif isinstance(target, ast.Attribute):
        _into_attribute(machine, target, value)


def _unpack(machine: Machine, target: ast.Tuple | ast.List, value: Value, source: ast.expr | None) -> None:
    wanted = target.elts
    if isinstance(value, Items) and len(value.values) >= len(wanted):
        parts: list[Value] = value.values[: len(wanted)]
    elif isinstance(value, Data) and len(wanted) == 2 and all(isinstance(one, ast.Tuple) for one in wanted):
        # (x_train, y_train), (x_test, y_test) = mnist.load_data()
        parts = [_side(value, "train"), _side(value, "test")]
    elif isinstance(value, Data):
        parts = [replace(value, whole=False, only=None, column=None)] * len(wanted)
    else:
        parts = [value if isinstance(value, Score) else UNKNOWN] * len(wanted)
    for one, part in zip(wanted, parts, strict=True):
        store(machine, one, part, source)


def _side(data: Data, side: str) -> Data:
    return replace(data, parts=frozenset(part.cut(f"loaded:{part.line}", side) for part in data.parts))


def _into_item(machine: Machine, target: ast.Subscript, value: Value, source: ast.expr | None) -> None:
    base = machine.evaluate(target.value)
    key = machine.evaluate(target.slice)
    if isinstance(base, Items):
        base.put(constant(key), value)
        return
    name = root_name(target)
    if name is None:
        return
    if isinstance(base, Data):
        _into_table(machine, name, target, key, _rescaled(value, source))
    elif base is UNKNOWN and isinstance(value, Data) and value.uses:
        machine.bind(name, value)  # predictions of a fold, kept in an array made for them
    elif isinstance(value, Score) and not isinstance(base, Instance | Estimator):
        # A row of a table of results.
        machine.bind(name, value)
    elif isinstance(base, Score) and isinstance(value, Items):
        machine.bind(
            name, Score(base.events | frozenset(e for v in value.values if isinstance(v, Score) for e in v.events))
        )


def _into_table(machine: Machine, name: str, target: ast.Subscript, key: Value, value: Value) -> None:
    table = machine.look_up(name)
    if not isinstance(table, Data):
        return
    rows = data_in(value)
    learned = table.learned | frozenset(learning for one in rows for learning in one.learned)
    columns = _columns(target, key)
    future = frozenset(mark for mark in table.future if mark[0] not in columns)
    if any(one.future for one in rows):
        line = min(mark[1] for one in rows for mark in one.future)
        future |= frozenset((column, line) for column in columns)
    machine.change(
        name,
        replace(
            table,
            learned=learned,
            future=future,
            only=None if table.only is None else table.only | frozenset(columns),
            lacks=table.lacks - frozenset(columns),
            temporal=table.temporal or max((one.temporal for one in rows), default=0),
            made_of=frozenset(pair for pair in table.made_of if pair[0] not in columns)
            | frozenset((new, old) for one in rows for name, old in one.made_of if not name for new in columns),
        ),
    )


def _rescaled(value: Value, source: ast.expr | None) -> Value:
    """The value, marked where it is the logarithm or root of one column, or their reverse."""
    if not (isinstance(source, ast.Call) and isinstance(value, Data) and value.column and not value.statistic):
        return value
    how = source.func.attr if isinstance(source.func, ast.Attribute) else ""
    return replace(value, made_of=frozenset({("", value.column)})) if how in _SCALES else value


def _columns(target: ast.Subscript, key: Value) -> list[str]:
    """The columns assigned to: the key itself, or behind the comma of `loc`."""
    if isinstance(key, Items) and isinstance(target.slice, ast.Tuple) and key.values:
        return texts(key.values[-1]) or []
    return texts(key) or []


def _into_attribute(machine: Machine, target: ast.Attribute, value: Value) -> None:
    base = machine.evaluate(target.value)
    if isinstance(base, Instance):
        base.attributes[target.attr] = value
    elif isinstance(base, Data):
        name = root_name(target)
        if name is None:
            return
        if target.attr in ("columns", "index"):
            machine.change(name, replace(base, whole=False, only=None))
        else:
            _into_table(machine, name, _as_item(target), Const(target.attr), value)


def _as_item(target: ast.Attribute) -> ast.Subscript:
    return ast.Subscript(value=target.value, slice=ast.Constant(target.attr), ctx=ast.Store())


def remove(machine: Machine, target: ast.expr) -> None:
    """Carry out `del target`."""
    if isinstance(target, ast.Name):
        machine.frame.variables.pop(target.id, None)
    elif isinstance(target, ast.Subscript):
        base, name = machine.evaluate(target.value), root_name(target)
        columns = texts(machine.evaluate(target.slice))
        if isinstance(base, Data) and name and columns:
            machine.change(name, without(base, columns))


def without(data: Data, columns: list[str]) -> Data:
    """The table less some columns."""
    gone = frozenset(columns)
    return replace(
        data,
        lacks=data.lacks | gone,
        only=None if data.only is None else data.only - gone,
        future=frozenset(mark for mark in data.future if mark[0] not in gone),
    )


def hand_back(machine: Machine, node: ast.For | ast.AsyncFor, iterated: Value, index: int) -> None:
    """After a pass of `for table in [train, test]`: what was changed in place is changed under its own name too."""
    if not (isinstance(node.target, ast.Name) and isinstance(iterated, Items)):
        return
    name = node.target.id
    if name not in machine.frame.changed or index >= len(iterated.values):
        return
    value = machine.frame.variables[name]
    iterated.values[index] = value
    origin = iterated.names[index] if index < len(iterated.names) else None
    if origin is not None:
        machine.change(origin, value)
    machine.frame.changed.discard(name)
