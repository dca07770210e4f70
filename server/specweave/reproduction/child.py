"""The clean process that trains a recorded attempt again: `python -P -m specweave.reproduction.child REQUEST`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from specweave import spec_file
from specweave.data.seal import read_seal
from specweave.errors import SpecweaveError
from specweave.experiments import ExperimentSummary
from specweave.experiments.record import read_record
from specweave.problem import Problem
from specweave.problems import Attempt, problem_kind
from specweave.training.setup import Setup
from specweave.training.trial import Failure, Trial, run_trial
from specweave.workspace import IncrementFolder, read_json, write_json

ROW = "__specweave_row__"


def main(request: Path) -> int:
    """Run what the request names and leave answer.json beside it; 0 when there is a record."""
    asked = json.loads(request.read_text("utf-8"))
    changes: list[dict[str, str]] = []
    try:
        outcome = _again(asked, changes)
        failed = f"{outcome.reason}" if isinstance(outcome, Failure) else None
        answer = {"failed": failed, "record": str(outcome.record.path), "changes": changes}
    except SpecweaveError as error:
        answer = {"failed": str(error), "record": None, "changes": changes}
    write_json(Path(asked["home"]) / "answer.json", answer)
    return 0 if answer["failed"] is None else 1


def _again(asked: dict[str, Any], changes: list[dict[str, str]]) -> Trial | Failure:
    folder, recorded = IncrementFolder(Path(asked["folder"])), read_record(Path(asked["record"]))
    scratch = IncrementFolder(Path(asked["home"]) / ".specweave" / "increments" / folder.id)
    training = pd.read_parquet(asked["training"]).set_index(ROW).rename_axis(None)
    setups = [_setup(folder, scratch, problem, training) for problem in _problems(folder, recorded)]
    attempts = [_attempt(setup, recorded) for setup in setups]
    wanted = (recorded.metadata.get("training") or {}).get("setup")
    fitting = [i for i, a in enumerate(attempts) if a is not None and setups[i].hash_of(a) == wanted]
    at = fitting[0] if fitting else len(setups) - 1
    setup, attempt = setups[at], attempts[at]
    if attempt is None:
        return _missing(setup, recorded, changes)
    _note_params(attempt, recorded, changes)
    members = [_member(folder, setup, name, changes) for name in attempt.members]
    lost = next((one for one in members if isinstance(one, Failure)), None)
    return lost or run_trial(setup, attempt, [m for m in members if isinstance(m, Trial)], _told)


def _problems(folder: IncrementFolder, recorded: ExperimentSummary) -> list[Problem]:
    """The problem as spec.md has it now, and as the record says it was; the one that fits the record is used."""
    now = spec_file.read_problem(folder) if folder.spec.is_file() else Problem()
    asked = (recorded.metadata.get("training") or {}).get("problem")
    if isinstance(asked, dict):
        return [Problem.model_validate({**asked, "data": now.data})]
    return [now, _from_facts(now, recorded)]


def _from_facts(now: Problem, recorded: ExperimentSummary) -> Problem:
    """For records that do not hold the whole problem: what else they say about it, over what spec.md says now."""
    facts = recorded.metadata
    model, decision = facts.get("model") or {}, (facts.get("training") or {}).get("decision") or {}
    folds = [int(name[5:]) for name in recorded.metrics if name.startswith("fold_") and name[5:].isdecimal()]
    changed = {
        "task": model.get("task"),
        "target": model.get("target"),
        "positive_label": model.get("positive"),
        "metric": decision.get("metric"),
        "success": decision.get("success"),
        "seed": (facts.get("seeds") or {}).get("model"),
        "folds": max(folds, default=None) if len(folds) > 1 else None,
    }
    raw = {**now.model_dump(mode="json"), **{key: value for key, value in changed.items() if value is not None}}
    return Problem.model_validate(raw)


def _setup(folder: IncrementFolder, scratch: IncrementFolder, problem: Problem, training: pd.DataFrame) -> Setup:
    """As `training.setup.make_setup` does, but on the rows given and writing into the scratch increment."""
    sealed = read_seal(folder)
    kind = problem_kind(problem.kind)
    policy = problem.split.model_copy(update={"group": sealed.group, "time": sealed.time})
    problem = problem.model_copy(update={"split": policy, "target": sealed.target})
    profile = read_json(folder.reports / "profile.json", default={})
    roles = {column["name"]: column["role"] for column in profile.get("columns", [])}
    columns, left_out = kind.columns(problem, training, roles)
    folds = kind.folds(problem, training, group=sealed.group, time=sealed.time)
    classes = kind.classes(problem, training)
    return Setup(scratch, problem, kind, sealed, training, columns, left_out, folds, classes)


def _attempt(setup: Setup, recorded: ExperimentSummary) -> Attempt | None:
    """The recorded attempt as the model families build it today."""
    params = {key: value for key, value in recorded.params.items() if key != "family"}
    if params.get("members"):
        return Attempt(
            name=recorded.name,
            kind="candidate",
            family=str(recorded.params.get("family")),
            build=_never_built,
            params=params,
            members=tuple(params["members"]),
        )
    baselines = setup.kind.baselines(setup.problem, setup.training, setup.columns)
    candidates, _ = setup.kind.candidates(setup.problem, setup.training, setup.columns)
    offered = baselines if recorded.kind == "baseline" else candidates
    return next((one for one in offered if one.name == recorded.name), None)


def _never_built() -> Any:
    raise AssertionError("a combination is made of its members")


def _missing(setup: Setup, recorded: ExperimentSummary, changes: list[dict[str, str]]) -> Failure:
    family = str(recorded.params.get("family", recorded.name))
    _, absent = setup.kind.candidates(setup.problem, setup.training, setup.columns)
    if family in absent:
        kind, why = "package changed", f"the model family {family} is not applicable here because {absent[family]}"
    else:
        kind, why = "code changed", f"no model family offers {recorded.name} any more"
    changes.append({"kind": kind, "sentence": why})
    never = Attempt(name=recorded.name, kind="candidate", family=family, build=_never_built)
    return Failure(never, recorded, why)


def _note_params(attempt: Attempt, recorded: ExperimentSummary, changes: list[dict[str, str]]) -> None:
    now = json.loads(json.dumps({"family": attempt.family, **attempt.params}, default=str))
    moved = [
        f"{name} {recorded.params.get(name)} is now {now.get(name)}"
        for name in dict.fromkeys([*recorded.params, *now])
        if recorded.params.get(name) != now.get(name)
    ]
    if moved:
        sentence = f"the params of {attempt.name} changed: {', '.join(moved)}"
        changes.append({"kind": "code changed", "sentence": sentence})


def _member(folder: IncrementFolder, setup: Setup, name: str, changes: list[dict[str, str]]) -> Trial | Failure:
    """A member of a combination, trained again too; its record tells its params."""
    from specweave.experiments import list_experiments

    found = [r for r in list_experiments(folder) if (r.name, r.kind, r.status) == (name, "candidate", "finished")]
    if not found:
        raise SpecweaveError(f"The record of the member {name} is gone", value=name)
    attempt = _attempt(setup, found[-1])
    if attempt is None:
        return _missing(setup, found[-1], changes)
    _note_params(attempt, found[-1], changes)
    return run_trial(setup, attempt, [], _told)


def _told(attempt: Attempt, fold: int, value: float | None, seconds: float) -> None:  # noqa: ARG001 - the callback's form
    print(f"fold {fold + 1} of {attempt.name} done", flush=True)  # noqa: T201 - read by the parent


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
