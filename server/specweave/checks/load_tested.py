"""ML011: the deployed model answers within the latency spec.md allows, measured under load."""

from __future__ import annotations

from typing import Any

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed
from specweave.checks.evaluated import judged_experiment
from specweave.checks.records import finished, would_be_judged
from specweave.errors import StorageError
from specweave.experiments import ExperimentSummary
from specweave.problem import Problem
from specweave.rendering import number, percent
from specweave.spec_file import read_problem
from specweave.witness_file import doubt
from specweave.workspace import IncrementFolder, read_json

DEPLOYMENT = "deployment/deployment.json"
LOAD_TEST = "deployment/load-tests/load-test.json"
MAX_ERROR_SHARE = 0.001


class LoadTested:
    """The load test of the deployed model keeps the limits for p95 and errors, and is of the model that was judged."""

    code = "ML011"
    title = "Load-tested within the latency limit"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        problem = read_problem(folder)
        deployed, load = _facts(folder, DEPLOYMENT), _facts(folder, LOAD_TEST)
        if deployed is None and load is None:
            return not_applicable("no model of this increment has been deployed", remedy=_deploy(folder))
        if load is None:
            return failed("A service was written, but never held under load.", DEPLOYMENT, remedy=_deploy(folder))
        wrong = [sentence for sentence in (_of_another(folder, problem, load), _unready(deployed)) if sentence]
        wrong += [f"{name} {doubted}." for name in (DEPLOYMENT, LOAD_TEST) if (doubted := doubt(folder, name))]
        wrong += _missed(load, problem)
        if wrong:
            return failed(
                " ".join(wrong), LOAD_TEST, remedy=_deploy(folder, "Deploy the model that was judged, or a cheaper one")
            )
        step = load["at_target"]
        return passed(
            f"p95 {number(step['p95_ms'])} ms at {number(step['target_rps'])} requests/s, {_limit(problem)};"
            f" {percent(step['error_share'], 2)} of the requests failed.",
            LOAD_TEST,
        )


def _facts(folder: IncrementFolder, name: str) -> dict[str, Any] | None:
    found = read_json(folder.path / name, default=None)
    if found is not None and not isinstance(found, dict):
        raise StorageError(f"{name} does not hold what a tool has written", value=str(folder.path / name))
    return found


def _of_another(folder: IncrementFolder, problem: Problem, load: dict[str, Any]) -> str:
    """That the service under load was not the model that was judged; hashes of the model files decide."""
    meant = judged_experiment(folder, finished(folder)) or would_be_judged(folder, problem)
    wanted, tested = _sha256(meant), load.get("model_sha256")
    if meant is None or wanted is None or tested == wanted:
        return ""
    if tested is None:
        return "The load test does not say which model it loaded."
    other = next((record.id for record in finished(folder) if _sha256(record) == tested), "a model no experiment holds")
    return f"The load test is of {other}, not of {meant.id}."


def _sha256(record: ExperimentSummary | None) -> str | None:
    model = record.metadata.get("model") if record else None
    return model.get("sha256") if isinstance(model, dict) else None


def _unready(deployed: dict[str, Any] | None) -> str:
    if deployed is None or deployed.get("ready"):
        return ""
    reasons = [str(reason) for reason in deployed.get("reasons", [])[1:2]]
    return " ".join(["The last deployment was not ready.", *reasons])


def _missed(load: dict[str, Any], problem: Problem) -> list[str]:
    """Judged by spec.md as it is now, whatever the limit was when it was measured."""
    step = load["at_target"]
    missed = []
    if step["p95_ms"] > problem.constraints.latency_ms:
        missed.append(
            f"p95 is {number(step['p95_ms'])} ms at {number(step['target_rps'])} requests/s, {_limit(problem)}."
        )
    if step["error_share"] > MAX_ERROR_SHARE:
        missed.append(
            f"{percent(step['error_share'], 2)} of the requests failed, {percent(MAX_ERROR_SHARE)} are allowed."
        )
    return missed


def _limit(problem: Problem) -> str:
    return f"the limit is {problem.constraints.latency_ms:,.10g} ms"


def _deploy(folder: IncrementFolder, sentence: str = "Deploy the model, which loads it") -> NextStep:
    return NextStep(sentence=sentence, tool="deploy_model", arguments={"increment": folder.id})
