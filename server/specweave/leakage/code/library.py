"""Functions and classes of libraries, known by the last part of their names."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import replace

from specweave.leakage.code import estimators, frames, knowledge
from specweave.leakage.code.containers import BEST, SORTING, built_in, of_scores
from specweave.leakage.code.knowledge import BIN, STATISTIC
from specweave.leakage.code.machine import Call, Machine, written
from specweave.leakage.code.merging import combined, united
from specweave.leakage.code.storing import without
from specweave.leakage.code.trace import SealedRead, Split
from specweave.leakage.code.values import (
    UNKNOWN,
    Const,
    Data,
    Estimator,
    Items,
    Learning,
    Library,
    Part,
    Score,
    Value,
    constant,
    data_in,
    events_in,
    texts,
)

_NUMPY = re.compile(r"^(np|numpy|scipy|jnp|cp)\b")
_READ_DATED = ("parse_dates", "index_col")


def result(machine: Machine, function: Library, call: Call) -> Value:
    """`name(…)` of something that is not defined in the file."""
    name = function.last
    for attempt in (_known, _scores, _reads):
        found = attempt(machine, function, call)
        if found is not None:
            return found
    if name in knowledge.NEUTRAL:
        return UNKNOWN
    if name in ("optimize", "fmin", "minimize", "maximize", "gp_minimize"):
        return estimators.optimized(machine, call)
    found = combined(call.everything, call.line)
    if isinstance(found, Data) and not found.statistic:
        return replace(found, whole=False, only=None)
    return found


def _known(machine: Machine, function: Library, call: Call) -> Value | None:
    name = function.last
    handler = _FUNCTIONS.get(name)
    if handler is not None:
        found = handler(machine, call)
        if found is not None:
            return found
    if name in knowledge.LEARNERS and call.arguments:
        return _trained(machine, function, call)
    if name in knowledge.VALIDATIONS:
        return estimators.validated(machine, name, call)
    estimator = estimators.made(name, call)
    if estimator is not None:
        return estimator
    found = built_in(machine, name, call)
    if found is not None:
        return found
    return _of_rows(function, call)


def _of_rows(function: Library, call: Call) -> Value | None:
    """Numpy's statistics, and functions that scale or rank all rows at once."""
    first = call.arguments[0] if call.arguments else UNKNOWN
    name = function.last
    if not isinstance(first, Data) or not first.parts:
        return None
    if name in knowledge.STATISTICS and _NUMPY.match(function.name) and not first.uses:
        return frames.statistic(
            first,
            name,
            call.given(
                [],
                {k: v for k, v in call.options.items() if k == "axis"}
                | (
                    {"axis": call.arguments[1]}
                    if len(call.arguments) > 1 and name not in ("quantile", "percentile", "nanpercentile")
                    else {}
                ),
            ),
        )
    if name in knowledge.SPREADING:
        learned = Learning(STATISTIC, name, call.line, first.parts, first.column)
        return replace(first, learned=first.learned | {learned})
    return None


def _scores(machine: Machine, function: Library, call: Call) -> Value | None:
    """A metric over predictions, or a table made of scores."""
    name = function.last
    everything = call.everything
    if knowledge.METRIC.search(name) and name not in knowledge.NO_METRIC:
        by_itself = "estimator" in name or name.startswith("plot_")
        asked = [_asked(machine, one, call) for one in call.arguments[:1]] if by_itself else []
        found = estimators.scored(machine, [*everything, *asked], name, call.node, curve=name in knowledge.CURVES)
        return found if isinstance(found, Score) else None
    if (
        name in ("mean", "average", "sum", "count_nonzero")
        and any(one.mask is None and one.uses and not one.statistic for one in data_in(Items(call.arguments)))
        and _compares(call.node)
    ):
        found = estimators.scored(machine, everything, written(call.node), call.node)
        return found if isinstance(found, Score) else None
    events = frozenset(event for one in everything for event in events_in(one))
    if events and (name in BEST or name in SORTING):
        return of_scores(machine, Score(events), name, [], call.node)
    return None


def _asked(machine: Machine, estimator: Value, call: Call) -> Value:
    """from_estimator(model, X, y) and plot_roc_curve(model, X, y) predict by themselves."""
    if not isinstance(estimator, Estimator):
        return UNKNOWN
    return estimators.method(machine, estimator, "predict", call.given(call.arguments[1:2]))


def _compares(node: ast.Call) -> bool:
    """Whether an argument compares: answers that are equal, or how far they are apart."""
    inside = [part for one in node.args for part in ast.walk(one)]
    return any(
        isinstance(one, ast.Compare) or (isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub)) for one in inside
    )


def _reads(machine: Machine, function: Library, call: Call) -> Value | None:
    """Rows from a file, a database or a library; each such line is a source of its own."""
    name = function.last
    if name == "open_sealed":
        machine.trace.sealed.append(SealedRead(call.line, written(call.node)))
    known = knowledge.READERS.match(name) or (name == "load" and _NUMPY.match(function.name))
    if not known or name in knowledge.NO_READER:
        return None
    source = _source(machine, name, call)
    rows = Data(
        parts=frozenset({Part(source, call.line)}),
        line=call.line,
        table=machine.new_table(),
        whole=True,
        temporal=call.line if all(_READ_DATED[i] in call.options for i in range(2)) else 0,
    )
    pair = constant(call.options.get("return_X_y")) is True or (name.startswith("make_") and name != "make_dataset")
    return Items([replace(rows, whole=False), replace(rows, whole=False, column="target")]) if pair else rows


def _source(machine: Machine, name: str, call: Call) -> str:
    """The same file read twice gives the same rows."""
    path = constant(call.argument(0))
    if isinstance(path, str):
        return f"{name}({path!r})"
    return f"{name} at {machine.where(call.line)}"


def _split(machine: Machine, call: Call) -> Value:
    """train_test_split: for each argument its training rows and its held-out rows."""
    rows = [
        estimators.rows_of([one], call.line) or estimators.named_rows(machine, call.node.args[i : i + 1])
        for i, one in enumerate(call.arguments)
    ]
    first = next((one for one in rows if one is not None and one.parts), None)
    if first is None:
        first = Data(parts=frozenset({Part(f"rows at {machine.where(call.line)}", call.line)}), line=call.line)
    shuffled = constant(call.options.get("shuffle")) is not False
    machine.trace.splits.append(Split("train_test_split", call.line, first, shuffled))
    split = _split_name(machine, call)
    while any(split in dict(part.cuts) for one in rows if one is not None for part in one.parts):
        split += "'"  # the same seed and size once more, on one side of the split before
    sides: list[Value] = []
    for one in rows:
        table = one if one is not None and one.parts else replace(first, column=None, only=None, whole=False)
        sides += [
            replace(
                table,
                parts=frozenset(p.cut(split, side) for p in table.parts),
                stack=(),
                line=table.line or call.line,
            )
            for side in ("train", "test")
        ]
    return Items(sides)


def _split_name(machine: Machine, call: Call) -> str:
    """Two calls with the same seed and size divide the same rows alike."""
    seed, size = constant(call.options.get("random_state")), constant(call.options.get("test_size"))
    shuffle = constant(call.options.get("shuffle")) is not False
    if seed is not None or not shuffle:
        return f"split seed={seed} size={size} shuffle={shuffle}"
    return f"split {machine.where(call.line)}"


def _concat(machine: Machine, call: Call) -> Value | None:
    tables = data_in(call.arguments[0] if call.arguments else call.options.get("objs"))
    if not tables:
        return None
    axis = constant(call.options.get("axis", call.arguments[1] if len(call.arguments) > 1 else Const(0)))
    return united(tables, call.line) if axis in (1, "columns", -1) else frames.below(tables, call.line)


def _dummies(machine: Machine, call: Call) -> Value | None:
    """One column a category in place of those named; all others stay as they were."""
    first, names = call.arguments[0] if call.arguments else UNKNOWN, texts(call.options.get("columns", UNKNOWN))
    return without(first, names) if isinstance(first, Data) and names and first.parts else None


def _checkpoint(machine: Machine, call: Call) -> Value | None:
    """load_model after a training is the checkpoint of what was trained above."""
    return machine.last_fitted


def _cut(machine: Machine, call: Call) -> Value | None:
    """Bins of a number of equal width reach from the least to the largest value of all rows."""
    first = call.arguments[0] if call.arguments else call.options.get("x", UNKNOWN)
    bins = constant(call.arguments[1] if len(call.arguments) > 1 else call.options.get("bins"))
    if not isinstance(first, Data) or not isinstance(bins, int):
        return replace(first, whole=False) if isinstance(first, Data) else None
    learned = Learning(BIN, "cut", call.line, first.parts, first.column)
    return replace(first, learned=first.learned | {learned}, whole=False)


def _resampled(machine: Machine, call: Call) -> Value | None:
    found: list[Value] = [frames.resampled(one, call) for one in call.arguments if isinstance(one, Data)]
    if not found:
        return None
    return found[0] if len(found) == 1 else Items(found)


def _told(machine: Machine, call: Call) -> Value | None:
    """mutual_info_classif(X, y) and its like say how much each column tells about the target."""
    first = call.arguments[0] if call.arguments else UNKNOWN
    if not isinstance(first, Data) or not first.parts:
        return None
    return Data(parts=first.parts, statistic=frozenset({"importance"}), learned=first.learned, line=call.line)


def _counted(machine: Machine, call: Call) -> Value | None:
    """arange(len(X)) and range(len(X)) are positions; so far they stand for all rows."""
    walked = written(call.node.func).rsplit(".", 1)[-1] == "range"
    return None if walked else estimators.positions(machine, call)


def _trained(machine: Machine, function: Library, call: Call) -> Value | None:
    """xgboost.train and lightgbm.train: a model fitted on the first rows among the arguments."""
    rows = [one for one in call.everything if isinstance(one, Data) and not one.statistic]
    if not rows or "." not in function.name:
        return None
    estimator = Estimator(function.name, "model", line=call.line, options=dict(call.options))
    if function.last == "cv":
        return UNKNOWN
    followed = {"evals": call.arguments[3]} if len(call.arguments) > 3 and isinstance(call.arguments[3], Items) else {}
    fit = estimators.fitted(machine, estimator, call.given([rows[0]], {**call.options, **followed}))
    if fit is not None:
        fit.supervised = True
    return estimator


def _frame(machine: Machine, call: Call) -> Value | None:
    """DataFrame(X) and array(df) hold the same rows; array([…]) of rows those of all of them."""
    first = call.arguments[0] if call.arguments else UNKNOWN
    if isinstance(first, Items) and not first.is_dict:
        rows = [one for one in data_in(first) if one.parts and not one.statistic]
        return replace(united(rows, call.line), whole=False, only=None, column=None) if rows else None
    return first if isinstance(first, Data) else None


_FUNCTIONS: dict[str, Callable[[Machine, Call], Value | None]] = {
    "train_test_split": _split,
    **dict.fromkeys(("concat", "concatenate", "vstack", "r_"), _concat),
    "cut": _cut,
    "get_dummies": _dummies,
    "load_model": _checkpoint,
    "resample": _resampled,
    **dict.fromkeys(("arange", "range", "permutation"), _counted),
    **dict.fromkeys(("mutual_info_classif", "mutual_info_regression", "f_classif", "f_regression", "chi2", "r_regression"), _told),
    **dict.fromkeys(("DataFrame", "Series", "array", "asarray", "csr_matrix", "DMatrix", "Dataset", "deepcopy", "copy", "squeeze", "ravel"), _frame),
}  # fmt: skip
