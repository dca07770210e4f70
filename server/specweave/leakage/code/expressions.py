"""Expressions other than calls."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from specweave.leakage.code import columns, estimators
from specweave.leakage.code.machine import Machine, written
from specweave.leakage.code.merging import combined, either
from specweave.leakage.code.storing import store
from specweave.leakage.code.trace import Choice, SealedRead
from specweave.leakage.code.values import (
    UNKNOWN,
    Const,
    Data,
    Estimator,
    Function,
    Instance,
    Items,
    Library,
    Score,
    Value,
    constant,
    events_in,
)

SEALED = re.compile(r"(^|/)data/sealed(/|$)|sealed/test\.parquet|\.specweave/.*sealed")
_MOST = 12
_ORDERS = {ast.Lt: ("<", "train"), ast.GtE: ("<", "test"), ast.LtE: ("<=", "train"), ast.Gt: ("<=", "test")}
_DATE = re.compile(r"['\"]\d{4}[-/]?\d{0,2}|Timestamp|datetime|date|cutoff|split", re.IGNORECASE)
_OPPOSITE = {"train": "test", "test": "train", "yes": "no", "no": "yes"}


def evaluate(machine: Machine, node: ast.expr) -> Value:
    handler = _EXPRESSIONS.get(type(node))
    return handler(machine, node) if handler else UNKNOWN


def _constant(machine: Machine, node: ast.Constant) -> Value:
    if isinstance(node.value, str) and SEALED.search(node.value.replace("\\", "/")):
        machine.trace.sealed.append(SealedRead(node.lineno, node.value))
    return Const(node.value)


def _name(machine: Machine, node: ast.Name) -> Value:
    found = machine.look_up(node.id)
    return Library(node.id) if found is None else found


def _attribute(machine: Machine, node: ast.Attribute) -> Value:
    base = machine.evaluate(node.value)
    if isinstance(base, Library):
        return Library(f"{base.name}.{node.attr}")
    if isinstance(base, Data):
        return columns.attribute(base, node.attr)
    if isinstance(base, Estimator):
        return estimators.attribute(base, node.attr, node.lineno)
    if isinstance(base, Instance):
        if node.attr in base.attributes:
            return base.attributes[node.attr]
        function = base.cls.methods.get(node.attr)
        return Function(function.name, function.node, function.scope, base) if function else UNKNOWN
    return base if isinstance(base, Score) else UNKNOWN


def _subscript(machine: Machine, node: ast.Subscript) -> Value:
    base, key = machine.evaluate(node.value), machine.evaluate(node.slice)
    if isinstance(base, Data):
        return columns.chosen(machine, base, node, key)
    if isinstance(base, Items):
        return _item(base, node.slice, key)
    if isinstance(base, Score):
        return _of_score(machine, base, node, key)
    if base is UNKNOWN and isinstance(key, Data) and key.statistic & columns.JUDGED:
        return key  # X.columns[selector.support_]: names, told by what was learnt
    # A step of a pipeline has learnt what the pipeline has.
    return base if isinstance(base, Estimator) and base.role == "pipeline" else UNKNOWN


def _item(base: Items, node: ast.expr, key: Value) -> Value:
    found = base.get(constant(key))
    if found is not None:
        return found
    if isinstance(node, ast.Slice) or (base.values and not base.is_dict):
        return base if isinstance(node, ast.Slice) else base.values[0]
    return either(base.values[0], base.values[-1]) if base.values else UNKNOWN


def _of_score(machine: Machine, base: Score, node: ast.Subscript, key: Value) -> Value:
    first = constant(key) in (0, -1)
    if base.sorted and first and len(base.events) > 1:
        machine.trace.choices.append(Choice(base.events, node.lineno, written(node)))
    return base


def _slice(machine: Machine, node: ast.Slice) -> Value:
    for bound in (node.lower, node.upper, node.step):
        if bound is not None:
            machine.evaluate(bound)
    return UNKNOWN


def _operation(machine: Machine, node: ast.BinOp) -> Value:
    left, right = machine.evaluate(node.left), machine.evaluate(node.right)
    if isinstance(node.op, ast.Div) and "'sealed'" in ast.unparse(node):
        machine.trace.sealed.append(SealedRead(node.lineno, written(node)))
    if isinstance(left, Items) and isinstance(right, Items) and isinstance(node.op, ast.Add):
        return Items([*left.values, *right.values])
    return _unnamed(combined([left, right], node.lineno))


def _unnamed(value: Value) -> Value:
    return replace(value, mask=None) if isinstance(value, Data) and value.mask else value


def _unary(machine: Machine, node: ast.UnaryOp) -> Value:
    value = machine.evaluate(node.operand)
    if isinstance(value, Data) and value.mask and isinstance(node.op, ast.Invert | ast.Not):
        split, side = value.mask
        return replace(value, mask=(split, _OPPOSITE.get(side) or opposite(side)))
    if isinstance(value, Const) and isinstance(node.op, ast.USub) and isinstance(value.value, int | float):
        return Const(-value.value)
    return value


def opposite(side: str) -> str:
    """The rows a mask leaves out."""
    return side.removeprefix("not ") if side.startswith("not ") else f"not {side}"


def _compare(machine: Machine, node: ast.Compare) -> Value:
    values = [machine.evaluate(one) for one in (node.left, *node.comparators)]
    events = frozenset(event for value in values for event in events_in(value))
    data = [value for value in values if isinstance(value, Data)]
    used = frozenset(use for one in data for use in one.uses)
    if events and not used:
        if machine.loops:
            machine.trace.choices.append(Choice(events, node.lineno, written(node)))
        return Score(events)
    mask = _mask(node, known=bool(data))
    if not data:
        return Data(mask=mask, is_index=False)
    statistic = all(one.statistic for one in data)
    found = combined(data, node.lineno)
    assert isinstance(found, Data)
    # Which rows pass a bound says nothing of what the bound was computed from.
    learned = found.learned if statistic else data[0].learned
    return replace(found, mask=None if statistic else mask, learned=learned, whole=False, only=None)


def _mask(node: ast.Compare, *, known: bool) -> tuple[str, str] | None:
    if len(node.ops) != 1:
        return None
    left, right = written(node.left), written(node.comparators[0])
    home = "" if known else f"@{node.lineno}"
    operator = type(node.ops[0])
    if operator in _ORDERS:
        sign, side = _ORDERS[operator]
        dated = not known or _DATE.search(f"{left} {right}")
        return f"{left}{sign}{right}{home}", side if dated else {"train": "yes", "test": "no"}[side]
    if operator in (ast.Eq, ast.Is):
        return f"{left}=={home}", right
    return (f"{left}=={home}", f"not {right}") if operator in (ast.NotEq, ast.IsNot) else None


def _both(machine: Machine, node: ast.BoolOp) -> Value:
    return combined([machine.evaluate(one) for one in node.values], node.lineno)


def _conditional(machine: Machine, node: ast.IfExp) -> Value:
    machine.evaluate(node.test)
    return either(machine.evaluate(node.body), machine.evaluate(node.orelse))


def _sequence(machine: Machine, node: ast.List | ast.Tuple | ast.Set) -> Value:
    values, names = [], []
    for one in node.elts:
        value = machine.evaluate(one.value if isinstance(one, ast.Starred) else one)
        opened = value.values if isinstance(one, ast.Starred) and isinstance(value, Items) else [value]
        values += opened
        names += [one.id if isinstance(one, ast.Name) else None] * len(opened)
    return Items(values, names=names)


def _dictionary(machine: Machine, node: ast.Dict) -> Value:
    keys = [constant(machine.evaluate(key)) if key is not None else None for key in node.keys]
    return Items([machine.evaluate(value) for value in node.values], keys=keys, is_dict=True)


def _comprehension(machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    names = columns.all_but(node)
    if names is not None:
        return Data(statistic=frozenset({columns.ALL_BUT}), lacks=frozenset(names))
    before = dict(machine.frame.variables)
    result = Items(is_dict=isinstance(node, ast.DictComp))

    def run(level: int) -> None:
        if level == len(node.generators):
            key = constant(machine.evaluate(node.key)) if isinstance(node, ast.DictComp) else None
            value = machine.evaluate(node.value if isinstance(node, ast.DictComp) else node.elt)
            if len(result.values) < _MOST:
                result.values.append(value)
                result.keys.append(key)
            return
        generator = node.generators[level]
        iterated = machine.evaluate(generator.iter)
        for element in _passes(iterated):
            store(machine, generator.target, element, None)
            for condition in generator.ifs:
                machine.evaluate(condition)
            run(level + 1)

    machine.loops += 1
    run(0)
    machine.loops -= 1
    machine.frame.variables.clear()
    machine.frame.variables.update(before)
    return result


def _passes(iterated: Value) -> list[Value]:
    """What the variable of a comprehension stands for, pass by pass."""
    if isinstance(iterated, Items) and not iterated.is_dict:
        return iterated.values[:_MOST]
    single = isinstance(iterated, Data) and iterated.column is not None and not iterated.statistic
    return [iterated if single else UNKNOWN] * 2


def _lambda(machine: Machine, node: ast.Lambda) -> Value:
    return Function("lambda", node, machine.frame.variables)


def _formatted(machine: Machine, node: ast.JoinedStr) -> Value:
    parts = [machine.evaluate(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values]
    plain = all(not isinstance(part, ast.FormattedValue) or part.format_spec is None for part in node.values)
    known = [part.value for part in parts if isinstance(part, Const)]
    return Const("".join(map(str, known))) if plain and len(known) == len(parts) else UNKNOWN


def _inner(machine: Machine, node: Any) -> Value:
    return machine.evaluate(node.value)


def _named(machine: Machine, node: ast.NamedExpr) -> Value:
    value = machine.evaluate(node.value)
    machine.bind(node.target.id, value)
    return value


_EXPRESSIONS: dict[type[ast.expr], Callable[[Machine, Any], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _both,
    ast.IfExp: _conditional,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dictionary,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Lambda: _lambda,
    ast.JoinedStr: _formatted,
    ast.Await: _inner,
    ast.Starred: _inner,
    ast.NamedExpr: _named,
}
