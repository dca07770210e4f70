"""ML010: somebody can say what the chosen model relies on."""

from __future__ import annotations

from typing import Any

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed, warned
from specweave.checks.evaluated import judged_experiment
from specweave.checks.records import finished, would_be_judged
from specweave.experiments import ExperimentSummary
from specweave.spec_file import read_problem
from specweave.witness_file import doubt
from specweave.workspace import IncrementFolder, read_json

EXPLANATION = "reports/explanation.json"


class Explained:
    """The model that was judged is explained, and the explanation is of this very model file."""

    code = "ML010"
    title = "The chosen model is explained"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        problem = read_problem(folder)
        if not problem.constraints.explainable:
            return not_applicable("spec.md does not ask for an explanation (ml.constraints.explainable)")
        record = judged_experiment(folder, finished(folder)) or would_be_judged(folder, problem)
        if record is None:
            return not_applicable("no model has been trained yet")
        found = read_json(folder.path / EXPLANATION, default=None)
        if not isinstance(found, dict):
            return warned(
                f"Nothing says what {record.id} relies on.", f"experiments/{record.id}", remedy=explain_model(folder)
            )
        return _verdict(folder, record, found)


def _verdict(folder: IncrementFolder, record: ExperimentSummary, found: dict[str, Any]) -> Verdict:
    doubted = doubt(folder, EXPLANATION)
    if doubted:
        return failed(f"{EXPLANATION} {doubted}.", EXPLANATION, remedy=explain_model(folder))
    explained = str(found.get("experiment"))
    if explained != record.id:
        return failed(
            f"{EXPLANATION} is about {explained}, and the model to stand for is {record.id}.",
            EXPLANATION,
            remedy=explain_model(folder),
        )
    model = record.metadata.get("model")
    sha256 = model.get("sha256") if isinstance(model, dict) else None
    if found.get("model_sha256") != sha256:
        return failed(
            f"{EXPLANATION} was made from another model file of {record.id} than the one recorded now.",
            EXPLANATION,
            remedy=explain_model(folder),
        )
    return passed(f"{record.id} is explained.", EXPLANATION)


def explain_model(folder: IncrementFolder, sentence: str = "Explain what the model relies on") -> NextStep:
    """The call that writes the explanation of the model that was judged, or would be."""
    return NextStep(sentence=sentence, tool="explain_model", arguments={"increment": folder.id})
