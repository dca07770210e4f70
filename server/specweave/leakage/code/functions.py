"""Functions and classes of the file: followed where they are called, or at the end when nobody calls them."""

from __future__ import annotations

import ast
import re

from specweave.leakage.code import estimators
from specweave.leakage.code.machine import DEEPEST, Call, Frame, Machine
from specweave.leakage.code.merging import combined, either
from specweave.leakage.code.values import (
    UNKNOWN,
    Class,
    Data,
    Estimator,
    Function,
    Instance,
    Part,
    Value,
)

_ROWS = re.compile(
    r"(^|_)(x|y|df|data|dataset|train|test|val|valid|features?|frame|targets?|labels?|table|rows)(_|\d|$)",
    re.IGNORECASE,
)
_TRANSFORMERS = ("TransformerMixin", "BaseEstimator")


def inline(machine: Machine, function: Function, call: Call) -> Value:
    """What the function returns for these arguments; tables it changes in place are changed for the caller too."""
    machine.called.add(id(function.node))
    if len(machine.frames) > DEEPEST or any(id(function.node) == frame_id for frame_id in _active(machine)):
        return combined(call.everything, call.line)
    given = [function.bound, *call.arguments] if function.bound is not None else call.arguments
    variables, origins = _parameters(machine, function, given, call)
    frame = Frame(variables, function.scope, call=f"{machine.frame.call}{call.line}>{id(function.node)}>")
    machine.frames.append(frame)
    try:
        if isinstance(function.node, ast.Lambda):
            return machine.evaluate(function.node.body)
        machine.execute(function.node.body)
    finally:
        machine.frames.pop()
    for name, origin in origins.items():
        if name in frame.changed and origin in machine.frame.variables:
            machine.change(origin, frame.variables[name])
    return _answer(frame)


def _active(machine: Machine) -> set[int]:
    return {int(part) for frame in machine.frames for part in re.findall(r">(\d+)>", frame.call)}


def _answer(frame: Frame) -> Value:
    if not frame.returned:
        return UNKNOWN
    answer = frame.returned[0]
    for other in frame.returned[1:]:
        answer = either(answer, other)
    return answer


def _parameters(
    machine: Machine, function: Function, given: list[Value], call: Call
) -> tuple[dict[str, Value], dict[str, str]]:
    """(the variables of the call, which variable of the caller a parameter came from)."""
    wanted = function.node.args
    names = [one.arg for one in (*wanted.posonlyargs, *wanted.args)]
    defaults = dict(zip(names[len(names) - len(wanted.defaults) :], wanted.defaults, strict=True))
    defaults |= {one.arg: value for one, value in zip(wanted.kwonlyargs, wanted.kw_defaults, strict=True) if value}
    variables = {name: machine.evaluate(value) for name, value in defaults.items()}
    variables |= dict(zip(names, given, strict=False))
    known = {*names, *(one.arg for one in wanted.kwonlyargs)}
    variables |= {name: value for name, value in call.options.items() if name in known}
    for name in known - set(variables):
        variables[name] = UNKNOWN
    positional = names[1:] if function.bound is not None else names
    origins = {name: one.id for name, one in zip(positional, call.node.args, strict=False) if isinstance(one, ast.Name)}
    origins |= {one.arg: one.value.id for one in call.node.keywords if one.arg and isinstance(one.value, ast.Name)}
    return variables, origins


def class_of(node: ast.ClassDef, scope: dict[str, Value]) -> Class:
    """A class with its own methods; what it inherits is known by name only."""
    methods = {one.name: Function(one.name, one, scope) for one in node.body if isinstance(one, ast.FunctionDef)}
    return Class(node.name, methods, tuple(ast.unparse(base).rsplit(".", 1)[-1] for base in node.bases))


def _is_static(function: Function) -> bool:
    """Whether the method is not given the object it is called on."""
    decorators = [] if isinstance(function.node, ast.Lambda) else function.node.decorator_list
    return any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in decorators)


def instantiate(machine: Machine, cls: Class, call: Call) -> Instance:
    """An object of a class of the file, after its `__init__`."""
    instance = Instance(cls)
    init = cls.methods.get("__init__")
    if init is not None:
        machine.call(Function(init.name, init.node, init.scope, instance), call)
    return instance


def method(machine: Machine, base: Instance, name: str, call: Call) -> Value:
    """`object.name(…)`; a class with fit and transform has fit_transform, another one that is fitted is a model."""
    own = base.cls.methods.get(name)
    if own is not None:
        return machine.call(Function(own.name, own.node, own.scope, None if _is_static(own) else base), call)
    if name == "fit_transform" and "transform" in base.cls.methods:
        if "fit" in base.cls.methods:
            method(machine, base, "fit", call)
        return method(machine, base, "transform", call.given(call.arguments[:1]))
    inner = base.attributes.get("#estimator")
    if not isinstance(inner, Estimator):
        role = "transformer" if set(base.cls.bases) & set(_TRANSFORMERS) else "model"
        inner = Estimator(base.cls.name, role, line=call.line)
        base.attributes["#estimator"] = inner
    return estimators.method(machine, inner, name, call)


def follow_uncalled(machine: Machine) -> None:
    """Run each function nobody called with rows of its own for every parameter that is named like rows."""
    for function in list(machine.defined):
        if id(function.node) in machine.called or isinstance(function.node, ast.Lambda):
            continue
        node = function.node
        given = [_parameter(one.arg, node.lineno) for one in (*node.args.posonlyargs, *node.args.args)]
        call = ast.Call(func=ast.Name(id=node.name, ctx=ast.Load()), args=[], keywords=[])
        ast.copy_location(call, node)
        machine.call(function, Call(call, given))


def _parameter(name: str, line: int) -> Value:
    if not _ROWS.search(name):
        return UNKNOWN
    # X and y of one function speak of the same rows; X_train and X_test do not.
    source = re.sub(r"(?i)(^|_)(x|y|features?|labels?|targets?)(_|\d|$)", "_", name).strip("_") or "rows"
    return Data(parts=frozenset({Part(f"parameter {source} of line {line}", line)}), line=line)
