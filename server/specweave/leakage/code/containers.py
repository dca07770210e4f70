"""Methods of lists, dictionaries and tables of scores, and the built-in functions over them."""

from __future__ import annotations

import ast
from dataclasses import replace

from specweave.leakage.code.machine import Call, Machine, root_name, written
from specweave.leakage.code.merging import combined
from specweave.leakage.code.trace import Choice
from specweave.leakage.code.values import UNKNOWN, Const, Function, Items, Score, Value, constant, events_in

BEST = frozenset(
    {"max", "min", "argmax", "argmin", "idxmax", "idxmin", "nanargmax", "nanargmin", "nlargest", "nsmallest"}
    | {"amax", "amin"}
)
_WALKS = frozenset({"list", "tuple", "set", "iter", "reversed", "sorted", "tqdm", "tqdm_notebook"})
SORTING = frozenset({"sort_values", "sort", "sorted", "argsort", "sort_index", "most_common"})


def chosen(machine: Machine, value: Value, node: ast.Call) -> Value:
    """The best of scores was asked for; what comes back still is a score."""
    events = events_in(value)
    if len(events) > 1 or any(event.curve for event in events) or machine.loops:
        machine.trace.choices.append(Choice(events, node.lineno, written(node)))
    return Score(events)


def method(machine: Machine, base: Items | Score, name: str, call: Call) -> Value:
    """`base.name(…)` of a container or of scores."""
    if isinstance(base, Items) and name in ("append", "add", "extend", "insert", "update", "setdefault"):
        return _grow(base, name, call.arguments)
    if isinstance(base, Items) and name in ("items", "values", "keys", "get", "copy", "pop"):
        return _read(base, name, call.arguments)
    events = events_in(base)
    if not events:
        return combined([base, *call.everything], call.line)
    return of_scores(machine, base, name, call.everything, call.node)


def of_scores(machine: Machine, base: Value, name: str, arguments: list[Value], node: ast.Call) -> Value:
    """A method of a table of results."""
    events = events_in(base) | frozenset(event for one in arguments for event in events_in(one))
    if name in BEST:
        return chosen(machine, base, node)
    if name == "sort":
        owner = root_name(node)
        if owner and isinstance(machine.look_up(owner), Items | Score):
            machine.bind(owner, Score(events, sorted=True))
        return UNKNOWN
    found = Score(events, sorted=name in SORTING or (isinstance(base, Score) and base.sorted))
    if name == "append" and (owner := root_name(node)):
        machine.bind(owner, found)
    return found


def _grow(base: Items, name: str, arguments: list[Value]) -> Value:
    value = arguments[-1] if arguments else UNKNOWN
    if name == "update" and isinstance(value, Items) and value.is_dict:
        for key, one in zip(value.keys, value.values, strict=False):
            base.put(key, one)
    elif name in ("extend", "update") and isinstance(value, Items):
        base.values += value.values
    elif name == "setdefault" and arguments:
        base.put(constant(arguments[0]), value)
    elif len(base.values) < 60:
        base.values.append(value)
        if base.is_dict:
            base.keys.append(None)
    return UNKNOWN


def _read(base: Items, name: str, arguments: list[Value]) -> Value:
    if name == "items":
        pairs: list[Value] = [
            Items([Const(key) if key is not None else UNKNOWN, value])
            for key, value in zip(base.keys or [None] * len(base.values), base.values, strict=False)
        ]
        return Items(pairs)
    if name == "keys":
        return Items([Const(key) for key in base.keys])
    if name == "get" or (name == "pop" and arguments):
        return base.get(constant(arguments[0])) or UNKNOWN if arguments else UNKNOWN
    if name == "pop":
        return base.values[-1] if base.values else UNKNOWN
    return Items(list(base.values), list(base.keys), list(base.names), is_dict=base.is_dict and name == "copy")


def built_in(machine: Machine, name: str, call: Call) -> Value | None:
    """zip, enumerate, sorted, max and the like; nothing when it is another function."""
    first = call.arguments[0] if call.arguments else UNKNOWN
    if name in BEST and (events_in(first) or any(events_in(one) for one in call.arguments)):
        return chosen(machine, Items(call.arguments), call.node)
    if name in BEST and isinstance(call.options.get("key"), Function):
        return _best_by(machine, first, call)
    if name in SORTING and events_in(first):
        return Score(events_in(first), sorted=True)
    if name == "dict" and not isinstance(first, Items):
        return Items(list(call.options.values()), keys=list(call.options), is_dict=True)
    return _iterated(name, first, call.arguments)


def _best_by(machine: Machine, first: Value, call: Call) -> Value | None:
    """max(candidates, key=lambda one: score of one): the function is asked about each of them."""
    key = call.options["key"]
    machine.loops += 1
    asked = _values(first)[:1] if isinstance(first, Items) else []
    events = events_in(Items([machine.call(key, call.given([one])) for one in asked or [UNKNOWN]]))
    machine.loops -= 1
    if events:
        machine.trace.choices.append(Choice(events, call.line, written(call.node)))
    return None


def _iterated(name: str, first: Value, arguments: list[Value]) -> Value | None:
    if name == "zip":
        return _zipped(arguments)
    if name == "enumerate":
        return Items([Items([UNKNOWN, value]) for value in _values(first)])
    if name == "next":
        return first.values[0] if isinstance(first, Items) and first.values else first
    if not isinstance(first, Items):
        return None
    if name == "dict":
        return first
    return Items(_values(first), names=list(first.names)) if name in _WALKS else None


def _values(value: Value) -> list[Value]:
    if isinstance(value, Items):
        return (
            [Const(key) if key is not None else UNKNOWN for key in value.keys] if value.is_dict else list(value.values)
        )
    return [replace(value)] * 2 if isinstance(value, Score) else [UNKNOWN, UNKNOWN]


def _zipped(arguments: list[Value]) -> Value:
    lists = [_values(one) for one in arguments]
    known = [one for one, given in zip(lists, arguments, strict=True) if isinstance(given, Items)]
    length = min((len(one) for one in known), default=2)
    rows = [[one[i] if i < len(one) else UNKNOWN for one in lists] for i in range(length)]
    return Items([Items(row) for row in rows])
