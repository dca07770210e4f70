"""Follows a program from its first statement to its last, functions where they are called."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from specweave.leakage.code import containers, estimators, evident, expressions, frames, functions, library, storing
from specweave.leakage.code.machine import Call, Machine, OutOfBudgetError
from specweave.leakage.code.merging import combined, either
from specweave.leakage.code.program import Program
from specweave.leakage.code.trace import Trace
from specweave.leakage.code.values import (
    UNKNOWN,
    Class,
    Const,
    Data,
    Estimator,
    Function,
    Instance,
    Items,
    Library,
    Score,
    Value,
)

MOST_ELEMENTS = 12


def follow(program: Program) -> Trace:
    """What the program does with its rows; functions nobody calls are followed last, on their own."""
    interpreter = Interpreter(program)
    try:
        interpreter.execute(program.statements)
        functions.follow_uncalled(interpreter)
    except OutOfBudgetError:
        program.skipped.append("the rest: the program is too large to be followed to its end")
    except RecursionError:
        program.skipped.append("the rest: an expression is nested too deeply")
    return interpreter.trace


class Interpreter(Machine):
    """Statements; expressions and calls live in modules of their own."""

    def execute(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.count()
            handler = _STATEMENTS.get(type(statement))
            if handler is not None:
                handler(self, statement)

    def evaluate(self, node: ast.expr | None) -> Value:
        self.count()
        if node is None:
            return UNKNOWN
        if isinstance(node, ast.Call):
            return self._called(node)
        return expressions.evaluate(self, node)

    def call(self, function: Value, call: Call) -> Value:
        if isinstance(function, Function):
            return functions.inline(self, function, call)
        if isinstance(function, Class):
            return functions.instantiate(self, function, call)
        if isinstance(function, Library):
            return library.result(self, function, call)
        return combined(call.everything, call.line)

    def _called(self, node: ast.Call) -> Value:
        call = self._given(node)
        if not isinstance(node.func, ast.Attribute):
            return self.call(self.evaluate(node.func), call)
        return self.method(self.evaluate(node.func.value), node.func.attr, call)

    def method(self, base: Value, name: str, call: Call) -> Value:
        """The result of `base.name(…)`."""
        if isinstance(base, Library):
            return self.call(Library(f"{base.name}.{name}"), call)
        if isinstance(base, Data):
            return frames.method(self, base, name, call)
        if isinstance(base, Estimator):
            return estimators.method(self, base, name, call)
        if isinstance(base, Items | Score):
            return containers.method(self, base, name, call)
        if isinstance(base, Instance):
            return functions.method(self, base, name, call)
        return estimators.of_the_unknown(self, name, call)

    def _given(self, node: ast.Call) -> Call:
        arguments: list[Value] = []
        for argument in node.args:
            value = self.evaluate(argument.value if isinstance(argument, ast.Starred) else argument)
            opened = isinstance(argument, ast.Starred) and isinstance(value, Items)
            arguments += value.values if opened and isinstance(value, Items) else [value]
        options: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is not None:
                options[keyword.arg] = value
            elif isinstance(value, Items) and value.is_dict:
                options |= {str(key): one for key, one in zip(value.keys, value.values, strict=False)}
            else:
                options["**"] = value
        return Call(node, arguments, options)


def _assign(machine: Machine, node: ast.Assign) -> None:
    value = machine.evaluate(node.value)
    for target in node.targets:
        storing.store(machine, target, value, node.value)


def _annotated(machine: Machine, node: ast.AnnAssign) -> None:
    if node.value is not None:
        storing.store(machine, node.target, machine.evaluate(node.value), node.value)


def _augmented(machine: Machine, node: ast.AugAssign) -> None:
    added, before = machine.evaluate(node.value), machine.evaluate(node.target)
    if isinstance(before, Items) and isinstance(added, Items):
        before.values += added.values
    else:
        storing.store(machine, node.target, combined([before, added], node.lineno), node.value)


def _expression(machine: Machine, node: ast.Expr) -> None:
    machine.evaluate(node.value)


def _returned(machine: Machine, node: ast.Return) -> None:
    if node.value is not None:
        machine.frame.returned.append(machine.evaluate(node.value))


def _if(machine: Machine, node: ast.If) -> None:
    if any(isinstance(one, ast.Name) and one.id == "__name__" for one in ast.walk(node.test)):
        machine.execute(node.body)
        return
    machine.evaluate(node.test)
    known = evident.answer(machine, node.test)
    if known is not None:
        machine.execute(node.body if known else node.orelse)
        return
    _ways(machine, [node.body, node.orelse])


def _ways(machine: Machine, bodies: list[list[ast.stmt]]) -> None:
    """Follow each body from here, and go on with what may hold after any of them."""
    before = dict(machine.frame.variables)
    ends: list[dict[str, Value]] = []
    for body in bodies:
        _restore(machine, before)
        machine.execute(body)
        ends.append(dict(machine.frame.variables))
    merged: dict[str, Value] = {}
    for name in dict.fromkeys(name for end in ends for name in end):
        found = [end[name] for end in ends if name in end]
        merged[name] = found[0] if len(found) == 1 else either(found[0], found[1])
    _restore(machine, merged)


def _restore(machine: Machine, variables: dict[str, Value]) -> None:
    # In place: functions defined here look at this very dictionary.
    machine.frame.variables.clear()
    machine.frame.variables.update(variables)


def _for(machine: Machine, node: ast.For | ast.AsyncFor) -> None:
    iterated = machine.evaluate(node.iter)
    machine.loops += 1
    for index, element in enumerate(elements(iterated)):
        storing.store(machine, node.target, element, None)
        if isinstance(node.target, ast.Name):
            machine.frame.rebound.discard(node.target.id)
            machine.frame.changed.discard(node.target.id)
        machine.execute(node.body)
        storing.hand_back(machine, node, iterated, index)
    machine.loops -= 1
    machine.execute(node.orelse)


def _while(machine: Machine, node: ast.While) -> None:
    machine.loops += 1
    for _ in range(2):
        machine.evaluate(node.test)
        machine.execute(node.body)
    machine.loops -= 1


def _with(machine: Machine, node: ast.With | ast.AsyncWith) -> None:
    for item in node.items:
        value = machine.evaluate(item.context_expr)
        if item.optional_vars is not None:
            storing.store(machine, item.optional_vars, value, item.context_expr)
    machine.execute(node.body)


def _try(machine: Machine, node: ast.Try) -> None:
    machine.execute(node.body)
    _ways(machine, [[], [statement for handler in node.handlers for statement in handler.body]])
    machine.execute(node.orelse)
    machine.execute(node.finalbody)


def _function(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    function = Function(node.name, node, machine.frame.variables)
    machine.defined.append(function)
    machine.bind(node.name, function)


def _class(machine: Machine, node: ast.ClassDef) -> None:
    machine.bind(node.name, functions.class_of(node, machine.frame.variables))


def _import(machine: Machine, node: ast.Import) -> None:
    for alias in node.names:
        name = alias.name if alias.asname else alias.name.split(".")[0]
        machine.bind(alias.asname or name, Library(name))


def _import_from(machine: Machine, node: ast.ImportFrom) -> None:
    for alias in node.names:
        if alias.name != "*":
            machine.bind(alias.asname or alias.name, Library(f"{node.module or ''}.{alias.name}"))


def _delete(machine: Machine, node: ast.Delete) -> None:
    for target in node.targets:
        storing.remove(machine, target)


_STATEMENTS: dict[type[ast.stmt], Callable[[Any, Any], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Expr: _expression,
    ast.Return: _returned,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Delete: _delete,
}


def elements(iterated: Value) -> list[Value]:
    """What a loop's variable becomes, pass by pass; two passes over what is not known, so that loops close."""
    if isinstance(iterated, Items):
        if iterated.is_dict:
            return [Const(key) if key is not None else UNKNOWN for key in iterated.keys[:MOST_ELEMENTS]]
        return iterated.values[:MOST_ELEMENTS]
    if isinstance(iterated, Score):
        return [iterated]
    if isinstance(iterated, Data) and iterated.column is not None and not iterated.statistic:
        return [iterated] * 2  # values of these rows, one by one
    return [UNKNOWN, UNKNOWN]
