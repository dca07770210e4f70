"""Estimators: how they are made, what fit, transform, predict and score mean for the rows given to them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from specweave.leakage.code import knowledge
from specweave.leakage.code.knowledge import EARLY, ONE_SPLIT, SELECT, TUNE, WATCHED
from specweave.leakage.code.machine import Call, Machine, root_name
from specweave.leakage.code.merging import combined, united
from specweave.leakage.code.trace import FOLD, Choice, Fit, Scoring, Split, Use, Validation
from specweave.leakage.code.values import (
    UNKNOWN,
    Const,
    Data,
    Estimator,
    Function,
    Items,
    Learning,
    Part,
    Score,
    Value,
    constant,
    data_in,
    events_in,
    meet,
)

_UNFIT = ("transformer", "resampler")


def rows_of(values: list[Value], line: int) -> Data | None:
    """The table behind the arguments of a fit: the first one that holds rows."""
    for value in values:
        data = data_in(value)
        if data:
            return united(data, line) if len(data) > 1 else data[0]
    return None


def named_rows(machine: Machine, nodes: list[ast.expr]) -> Data | None:
    """Rows of a source of their own for a variable nothing is known about; from here on it stands for them."""
    name = nodes[0].id if nodes and isinstance(nodes[0], ast.Name) else None
    known = machine.look_up(name) if name else None
    if name is None or isinstance(known, Estimator | Function) or (isinstance(known, Items) and not _texts(known)):
        return None
    source = "rows" if name in ("X", "x", "y", "Y") else name
    rows = Data(parts=frozenset({Part(f"{source} of unknown origin", nodes[0].lineno)}), line=nodes[0].lineno)
    machine.bind(name, rows)
    return rows


def _texts(listed: Items) -> bool:
    """Whether a list was filled from what is not known, as texts read from files are; names written out are no rows."""
    return not listed.is_dict and not all(isinstance(one, Const | Estimator) for one in listed.values)


def fitted(machine: Machine, estimator: Estimator, call: Call) -> Fit | None:
    """Record that the estimator learnt from rows; nothing when no rows are known."""
    features = rows_of([call.argument(0, "X", "x", "train_set", "dtrain") or UNKNOWN], call.line)
    features = features or named_rows(machine, call.node.args[:1])
    if features is None or not features.parts:
        estimator.fit = None
        return None
    target = rows_of([call.argument(1, "y") or UNKNOWN], call.line)
    watched, early = _watched(estimator, call.options, features)
    final = estimator.final
    fit = Fit(
        name=final.name,
        role="model" if estimator.role in ("pipeline", "search", "wrapper", "unknown") and final.role != "transformer" else estimator.role,
        kind=_kind(estimator),
        line=call.line,
        data=features,
        target=target,
        learned=features.learned | estimator.tuned | final.tuned,
        early=early,
        watched=watched,
        supervised=target is not None,
        internal=_judges_itself(estimator, call.options),
    )  # fmt: skip
    estimator.fit = fit
    machine.trace.fits.append(fit)
    if fit.role == "model":
        machine.last_fitted = estimator
    if estimator.role == "search":
        machine.trace.validations.append(
            _validation(estimator.name, features, estimator.options.get("cv"), call.line, search=True)
        )
    return fit


def _kind(estimator: Estimator) -> str:
    """What a transformer learns; of several steps the most telling one."""
    kinds = [_kind(step) for step in estimator.steps] if estimator.role in ("pipeline", "union") else [estimator.kind]
    for kind in (knowledge.TARGET_ENCODE, SELECT, *sorted(knowledge.UNSUPERVISED), knowledge.ENCODE):
        if kind in kinds:
            return kind
    return next((kind for kind in kinds if kind), knowledge.ROWWISE)


def _judges_itself(estimator: Estimator, options: dict[str, Value]) -> bool:
    share = constant(options.get("validation_split"))
    bagged = constant(estimator.final.options.get("oob_score"))
    return estimator.role == "search" or estimator.final.name.endswith("CV") or bool(share) or bool(bagged)


def _watched(estimator: Estimator, options: dict[str, Value], features: Data) -> tuple[Data | None, bool]:
    """(the rows whose score is followed during training, whether training stops by it)."""
    followed = [data for name in WATCHED for data in data_in(options.get(name))]
    followed = [data for data in followed if data.parts and not meet(data.parts, features.parts)]
    every = {**estimator.final.options, **options}
    stops = [every[name] for name in EARLY if name in every]
    early = any(constant(value) not in (None, False, 0) or not hasattr(value, "value") for value in stops)
    return (united(followed, 0) if followed else None), early


def _validation(how: str, data: Data, splitter: Value | None, line: int, *, search: bool = False) -> Validation:
    name = splitter.name if isinstance(splitter, Estimator) else ""
    return Validation(how, line, data, shuffled=shuffles(splitter), splitter=name, search=search)


def validated(machine: Machine, how: str, call: Call) -> Value:
    """cross_val_score and its like: rows are learnt from and judged in turn."""
    data = rows_of([call.argument(1, "X") or UNKNOWN], call.line)
    if data is None or not data.parts:
        return UNKNOWN
    estimator = call.argument(0, "estimator")
    tuned = estimator.tuned if isinstance(estimator, Estimator) else frozenset()
    judged = replace(data, learned=data.learned | tuned)
    machine.trace.validations.append(_validation(how, judged, call.options.get("cv"), call.line))
    return replace(data, column=None, whole=False, only=None) if how == "cross_val_predict" else UNKNOWN


def shuffles(splitter: Value | None) -> bool:
    """Whether a splitter mixes the order of the rows."""
    if not isinstance(splitter, Estimator):
        return False
    return splitter.name in knowledge.ALWAYS_SHUFFLED or constant(splitter.options.get("shuffle")) is True


def learning(estimator: Estimator, fit: Fit, called: str) -> frozenset[Learning]:
    """What rows know after a transformation: what was fitted, and all that the fitted rows knew."""
    column = fit.target.column if fit.target is not None else None
    return fit.learned | {Learning(fit.kind, f"{estimator.name}.{called}", fit.line, fit.parts, column)}


def _fit(machine: Machine, estimator: Estimator, call: Call) -> Value:
    fitted(machine, estimator, call)
    return estimator


def _fit_transform(machine: Machine, estimator: Estimator, call: Call) -> Value:
    fit = fitted(machine, estimator, call)
    if fit is None:
        return combined(call.everything, call.line)
    return _changed(fit.data, learning(estimator, fit, call.name))


def _changed(data: Data, learned: frozenset[Learning]) -> Data:
    return replace(data, learned=data.learned | learned, whole=False, only=None, uses=frozenset())


def _transform(machine: Machine, estimator: Estimator, call: Call) -> Value:
    data = rows_of(call.everything, call.line)
    if data is None:
        return UNKNOWN
    if estimator.fit is None:
        return _changed(data, frozenset())
    return _changed(data, learning(estimator, estimator.fit, "fit"))


def _resample(machine: Machine, estimator: Estimator, call: Call) -> Value:
    fit = fitted(machine, estimator, call)
    if fit is None:
        return UNKNOWN
    seen = learning(estimator, fit, "fit_resample")
    target = _changed(fit.target, seen) if fit.target is not None else UNKNOWN
    return Items([_changed(fit.data, seen), target])


def _predict(machine: Machine, estimator: Estimator, call: Call) -> Value:
    data = rows_of(call.everything, call.line)
    if data is None or estimator.fit is None:
        return UNKNOWN
    if estimator.role in _UNFIT:
        return _changed(data, learning(estimator, estimator.fit, "fit"))
    use = Use(estimator.fit, data, call.line)
    machine.trace.uses.append(use)
    return replace(data, uses=frozenset({use}), column=None, only=None, whole=False)


def _fit_predict(machine: Machine, estimator: Estimator, call: Call) -> Value:
    fitted(machine, estimator, call)
    return _predict(machine, estimator, call)


def _score(machine: Machine, estimator: Estimator, call: Call) -> Value:
    predicted = _predict(machine, estimator, call)
    return scored(machine, [predicted], f"{estimator.final.name}.{call.name}", call.node)


def scored(machine: Machine, values: list[Value], how: str, node: ast.AST, *, curve: bool = False) -> Value:
    """Predictions among the values were judged; a score of all of them, or nothing known when there are none."""
    line = getattr(node, "lineno", 0)
    uses = {use for value in values for data in data_in(value) for use in data.uses}
    events = [
        Scoring(use, line, how, in_loop=machine.loops > 0, curve=curve) for use in sorted(uses, key=lambda u: u.line)
    ]
    machine.trace.scorings += events
    return Score(frozenset(events), curve=curve) if events else UNKNOWN


def _divide(machine: Machine, estimator: Estimator, call: Call) -> Value:
    """`splitter.split(X)`: one pass over (training positions, held-out positions)."""
    data = rows_of(call.everything, call.line)
    if data is None or not data.parts:
        return UNKNOWN
    single = estimator.name in ONE_SPLIT and constant(estimator.options.get("n_splits")) in (1, None)
    split = ("" if single else FOLD) + machine.where(estimator.line or call.line)
    machine.trace.splits.append(Split(estimator.name, call.line, data, shuffled=shuffles(estimator)))
    sides: list[Value] = [
        Data(parts=frozenset(part.cut(split, side) for part in data.parts), is_index=True, line=call.line)
        for side in ("train", "test")
    ]
    return Items([Items(sides)])


def _set_params(machine: Machine, estimator: Estimator, call: Call) -> Value:
    estimator.tuned |= tuned_by(call.options.values())
    estimator.options |= {name: value for name, value in call.options.items() if name != "**"}
    return estimator


def tuned_by(values: Any) -> frozenset[Learning]:
    """What a search found, among the options an estimator is made with."""
    return frozenset(one for value in values for data in data_in(value) for one in data.learned if one.kind == TUNE)


_METHODS: dict[str, Callable[[Machine, Estimator, Call], Value]] = {
    **dict.fromkeys(("fit", "partial_fit", "fit_generator", "fit_on_texts", "adapt", "build_vocab", "fit_on_sequences"), _fit),
    **dict.fromkeys(("fit_transform",), _fit_transform),
    **dict.fromkeys(("transform", "texts_to_sequences", "texts_to_matrix", "sequences_to_matrix"), _transform),
    **dict.fromkeys(("fit_resample", "fit_sample"), _resample),
    **dict.fromkeys(("predict", "predict_proba", "decision_function", "predict_classes", "predict_log_proba", "forecast"), _predict),
    "fit_predict": _fit_predict,
    **dict.fromkeys(("score", "evaluate", "evaluate_generator"), _score),
    "split": _divide,
    "set_params": _set_params,
}  # fmt: skip


def method(machine: Machine, estimator: Estimator, name: str, call: Call) -> Value:
    """`estimator.name(…)`."""
    handler = _METHODS.get(name)
    if handler is not None:
        return handler(machine, estimator, call)
    if name in ("get_support", "get_feature_names_out"):
        return attribute(estimator, "support_", call.line)
    if name in ("add", "compile", "get_params", "summary", "steps"):
        return UNKNOWN
    return combined(call.everything, call.line)


_IMPORTANT = ("feature_importances_", "coef_", "support_", "ranking_", "scores_", "pvalues_")


def attribute(estimator: Estimator, name: str, line: int) -> Value:
    """`estimator.name` where it is not called."""
    fit = estimator.fit
    if name == "best_estimator_" and isinstance(fit, Fit):
        found = frozenset({Learning(TUNE, f"{estimator.name}.best_estimator_", fit.line, fit.parts)})
        inner = estimator.final
        return Estimator(
            inner.name, "model", inner.kind, inner.line, list(inner.steps), dict(inner.options), fit, found
        )
    if not isinstance(fit, Fit) or not name.endswith("_"):
        return estimator if name in ("named_steps", "model", "estimator") else UNKNOWN
    if name in ("best_params_", "best_iteration_"):
        learned = frozenset({Learning(TUNE, f"{estimator.name}.{name}", fit.line, fit.parts)})
        return Data(parts=fit.parts, statistic=frozenset({"tuned"}), learned=learned)
    if name in _IMPORTANT:
        return Data(parts=fit.parts, statistic=frozenset({"importance"}), learned=fit.learned, line=line)
    if name in ("oob_score_", "oob_decision_function_"):
        fit.internal = True
    if name == "labels_":
        return _changed(fit.data, learning(estimator, fit, "fit"))
    return UNKNOWN


def positions(machine: Machine, call: Call) -> Value | None:
    """The positions of the rows whose number is the first argument: len(X), X.shape[0]."""
    given = call.node.args[0] if call.node.args else None
    if isinstance(given, ast.Call) and isinstance(given.func, ast.Name) and given.func.id == "len" and given.args:
        rows = machine.evaluate(given.args[0])
    elif isinstance(given, ast.Subscript) and isinstance(given.value, ast.Attribute) and given.value.attr == "shape":
        rows = machine.evaluate(given.value.value)
    else:
        return None
    known = isinstance(rows, Data) and rows.parts
    return replace(rows, is_index=True, column=None, only=None, whole=False) if known else None  # type: ignore[type-var]


def of_the_unknown(machine: Machine, name: str, call: Call) -> Value:
    """A method of something nothing is known about; what is fitted must be an estimator."""
    if name in ("optimize", "minimize", "maximize"):
        return optimized(machine, call)
    if name == "permutation" and call.node.args:
        return positions(machine, call) or UNKNOWN
    if name in ("fit", "fit_transform", "fit_resample", "fit_generator", "fit_predict") and rows_of(
        call.arguments[:1], call.line
    ):
        estimator = Estimator("model", "unknown", knowledge.ROWWISE, call.line)
        owner = root_name(call.node)
        if (
            owner is not None
            and isinstance(call.node.func, ast.Attribute)
            and isinstance(call.node.func.value, ast.Name)
        ):
            machine.bind(owner, estimator)
        return method(machine, estimator, name, call)
    return combined(call.everything, call.line)


def optimized(machine: Machine, call: Call) -> Value:
    """A library that calls a function again and again and keeps the best answer."""
    machine.loops += 1
    for value in call.everything:
        if isinstance(value, Function):
            answer = machine.call(value, call.given([UNKNOWN]))
            events = events_in(answer)  # a number, or a dictionary with the loss in it
            if events:
                machine.trace.choices.append(Choice(events, call.line, f"optimising {value.name}"))
    machine.loops -= 1
    return UNKNOWN


def made(name: str, call: Call) -> Estimator | None:
    """The estimator a class or factory of that name gives; nothing when it is none."""
    inner = [one for value in call.everything for one in _estimators(value)]
    role = _role(name)
    if role is None:
        return None
    kind = knowledge.KINDS.get(name, "")
    steps = inner if role in ("pipeline", "union", "search", "wrapper") else []
    found = Estimator(name, role, kind, call.line, steps, dict(call.options))
    found.tuned = tuned_by(call.everything)
    if role == "splitter" and call.arguments:
        found.options.setdefault("n_splits", call.arguments[0])
    if role == "pipeline" and inner and inner[-1].role in ("transformer", "union", "resampler"):
        found.role = "transformer"
        found.kind = _kind(Estimator(name, "pipeline", steps=inner))
    if role == "union":
        found.role, found.kind = "transformer", _kind(found)
    return found


def _estimators(value: Value, depth: int = 3) -> list[Estimator]:
    if isinstance(value, Estimator):
        return [value] if value.role != "splitter" else []
    if isinstance(value, Items) and depth:
        return [found for one in value.values for found in _estimators(one, depth - 1)]
    return []


def _role(name: str) -> str | None:
    kind = knowledge.KINDS.get(name)
    if kind is not None:
        return "resampler" if kind in (knowledge.RESAMPLE, knowledge.UNDERSAMPLE) else "transformer"
    for names, role in (
        (knowledge.PIPELINES, "pipeline"),
        (knowledge.UNIONS, "union"),
        (knowledge.SEARCHES, "search"),
        (knowledge.WRAPPERS, "wrapper"),
        (knowledge.SPLITTERS, "splitter"),
    ):
        if name in names:
            return role
    return "model" if name[:1].isupper() and knowledge.MODELS.search(name) else None
