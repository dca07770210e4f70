"""The state of one run through a program, and the two doors the parts of the interpreter call each other by."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import lru_cache

from specweave.leakage.code.program import Program
from specweave.leakage.code.trace import Trace
from specweave.leakage.code.values import Class, Function, Value

MOST_STEPS = 60_000
DEEPEST = 8


@dataclass(frozen=True)
class Call:
    """A call as it stands in the code, and what was given to it."""

    node: ast.Call
    arguments: list[Value] = field(default_factory=list)
    options: dict[str, Value] = field(default_factory=dict)

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def everything(self) -> list[Value]:
        return [*self.arguments, *self.options.values()]

    @property
    def name(self) -> str:
        """The last part of the name that is called."""
        return self.node.func.attr if isinstance(self.node.func, ast.Attribute) else written(self.node.func)

    def argument(self, position: int, *names: str) -> Value | None:
        """The argument at a position, or under one of its names."""
        if position < len(self.arguments):
            return self.arguments[position]
        return next((self.options[name] for name in names if name in self.options), None)

    def given(self, arguments: list[Value], options: dict[str, Value] | None = None) -> Call:
        """The same call with other arguments."""
        return Call(self.node, arguments, options or {})


class OutOfBudgetError(Exception):
    """The program is too large to be followed to its end."""


@dataclass
class Frame:
    """The variables of one call. `changed` are those whose table was changed in place, `rebound` those named anew."""

    variables: dict[str, Value]
    outer: dict[str, Value] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    rebound: set[str] = field(default_factory=set)
    returned: list[Value] = field(default_factory=list)
    call: str = ""


class Machine(ABC):
    """Follows a program statement by statement over values that stand for rows, not with them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.trace = Trace()
        self.globals: dict[str, Value] = {}
        self.frames = [Frame(self.globals)]
        self.loops = 0
        self.steps = 0
        self.tables = 0
        self.called: set[int] = set()
        self.defined: list[Function] = []
        self.classes: list[Class] = []
        self.last_fitted: Value | None = None

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def look_up(self, name: str) -> Value | None:
        for scope in (self.frame.variables, self.frame.outer, self.globals):
            if name in scope:
                return scope[name]
        return None

    def bind(self, name: str, value: Value) -> None:
        """Name a value; the name no longer stands for what the caller gave."""
        self.frame.variables[name] = value
        self.frame.rebound.add(name)

    def change(self, name: str, value: Value) -> None:
        """Replace what a name stands for because its table was changed in place."""
        self.frame.variables[name] = value
        if name not in self.frame.rebound:
            self.frame.changed.add(name)

    def new_table(self) -> int:
        self.tables += 1
        return self.tables

    def count(self) -> None:
        """One step of work; raises OutOfBudgetError when there were too many."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise OutOfBudgetError

    def where(self, line: int) -> str:
        """A name for an event at a line within the present calls."""
        return f"{self.frame.call}{line}"

    @abstractmethod
    def evaluate(self, node: ast.expr | None) -> Value: ...

    @abstractmethod
    def execute(self, body: list[ast.stmt]) -> None: ...

    @abstractmethod
    def call(self, function: Value, call: Call) -> Value: ...


def root_name(node: ast.expr) -> str | None:
    """The variable an expression like `df.loc[rows, 'a'].values` begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


@lru_cache(maxsize=4096)
def written(node: ast.expr) -> str:
    """An expression as text, on one line and not too long."""
    try:
        text = " ".join(ast.unparse(node).split())
    except (ValueError, RecursionError):
        return "…"
    return text if len(text) <= 80 else text[:79] + "…"
