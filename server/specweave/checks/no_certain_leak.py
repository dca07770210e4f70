"""ML007: no column that certainly gives the answer away is used."""

from __future__ import annotations

from typing import Any

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed
from specweave.checks.evaluated import judged_experiment
from specweave.checks.records import candidates, current, features, run_experiment
from specweave.errors import listing
from specweave.problem import Problem
from specweave.spec_file import read_problem
from specweave.witness_file import doubt
from specweave.workspace import IncrementFolder, read_json

FINDINGS = "leaks.json"


class NoCertainLeak:
    """No finding of severity `certain` concerns a column the models use, or rows on both sides of the split."""

    code = "ML007"
    title = "No certain leak among used columns"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        doubted = doubt(folder, f"data/{FINDINGS}")
        if doubted:
            return failed(
                f"data/{FINDINGS} {doubted}.", f"data/{FINDINGS}", remedy=run_experiment(folder, "Look for leaks anew")
            )
        found = leak_findings(folder)
        if found is None:
            return not_applicable("the data have not been searched for leaks yet", remedy=run_experiment(folder))
        problem = read_problem(folder)
        used = _used_columns(folder, problem)
        left = [finding for finding in found if _concerns(finding, used, problem)]
        if left:
            return _leaks(folder, left)
        certain = sum(finding.get("severity") == "certain" for finding in found)
        rest = f"; {certain} certain findings concern columns no model uses" if certain else ""
        return passed(f"No certain leak among the used columns{rest}.", f"data/{FINDINGS}")


def leak_findings(folder: IncrementFolder) -> list[dict[str, Any]] | None:
    """The findings in data/leaks.json, or nothing before the data were searched."""
    content = read_json(folder.data / FINDINGS, default=None)
    if content is None:
        return None
    listed = content.get("findings", []) if isinstance(content, dict) else content
    return [finding for finding in listed if isinstance(finding, dict)]


def _concerns(finding: dict[str, Any], used: set[str] | None, problem: Problem) -> bool:
    if finding.get("severity") != "certain":
        return False
    columns = set(finding.get("columns") or ())
    if not columns:
        return True
    if used is not None:
        return bool(columns & used)
    return bool(columns - {excluded.column for excluded in problem.excluded} - {problem.target})


def _used_columns(folder: IncrementFolder, problem: Problem) -> set[str] | None:
    """The columns of the judged model, or of those that could be; nothing before one says which it uses."""
    tried = current(candidates(folder), problem)
    judged = judged_experiment(folder, tried)
    used = {column for record in ([judged] if judged else tried) for column in features(record)}
    return used or None


def _leaks(folder: IncrementFolder, left: list[dict[str, Any]]) -> Verdict:
    columns = sorted({str(column) for finding in left for column in finding.get("columns") or ()})
    where = f"Put {listing(columns)} under `ml.excluded` in spec.md with the reason" if columns else "Mend the split"
    return failed(
        " ".join(str(finding.get("sentence", finding.get("code", "a leak"))) for finding in left[:3])
        + (f" And {len(left) - 3} more." if len(left) > 3 else ""),
        f"data/{FINDINGS}",
        remedy=NextStep(
            sentence=f"{where}, then train again", tool="run_experiment", arguments={"increment": folder.id}
        ),
    )
