"""ML016: what success means was agreed before anybody looked, and is still what it was."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed, warned
from specweave.data import seal, witness
from specweave.errors import SealedError
from specweave.problem import Criterion, Problem
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder

_SPEC = "spec.md"
_FIXED = ("target", "positive_label", "metric", "task")


class PromisesKept:
    """Since the first look at the sealed rows nothing in spec.md asks for less, or for something else."""

    code = "ML016"
    title = "Promises are those from before the look"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        then, look = _promised(folder)
        if then is None:
            return not_applicable("nobody has looked at the sealed test set yet, so promises may still change")
        now = read_problem(folder)
        weaker = list(_weaker(then, now))
        if weaker:
            return failed(f"Changed after look {look}: {'; '.join(weaker)}.", _SPEC, remedy=_remedy(folder))
        idle = [name for name in ("split", "seed", "data") if getattr(then, name) != getattr(now, name)]
        if idle:
            return warned(
                f"Changed after look {look}: {', '.join(f'ml.{name}' for name in idle)}. The sealed rows stay those of before, "
                "and models trained since follow another plan than those before.",
                _SPEC,
                remedy=NextStep(
                    sentence="Restore the lines in spec.md, or start a new increment with create_increment"
                ),
            )
        return passed(f"Target, metric, criteria, margin, budget and limits are as promised before look {look}.", _SPEC)


def _promised(folder: IncrementFolder) -> tuple[Problem | None, int]:
    """The problem as it stood at the first look of the seal that holds now, and the number of that look."""
    try:
        sealed = seal.read_seal(folder).id
    except SealedError:
        return None, 0  # nothing is sealed, or ML006 names what was done to the split
    for line in witness.own_looks(folder, sealed):
        if isinstance(line.get("promised"), dict):
            try:
                return Problem.model_validate(line["promised"]), int(line["n"])
            except ValidationError:
                continue  # written by another version
    return None, 0


def _weaker(then: Problem, now: Problem) -> Iterator[str]:
    for name in _FIXED:
        before, after = getattr(then, name), getattr(now, name)
        if before != after:
            yield f"ml.{name} was {before or 'open'} and is {after or 'open'}"
    for criterion in then.success:
        if not any(_as_strict(criterion, other) for other in now.success):
            yield _dropped(criterion, now.success)
    if now.margin < then.margin:
        yield f"ml.margin was {then.margin:g} and is {now.margin:g}"
    if now.look_budget > then.look_budget:
        yield f"ml.look_budget was {then.look_budget} and is {now.look_budget}"
    if now.constraints.latency_ms > then.constraints.latency_ms:
        yield f"ml.constraints.latency_ms was {then.constraints.latency_ms:g} and is {now.constraints.latency_ms:g}"
    if then.constraints.explainable and not now.constraints.explainable:
        yield "ml.constraints.explainable was true and is false"


def _as_strict(then: Criterion, now: Criterion) -> bool:
    if (then.metric, then.comparison) != (now.metric, now.comparison):
        return False
    return now.value >= then.value if then.comparison == ">=" else now.value <= then.value


def _dropped(then: Criterion, now: list[Criterion]) -> str:
    alike = [other for other in now if (other.metric, other.comparison) == (then.metric, then.comparison)]
    after = f"is {_written(alike[0])}" if alike else "is gone"
    return f"ml.success was {_written(then)} and {after}"


def _written(criterion: Criterion) -> str:
    return f"{criterion.metric} {criterion.comparison} {criterion.value:g}"


def _remedy(folder: IncrementFolder) -> NextStep:
    return NextStep(
        sentence="Restore spec.md. A person who changes a promise after the look says so on record: "
        f'`sw-ml mute {folder.id} ML016 --reason "…"`'
    )
