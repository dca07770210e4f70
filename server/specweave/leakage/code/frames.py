"""Methods of tables, columns and arrays."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from specweave.leakage.code import knowledge
from specweave.leakage.code.columns import EVERY, column
from specweave.leakage.code.containers import BEST
from specweave.leakage.code.knowledge import RESAMPLE, STATISTIC, STATISTICS, UNDERSAMPLE
from specweave.leakage.code.machine import Call, Machine, root_name, written
from specweave.leakage.code.merging import combined, united
from specweave.leakage.code.storing import without
from specweave.leakage.code.trace import is_test_side
from specweave.leakage.code.values import (
    SLICE,
    UNKNOWN,
    Data,
    Function,
    Items,
    Learning,
    Library,
    Score,
    Value,
    constant,
    data_in,
    events_in,
    texts,
)

_LATER = frozenset({"shift", "diff", "pct_change"})


def method(machine: Machine, data: Data, name: str, call: Call) -> Value:
    """`data.name(…)`."""
    if name in ("fit", "transform") and data.statistic & {"tuned"}:
        return UNKNOWN
    if events_in(Items(call.everything)) and not data.parts:
        return Score(events_in(Items(call.everything)))
    result = _result(machine, data, name, call)
    if constant(call.options.get("inplace")) is True and isinstance(result, Data):
        _in_place(machine, call.node, data, result)
        return UNKNOWN
    return result


def _result(machine: Machine, data: Data, name: str, call: Call) -> Value:
    handler = _METHODS.get(name)
    if handler is not None:
        return handler(machine, data, call)
    if name in BEST and data.uses and not data.statistic:
        return replace(data, whole=False)  # the most likely class of each row
    if name in STATISTICS or (data.grouped and name in ("first", "last", "size", "count")):
        return statistic(data, name, call)
    if name in knowledge.ROWS_KEPT:
        return _kept(data, name, call)
    return _other(data, name, call)


def _other(data: Data, name: str, call: Call) -> Value:
    if name in knowledge.TEMPORAL:
        return _in_time(data, name, call)
    if name in knowledge.SPREADING:
        return _learnt(data, name, call.line)
    found = combined([data, *call.everything], call.line)
    return replace(found, whole=False, only=None) if isinstance(found, Data) and not found.statistic else found


def _in_place(machine: Machine, node: ast.Call, before: Data, after: Data) -> None:
    """`df['a'].fillna(…, inplace=True)`: the table the expression begins with has changed."""
    name = root_name(node)
    table = machine.look_up(name) if name else None
    if name is None or not isinstance(table, Data):
        return
    if table == before:
        machine.change(name, after)
    else:
        machine.change(name, replace(table, learned=table.learned | after.learned))


def _learnt(data: Data, what: str, line: int, kind: str = STATISTIC) -> Data:
    learned = Learning(kind, what, line, data.parts, data.column)
    return replace(data, learned=data.learned | {learned})


def statistic(data: Data, name: str, call: Call) -> Value:
    """A number, or one a column, made of all rows; along a row it stays within the row."""
    axis = constant(call.options.get("axis") if name in ("quantile", "agg", "corr") else call.argument(0, "axis"))
    if axis in (1, "columns", -1):
        return replace(data, column=None, only=None, whole=False)
    if data.windowed:
        return replace(data, windowed=False)
    if data.is_index or not data.parts:
        return UNKNOWN
    how = f"{data_name(data)}{name}"
    learned = data.learned | {Learning(STATISTIC, how, call.line, data.parts, data.column)}
    return replace(
        data, learned=learned, statistic=data.statistic | {name}, grouped=False, mask=None, whole=False, only=None
    )


def data_name(data: Data) -> str:
    """How a statistic is named in a sentence: grouped means are called so."""
    return "groupby " if data.grouped else ""


def _transform(machine: Machine, data: Data, call: Call) -> Value:
    """transform, apply, map, pipe: of a group's rows, a function of the file, a table of values, or a name."""
    given = call.arguments[0] if call.arguments else call.options.get("func", UNKNOWN)
    if call.name == "pipe" and isinstance(given, Function):
        answer = machine.call(given, call.given([data, *call.arguments[1:]], call.options))
        return answer if isinstance(answer, Data) else data
    if data.grouped and isinstance(given, Function) and _of_neighbours(given.node):
        moved = replace(data, grouped=False, temporal=data.temporal or call.line, whole=False, only=None)
        return moved if "shift(" in written(given.node.body) else _with_own(moved)  # type: ignore[arg-type]
    if data.grouped:
        return replace(_learnt(data, "groupby transform", call.line), grouped=False)
    if isinstance(given, Function):
        by_row = data.column is not None or constant(call.options.get("axis")) in (1, "columns")
        answer = machine.call(given, call.given([UNKNOWN if by_row else data]))
        return united([data, *data_in(answer)], call.line) if data_in(answer) else replace(data, whole=False)
    names = texts(given) or ([given.last] if isinstance(given, Library) else [])
    if any(name in knowledge.SPREADING for name in names):
        return _learnt(data, names[0], call.line)
    found = combined([data, *call.arguments], call.line)
    return replace(found, whole=False) if isinstance(found, Data) else found


def _of_neighbours(node: ast.AST) -> bool:
    """Whether a function of a group's rows makes each value of its neighbours in time, as `s.shift(1).rolling(7).mean()`."""
    return any(isinstance(one, ast.Attribute) and one.attr in knowledge.TEMPORAL for one in ast.walk(node))


def _of_kinds(machine: Machine, data: Data, call: Call) -> Value:
    """A table of its own: which columns of the old one are in it depends on their types."""
    return replace(data, table=machine.new_table(), only=None, lacks=frozenset(), column=None)


def _head(machine: Machine, data: Data, call: Call) -> Value:
    """head(n) with a number that is worked out takes the first rows; head(5) shows some."""
    given = call.node.args[0] if call.node.args else None
    if given is None or isinstance(given, ast.Constant):
        return data
    return _cut(data, written(given), "train")


def _tail(machine: Machine, data: Data, call: Call) -> Value:
    """tail(df.height - n) is what head(n) leaves."""
    given = call.node.args[0] if call.node.args else None
    if given is None or isinstance(given, ast.Constant):
        return data
    rest = given.right if isinstance(given, ast.BinOp) and isinstance(given.op, ast.Sub) else None
    return _cut(data, f"-{written(given)}" if rest is None else written(rest), "test")


def _slice(machine: Machine, data: Data, call: Call) -> Value:
    """Of polars: slice(0, n) are the first rows, slice(n) all after them."""
    given = call.node.args
    if not given or all(isinstance(one, ast.Constant) for one in given):
        return data
    if len(given) == 2 and constant(call.arguments[0]) == 0:
        return _cut(data, written(given[1]), "train")
    return _cut(data, written(given[0]), "test")


def _cut(data: Data, bound: str, side: str) -> Data:
    return replace(data, parts=frozenset(part.cut(f"{SLICE}{bound}", side) for part in data.parts), stack=())


def _with_columns(machine: Machine, data: Data, call: Call) -> Value:
    """Of polars: an expression such as pl.col("a").mean() is worked out over all rows, unless it is one `over` groups."""
    found = combined([data, *call.everything], call.line)
    result = found if isinstance(found, Data) else data
    asked = [one for one in ast.walk(call.node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)]
    for one in asked:
        assert isinstance(one.func, ast.Attribute)
        if one.func.attr in STATISTICS and _of_a_column(one.func.value):
            result = _learnt(result, one.func.attr, one.lineno)
    return replace(result, whole=False, only=None)


def _of_a_column(node: ast.expr) -> bool:
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Call) and written(node.func) in ("pl.col", "polars.col", "col"):
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return False


def _grouped(machine: Machine, data: Data, call: Call) -> Value:
    return replace(data, grouped=True, column=None)


def _in_time(data: Data, name: str, call: Call) -> Value:
    periods = constant(call.arguments[0]) if call.arguments else constant(call.options.get("periods"))
    backwards = name in _LATER and isinstance(periods, int | float) and periods < 0
    ahead = backwards or constant(call.options.get("center")) is True
    future = data.future | {("", call.line)} if ahead else data.future
    windowed = name in ("rolling", "expanding", "ewm")
    moved = replace(data, temporal=data.temporal or call.line, future=future, windowed=windowed, whole=False, only=None)
    if name == "shift":
        return replace(moved, lagged=True, made_of=frozenset())
    return _with_own(moved) if windowed else moved


def _with_own(data: Data) -> Data:
    """A window that ends with the row holds the row's own value, unless the values were lagged before."""
    own = frozenset() if data.lagged or not data.column else frozenset({("", data.column)})
    return replace(data, made_of=own)


def _kept(data: Data, name: str, call: Call) -> Value:
    """Methods after which rows are rows of the same table, with what their arguments knew."""
    if name in ("bfill", "interpolate") and data.temporal:
        data = replace(data, future=data.future | {("" if data.column else EVERY, call.line)})
    if name in ("replace", "fillna", "clip") and data_in(Items(call.everything)):
        found = united([data, *data_in(Items(call.everything))], call.line)
        return replace(data, learned=found.learned)
    if name in ("sort_values", "set_index", "sort_index") and _dated(call.node):
        return replace(data, temporal=data.temporal or call.line)
    return data


def _dated(node: ast.Call) -> bool:
    written = ast.unparse(node).lower()
    words = ("date", "time", "month", "year", "day", "week", "timestamp", "'ds'")
    return any(word in written.split("(", 1)[-1] for word in words)


def _sample(machine: Machine, data: Data, call: Call) -> Value:
    share = constant(call.options.get("frac"))
    size = call.options.get("n") or (call.arguments[0] if call.arguments else None)
    if constant(call.options.get("replace")) is True:
        return _learnt(data, "sample(replace=True)", call.line, RESAMPLE)
    if share == 1 or (share is None and size is None):
        return data
    split = f"sample {machine.where(call.line)}"
    return replace(data, parts=frozenset(part.cut(split, "train") for part in data.parts), stack=())


def _drop(machine: Machine, data: Data, call: Call) -> Value:
    given = call.argument(0, "columns", "labels", "index") or UNKNOWN
    if isinstance(given, Data) and given.is_index:
        return _others(data, given)
    names = texts(given)
    return (
        without(data, names)
        if names
        else replace(data, whole=False, only=None, future=frozenset(), made_of=frozenset())
    )


def _others(data: Data, index: Data) -> Data:
    """The rows an index leaves over."""
    cuts = [part.cuts[-1] for part in index.parts if part.cuts]
    if not cuts:
        return data
    split, side = cuts[0]
    other = {"train": "test", "test": "train", "yes": "no", "no": "yes"}.get(side, f"not {side}")
    return replace(data, parts=frozenset(part.cut(split, other) for part in data.parts), stack=())


def _isin(machine: Machine, data: Data, call: Call) -> Value:
    given = call.arguments[0] if call.arguments else UNKNOWN
    cuts = [part.cuts[-1] for one in data_in(given) for part in one.parts if part.cuts]
    mask = cuts[0] if cuts else (f"isin {ast.unparse(call.node)[:80]}", "yes")
    return replace(data, mask=mask, is_index=False)


def _popped(machine: Machine, data: Data, call: Call) -> Value:
    names = texts(call.arguments[0]) if call.arguments else None
    owner = root_name(call.node)
    if not names or owner is None:
        return data
    machine.change(owner, without(data, names))
    return column(data, names)


def _appended(machine: Machine, data: Data, call: Call) -> Value:
    return below([data, *data_in(Items(call.arguments))], call.line)


def below(tables: list[Data], line: int) -> Value:
    """Tables laid below each other; one that repeats rows of another makes copies."""
    rows = [one for one in tables if one.parts and not one.statistic]
    if not rows:
        return united(tables, line) if tables else UNKNOWN
    found = united(rows, line)
    copied = [b for i, a in enumerate(rows) for b in rows[i + 1 :] if _repeats(a, b)]
    learned = found.learned | {
        Learning(RESAMPLE, "concat of a part of the rows with all of them", line, one.parts) for one in copied
    }
    groups = [one.parts for one in rows]
    apart = len(rows) == 2 and all(p.disjoint(q) for p in groups[0] for q in groups[1])
    whole = all(one.whole and one.table == rows[0].table for one in rows)
    return replace(
        found, learned=learned, line=line, stack=tuple(groups) if apart else (), whole=whole,
        table=rows[0].table if whole else 0, column=rows[0].column,
    )  # fmt: skip


def _repeats(a: Data, b: Data) -> bool:
    if a.column or b.column or a.only or b.only:
        return False
    return a.parts != b.parts and any(
        (p.holds(q) or q.holds(p)) and p != q and not is_test_side(p) and not is_test_side(q)
        for p in a.parts
        for q in b.parts
    )


def _joined(machine: Machine, data: Data, call: Call) -> Value:
    others = data_in(Items(call.everything))
    learned = data.learned | frozenset(learning for one in others for learning in one.learned)
    return replace(
        data,
        learned=learned,
        whole=False,
        only=None,
        temporal=data.temporal or max((o.temporal for o in others), default=0),
    )


def resampled(data: Data, call: Call) -> Data:
    """sklearn.utils.resample: rows drawn with replacement unless it says otherwise."""
    again = constant(call.options.get("replace")) is not False
    return _learnt(data, "resample", call.line, RESAMPLE if again else UNDERSAMPLE)


_METHODS: dict[str, Callable[[Machine, Data, Call], Value]] = {
    **dict.fromkeys(("transform", "apply", "map", "pipe", "applymap"), _transform),
    **dict.fromkeys(("groupby", "group_by"), _grouped),
    "select_dtypes": _of_kinds,
    "head": _head,
    "tail": _tail,
    "slice": _slice,
    "with_columns": _with_columns,
    "sample": _sample,
    "drop": _drop,
    "isin": _isin,
    "pop": _popped,
    "append": _appended,
    **dict.fromkeys(("merge", "join"), _joined),
}
