"""The next step, worked out from the evidence on disk and nothing else."""

from __future__ import annotations

from specweave.checks import NextStep, run_checks
from specweave.checks.evaluated import EVALUATION, evaluated
from specweave.checks.explained import EXPLANATION, explain_model
from specweave.checks.records import would_be_judged
from specweave.errors import ProblemError
from specweave.experiments import ExperimentSummary, list_experiments
from specweave.problem import Problem
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder, read_json

PROFILE = "profile.json"
_ABOUT_JUDGED = ("ML003", "ML004", "ML005")
_ENDED = {"completed": "The increment is completed.", "abandoned": "The increment was abandoned."}


def next_step(folder: IncrementFolder) -> NextStep:
    """What to do now: name data, profile, train, evaluate, mend a failing check, or complete."""
    status = str(folder.metadata().get("status"))
    if status in _ENDED:
        return NextStep(sentence=f"{_ENDED[status]} Nothing is left to do")
    try:
        problem = read_problem(folder)
    except ProblemError as error:
        return NextStep(sentence=str(error))
    return (
        _about_data(folder, problem)
        or _about_models(folder)
        or _about_reasons(folder, problem)
        or _about_checks(folder)
    )


def _about_data(folder: IncrementFolder, problem: Problem) -> NextStep | None:
    call = {"increment": folder.id}
    if problem.data is None:
        return NextStep(
            sentence="Ask the user which data to learn from and which column to predict, then profile them",
            tool="profile_data",
            arguments={**call, "data": "path/to/table.csv"},
        )
    if problem.target is None:
        columns = _known_columns(folder)
        shown = f" (columns: {', '.join(columns[:20])}{' …' if len(columns) > 20 else ''})" if columns else ""
        return NextStep(
            sentence=f"Ask the user which column of {problem.data.location} is to be predicted{shown}",
            tool="profile_data",
            arguments={**call, "target": "column"},
        )
    if not (folder.reports / PROFILE).is_file() and not list_experiments(folder):
        return NextStep(sentence="Read and profile the data", tool="profile_data", arguments=call)
    return None


def _known_columns(folder: IncrementFolder) -> list[str]:
    profile = read_json(folder.reports / PROFILE, default={})
    columns = profile.get("columns", []) if isinstance(profile, dict) else []
    return [str(column["name"]) for column in columns if isinstance(column, dict) and "name" in column]


def _about_models(folder: IncrementFolder) -> NextStep | None:
    call = {"increment": folder.id}
    records = list_experiments(folder)
    running = [record for record in records if record.status == "running" and not record.interrupted]
    if running:
        return NextStep(
            sentence=f"{running[-1].id} is running; wait for its job", tool="job", arguments={"action": "wait"}
        )
    if not _has_models(records):
        interrupted = any(record.interrupted for record in records)
        sentence = "Train baselines and candidates" + ("; finished folds are kept" if interrupted else "")
        return NextStep(sentence=sentence, tool="run_experiment", arguments=call)
    if not (folder.path / EVALUATION).is_file():
        return NextStep(
            sentence="Judge the best model on the sealed test set, once", tool="evaluate_model", arguments=call
        )
    return None


def _about_reasons(folder: IncrementFolder, problem: Problem) -> NextStep | None:
    """Once a model is judged, what it relies on; a leak shows there that no metric tells."""
    if not problem.constraints.explainable or (folder.path / EXPLANATION).is_file():
        return None
    return explain_model(folder)


def _better_unjudged(folder: IncrementFolder) -> str | None:
    """A model better by cross-validation than the one judged, while a look is left to judge it."""
    from specweave.data import seal

    problem, judged = read_problem(folder), evaluated(folder)
    if judged is None or seal.looks_spent(folder) >= problem.look_budget:
        return None
    best = would_be_judged(folder, problem)
    return best.id if best and best.id != judged.experiment else None


def _has_models(records: list[ExperimentSummary]) -> bool:
    return any(record.status == "finished" and record.kind not in ("baseline", "eda") for record in records)


def _about_checks(folder: IncrementFolder) -> NextStep:
    failing = [result for result in run_checks(folder) if result.verdict == "failed"]
    if not failing:
        return NextStep(
            sentence="No check fails; complete the increment",
            tool="complete_increment",
            arguments={"increment": folder.id},
        )
    first = failing[0]
    unjudged = _better_unjudged(folder) if first.code in _ABOUT_JUDGED else None
    if unjudged:
        return NextStep(
            sentence=f"{first.code} fails for the model that was judged, and {unjudged} is better by cross-validation; "
            "judge it, which costs a look",
            tool="evaluate_model",
            arguments={"increment": folder.id, "experiment": unjudged},
        )
    more = f" ({len(failing) - 1} more fail)" if len(failing) > 1 else ""
    cure = first.remedy or NextStep(sentence="Correct it")
    sentence = f"{first.code} fails{more}: {first.sentence} {cure.sentence}"
    return NextStep(sentence=sentence, tool=cure.tool, arguments=cure.arguments)
