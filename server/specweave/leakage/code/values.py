"""What a variable can hold, as far as leaks are concerned: rows and what they have seen, estimators, scores, containers."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar


@dataclass(frozen=True)
class Part:
    """Rows of one source, narrowed by cuts in order; a cut is (which split, which side of it)."""

    source: str
    line: int
    cuts: tuple[tuple[str, str], ...] = ()

    def cut(self, split: str, side: str) -> Part:
        known = dict(self.cuts)
        if known.get(split) == side:
            return self
        while split in known:  # the same line splits what it split before, as in a loop
            split += "'"
        return Part(self.source, self.line, (*self.cuts, (split, side)))

    def disjoint(self, other: Part) -> bool:
        """Whether no row can be in both: another source, or the other side of a split."""
        if self.source != other.source:
            return True
        known = dict(self.cuts)
        return any(known.get(split, side) != side for split, side in other.cuts) or self._apart(other)

    def _apart(self, other: Part) -> bool:
        """Whether both are slices of the same rows, one of which ends where, or before, the other begins."""
        shared = 0
        while self.cuts[shared : shared + 1] == other.cuts[shared : shared + 1] != ():
            shared += 1
        mine, theirs = _bounds(self.cuts[shared:]), _bounds(other.cuts[shared:])
        return _ends_before(mine, theirs) or _ends_before(theirs, mine)

    def holds(self, other: Part) -> bool:
        """Whether the other's rows are among these."""
        return self.source == other.source and set(self.cuts) <= set(other.cuts)


Parts = frozenset[Part]
SLICE = "at "


def _bounds(cuts: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """(bound, side) of the slices these cuts begin with."""
    found = []
    for split, side in cuts:
        if not split.startswith(SLICE):
            break
        found.append((split.removeprefix(SLICE), side))
    return found


def _ends_before(left: list[tuple[str, str]], right: list[tuple[str, str]]) -> bool:
    ends, begins = ([b for b, side in left if side == "train"], [b for b, side in right if side == "test"])
    return any(_at_or_before(end, begin) for end in ends for begin in begins)


def _at_or_before(end: str, begin: str) -> bool:
    """Of two whole numbers that count from the same end of the rows, whether the first is not the larger."""
    try:
        return int(end) <= int(begin) and (int(end) < 0) == (int(begin) < 0)
    except ValueError:
        return False


@lru_cache(maxsize=4096)  # rules ask the same question for every pass of a loop
def meet(left: Parts, right: Parts) -> bool:
    """Whether some row may be in both."""
    return any(not a.disjoint(b) for a in left for b in right)


@lru_cache(maxsize=4096)
def inside(inner: Parts, outer: Parts) -> bool:
    """Whether all rows of the inner are certainly among the outer."""
    return bool(inner) and all(any(b.holds(a) for b in outer) for a in inner)


@dataclass(frozen=True)
class Learning:
    """Something learnt from rows that flowed into values: a mean, a fitted scaler, chosen columns, made-up rows."""

    kind: str
    what: str
    line: int
    parts: Parts
    column: str | None = None


class Value:
    """Anything; by itself a value nothing is known about."""

    known: ClassVar[bool] = True


class Unknown(Value):
    known = False

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Const(Value):
    """A number, text, truth value or None."""

    value: Any


@dataclass(frozen=True)
class Library(Value):
    """A module, class or function that is not defined in the file, by its dotted name."""

    name: str

    @property
    def last(self) -> str:
        return self.name.rsplit(".", 1)[-1]


@dataclass(frozen=True)
class Data(Value):
    """Rows, or a statistic of rows (`statistic` names how it was made), or their positions (`is_index`).

    `grouped` and `windowed`: the next statistic is one a group, or one a row made of its neighbours in time.

    `table` numbers the frame the columns come from; `whole` says that all of its columns are there but `lacks`, `only`
    lists them where they were chosen by name; `column` is the name of a single one. `future` are the columns made of
    later rows, with their lines. `temporal` is the line that shows the rows to be ordered in time, or 0.
    `uses` are the predictions the values were made from, `mask` the cut they make as a filter,
    `stack` the parts that were laid below each other, `made_of` the columns that hold another one's value of the same row: on another
    scale, or in a moving average. `lagged` says that the values are those of earlier rows.
    """

    parts: Parts = frozenset()
    learned: frozenset[Learning] = frozenset()
    line: int = 0
    statistic: frozenset[str] = frozenset()
    grouped: bool = False
    windowed: bool = False
    is_index: bool = False
    table: int = 0
    whole: bool = False
    lacks: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    column: str | None = None
    future: frozenset[tuple[str, int]] = frozenset()
    temporal: int = 0
    uses: frozenset[Any] = frozenset()
    mask: tuple[str, str] | None = None
    stack: tuple[Parts, ...] = ()
    made_of: frozenset[tuple[str, str]] = frozenset()
    lagged: bool = False

    def keeps(self, column: str) -> bool:
        """Whether a column that was put in is still there."""
        return column in self.only if self.only is not None else column not in self.lacks

    def has(self, column: str) -> bool | None:
        """Whether the column is among them; nothing when that cannot be known."""
        if self.only is not None:
            return column in self.only
        return column not in self.lacks if self.whole else None


@dataclass(frozen=True)
class Score(Value):
    """A number, or numbers, that say how good predictions were; `events` are the scorings behind it."""

    events: frozenset[Any]
    sorted: bool = False
    curve: bool = False


@dataclass(eq=False)
class Items(Value):
    """A list, tuple or dictionary; `keys` belong to the values, `names` are the variables the values came from."""

    values: list[Value] = field(default_factory=list)
    keys: list[Any] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    is_dict: bool = False

    def put(self, key: Any, value: Value) -> None:
        """Set a key; one that is not a constant adds a value."""
        if key is not None and key in self.keys:
            self.values[self.keys.index(key)] = value
        else:
            self.keys.append(key)
            self.values.append(value)

    def get(self, key: Any) -> Value | None:
        if self.is_dict:
            return self.values[self.keys.index(key)] if key in self.keys else None
        if isinstance(key, int) and -len(self.values) <= key < len(self.values):
            return self.values[key]
        return None


@dataclass(eq=False)
class Estimator(Value):
    """A model, transformer, resampler, splitter, search or pipeline; `fit` is what it last learnt from."""

    name: str
    role: str
    kind: str = ""
    line: int = 0
    steps: list[Estimator] = field(default_factory=list)
    options: dict[str, Value] = field(default_factory=dict)
    fit: Any = None
    tuned: frozenset[Learning] = frozenset()

    @property
    def final(self) -> Estimator:
        """The estimator that predicts: the last step of a pipeline, what a search tunes."""
        return self.steps[-1].final if self.steps and self.role in ("pipeline", "search", "wrapper") else self


@dataclass(eq=False)
class Function(Value):
    """A function defined in the file; `scope` are the variables around it."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: dict[str, Value]
    bound: Value | None = None


@dataclass(eq=False)
class Class(Value):
    name: str
    methods: dict[str, Function]
    bases: tuple[str, ...] = ()


@dataclass(eq=False)
class Instance(Value):
    cls: Class
    attributes: dict[str, Value] = field(default_factory=dict)


def texts(value: Value) -> list[str] | None:
    """The texts a value holds: a constant or a list of constants; nothing when one of them is not known."""
    if isinstance(value, Const):
        return [str(value.value)]
    if isinstance(value, Items) and not value.is_dict:
        found = [one.value for one in value.values if isinstance(one, Const)]
        return [str(one) for one in found] if len(found) == len(value.values) else None
    return None


def constant(value: Value | None) -> Any:
    """What a constant holds; nothing for everything else."""
    return value.value if isinstance(value, Const) else None


def data_in(value: Value | None, depth: int = 4) -> list[Data]:
    """The rows inside a value, containers opened."""
    if isinstance(value, Data):
        return [value]
    if isinstance(value, Items) and depth:
        return [found for one in value.values for found in data_in(one, depth - 1)]
    return []


def events_in(value: Value | None, depth: int = 4) -> frozenset[Any]:
    """The scorings behind a value, containers opened."""
    if isinstance(value, Score):
        return value.events
    if isinstance(value, Items) and depth:
        return frozenset(event for one in value.values for event in events_in(one, depth - 1))
    return frozenset()
