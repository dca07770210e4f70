"""Conditions whose answer follows from what is known: `if learn:` in a method called with learn=False."""

from __future__ import annotations

import ast

from specweave.leakage.code.machine import Machine
from specweave.leakage.code.values import Const, Data, Estimator, Function, Instance, Items, Value


def answer(machine: Machine, test: ast.expr) -> bool | None:
    """Whether the condition holds; nothing when that cannot be known.

    Names alone, `not` and `is None` are asked inside functions only, where their values come from the call.
    """
    if len(machine.frames) < 2:
        return None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = answer(machine, test.operand)
        return None if inner is None else not inner
    if isinstance(test, ast.Name):
        found = machine.look_up(test.id)
        return found.value if isinstance(found, Const) and isinstance(found.value, bool) else None
    return _is_none(machine, test)


def _is_none(machine: Machine, test: ast.expr) -> bool | None:
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Name)):
        return None
    right = test.comparators[0]
    if not (isinstance(right, ast.Constant) and right.value is None):
        return None
    empty = _empty(machine.look_up(test.left.id))
    if empty is None or isinstance(test.ops[0], ast.Is):
        return empty
    return not empty if isinstance(test.ops[0], ast.IsNot) else None


def _empty(value: Value | None) -> bool | None:
    if isinstance(value, Const):
        return value.value is None
    return False if isinstance(value, Data | Estimator | Function | Instance | Items) else None
