"""The acceptance criteria of an increment: derived from the problem, verified by checks, ticked by evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from specweave.checks import CheckResult
from specweave.documents import read_document, write_document
from specweave.errors import listing
from specweave.problem import Criterion, Problem
from specweave.rendering import percent
from specweave.spec_file import lock_path
from specweave.workspace import IncrementFolder, lock

_OPEN = re.compile(r"^([ \t]*[-*] )\[ \] (\*\*AC-US1-(\d\d)\*\*)", re.MULTILINE)

_TICKED = re.compile(r"^[ \t]*[-*] \[[xX]\] \*\*(AC-US1-\d\d)\*\*", re.MULTILINE)


@dataclass(frozen=True)
class Way:
    """The evidence of a criterion, and the checks that verify it."""

    evidence: str
    checks: tuple[str, ...]

    @property
    def how(self) -> str:
        return f"{'check' if len(self.checks) == 1 else 'checks'} {listing(self.checks)}"


WAYS: dict[int, Way] = {
    1: Way("data/split.json and the row hashes of every record", ("ML009",)),
    2: Way("reports/evaluation.json", ("ML002", "ML003")),
    3: Way("metrics.json of the best experiment", ("ML004",)),
    4: Way("data/leaks.json", ("ML007",)),
    5: Way("data/looks.jsonl and the reports", ("ML006", "ML008")),
    6: Way("deployment/load-tests/load-test.json", ("ML011",)),
    7: Way("reports/explainability-report.md", ("ML010",)),
    8: Way("reports/evaluation.json", ("ML005",)),
}


def acceptance_criteria(problem: Problem) -> list[tuple[str, str]]:
    """Id and text of each criterion; an id keeps its meaning when others come or go."""
    metric = f"`{problem.metric}`" if problem.metric else "the metric"
    texts = {
        1: "A test set is sealed before the first model is trained, and no model learns from its rows.",
        2: f"Baselines are recorded, and the best model is better than the best baseline in {metric}, beyond chance; a gain "
        f"under {percent(problem.margin, 0)} of the baseline's remaining error is reported as a warning.",
        3: f"Every candidate is cross-validated on {problem.folds} folds; the best one's folds differ by a standard "
        "deviation of at most 0.1 (for errors: of 0.1 times their mean).",
        4: "No column that certainly gives the answer away is used.",
        5: f"The sealed test set is looked at no more than {_times(problem.look_budget)}, and every number in the reports equals its evidence.",
        6: f"One prediction takes at most {set_value(problem.constraints.latency_ms)} ms at the 95th percentile.",
    }
    if problem.constraints.explainable:
        texts[7] = "What the model relies on is explained, overall and for single predictions."
    if problem.success:
        wanted = " and ".join(criterion_text(criterion) for criterion in problem.success)
        texts[8] = f"On the sealed test set: {wanted}."
    return [(f"AC-US1-{n:02d}", text) for n, text in texts.items()]


def criterion_text(criterion: Criterion) -> str:
    """A success criterion as people read it: "`precision` ≥ 0.99"."""
    return f"`{criterion.metric}` {'≥' if criterion.comparison == '>=' else '≤'} {set_value(criterion.value)}"


def set_value(value: float) -> str:
    """A number a person has set, as it was set: 0.99, 25,000."""
    return f"{value:,.10g}"


def tick_verified(folder: IncrementFolder, results: Iterable[CheckResult], *, timeout: float = 30.0) -> bool:
    """Tick the criteria in spec.md all of whose checks have passed; whether the file changed. Nothing is ever unticked."""
    passed = {result.code for result in results if result.verdict == "passed"}
    met = {n for n, way in WAYS.items() if passed.issuperset(way.checks)}

    def tick(found: re.Match[str]) -> str:
        return f"{found[1]}[x] {found[2]}" if int(found[3]) in met else found[0]

    with lock(lock_path(folder), timeout):
        return write_document(folder.spec, _OPEN.sub(tick, read_document(folder.spec)))


@dataclass(frozen=True)
class Verification:
    """One acceptance criterion at completion: its text, whether it is verified, by what, or what is lacking."""

    id: str
    text: str
    verified: bool
    how: str


def verifications(folder: IncrementFolder, problem: Problem, results: Iterable[CheckResult]) -> list[Verification]:
    """Each criterion against the verdicts of its checks; where these do not apply, one a person has ticked counts."""
    verdicts = {result.code: result.verdict for result in results}
    ticked = _ticked(folder)
    found = []
    for name, text in acceptance_criteria(problem):
        way = WAYS[int(name[-2:])]
        lacking = {code: verdicts.get(code, "did not run") for code in way.checks if verdicts.get(code) != "passed"}
        if not lacking:
            found.append(Verification(name, text, True, way.how))
        elif name in ticked and set(lacking.values()) == {"not applicable"}:
            found.append(Verification(name, text, True, "ticked by a person in spec.md"))
        else:
            found.append(Verification(name, text, False, listing([f"{code} {said}" for code, said in lacking.items()])))
    return found


def _ticked(folder: IncrementFolder) -> set[str]:
    if not folder.spec.exists():
        return set()
    return set(_TICKED.findall(read_document(folder.spec)))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
