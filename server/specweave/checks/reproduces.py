"""ML014: what was found can be found again."""

from __future__ import annotations

from typing import Any

from specweave.checks.base import NextStep, Severity, Verdict, not_applicable, passed, warned
from specweave.checks.evaluated import judged_experiment
from specweave.checks.records import finished, run_experiment, within, would_be_judged
from specweave.errors import SpecweaveError
from specweave.experiments import ExperimentSummary
from specweave.spec_file import read_problem
from specweave.witness_file import doubt
from specweave.workspace import IncrementFolder, read_json


class Reproduces:
    """The model that was evaluated (before that, the one that would be) was run again in a clean process and agreed."""

    code = "ML014"
    title = "The best experiment reproduces"
    severity: Severity = "warning"

    def run(self, folder: IncrementFolder) -> Verdict:
        best = _best(folder)
        if best is None:
            return not_applicable("no model has been trained yet", remedy=run_experiment(folder))
        name = f"reports/reproduction-exp-{best.number:03d}.json"
        facts = read_json(folder.path / name, default=None)
        if not isinstance(facts, dict) or facts.get("experiment") != best.id:
            return not_applicable(f"{best.id} has not been run again", remedy=_again(folder, best))
        doubted = doubt(folder, name)
        if doubted:
            return warned(f"{name} {doubted}.", name, remedy=_again(folder, best))
        if facts.get("verdict") == "not reproduced":
            return warned(_sentence(facts), name, within(folder, best.path), remedy=_train(folder, name))
        if _older(facts, best):
            return warned(
                f"{best.id} was reproduced, but its record has changed since: the model is another one.",
                name,
                within(folder, best.path),
                remedy=_again(folder, best),
            )
        return passed(f"{best.id} was {facts['verdict']} ({facts.get('how', 'run again')}).", name)


def _best(folder: IncrementFolder) -> ExperimentSummary | None:
    """The judged model, or the one that would be judged now."""
    records = finished(folder)
    judged = judged_experiment(folder, records)
    if judged is not None:
        return judged
    try:
        return would_be_judged(folder, read_problem(folder)) if records else None
    except SpecweaveError:
        return None


def _sentence(facts: dict[str, Any]) -> str:
    text = str(facts.get("sentence") or f"{facts.get('experiment')} was not reproduced")
    return text if text.endswith(".") else f"{text}."


def _older(facts: dict[str, Any], best: ExperimentSummary) -> bool:
    """Whether a metric of the record is not the one that was compared."""
    compared = {item["name"]: item["recorded"] for item in facts.get("items", ()) if item.get("what") == "metric"}
    return any(name in best.metrics and best.metrics[name] != value for name, value in compared.items())


def _again(folder: IncrementFolder, best: ExperimentSummary) -> NextStep:
    return NextStep(
        sentence=f"Run {best.id} again in a clean process and compare",
        tool="reproduce_experiment",
        arguments={"increment": folder.id, "experiment": best.id},
    )


def _train(folder: IncrementFolder, name: str) -> NextStep:
    report = name.replace(".json", ".md")
    return run_experiment(folder, f"Read the cause in {report}, remove it and train again")
