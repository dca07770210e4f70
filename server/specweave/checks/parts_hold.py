"""ML015: a good mean hides no part that the model fails.

A class has collapsed when sealed rows of it are there in number and none is found; a slice or group when it is worse than
all other rows beyond chance *and* at least half of what the model is worth is lost there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed, warned
from specweave.checks.evaluated import EVALUATION
from specweave.checks.records import evaluate_model
from specweave.errors import SpecweaveError, listing
from specweave.metrics import METRICS, Estimate, Predictions, get_metric, per_class
from specweave.rendering import number
from specweave.workspace import IncrementFolder, read_json

LEAST_ROWS = 20
RARELY_FOUND = 0.2
HALF = 0.5
# What a model that knows nothing reaches; for all other scores 0.
_UNINFORMED = {"roc_auc": 0.5, "balanced_accuracy": 0.5, "roc_auc_ovr": 0.5}
_SPOKEN = 4


class PartsHold:
    """On the sealed rows every class is found and no slice or group loses half of what the model is worth."""

    code = "ML015"
    title = "No class, group or slice collapses"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        facts = read_json(folder.path / EVALUATION, default=None)
        if not isinstance(facts, dict):
            return not_applicable(
                "no model has been evaluated on the sealed test set yet", remedy=evaluate_model(folder)
            )
        recalls = _recalls(folder, facts)
        tests = ((facts.get("diagnosis") or {}).get("slices") or {}).get("tests") or []
        if not recalls and not tests:
            return not_applicable("the evaluation keeps neither predictions of classes nor slices")
        lost = [f"class {name} is never found ({n} sealed rows)" for name, n, recall in recalls if recall.value == 0]
        rare = list(_rarely_found(recalls))
        weak = list(dict.fromkeys(_collapsed(tests)))
        if lost:
            return failed(listing([*lost, *rare, *weak], limit=_SPOKEN) + ".", EVALUATION, remedy=_remedy(folder))
        if rare or weak:
            return warned(listing([*rare, *weak], limit=_SPOKEN) + ".", EVALUATION, remedy=_remedy(folder))
        looked = sum(test["verdict"] != "not applicable" for test in tests)
        return passed(f"{len(recalls)} classes and {looked} tests of slices and groups: none collapses.", EVALUATION)


def _recalls(folder: IncrementFolder, facts: dict[str, Any]) -> list[tuple[str, int, Estimate]]:
    """Class, sealed rows and recall of each class with rows enough to judge; nothing for a regression."""
    path = folder.path / str((facts.get("predictions") or {}).get("file", ""))
    if facts.get("task") == "regression" or not path.is_file():
        return []
    try:
        found = per_class(Predictions.load(path))
    except SpecweaveError:
        return []  # the check of stored predictions names the damage
    return [(one.name, one.n_true, one.recall) for one in found if one.n_true >= LEAST_ROWS]


def _rarely_found(recalls: list[tuple[str, int, Estimate]]) -> Iterator[str]:
    for name, n, recall in recalls:
        if recall.value and recall.high is not None and recall.high < RARELY_FOUND:
            yield (
                f"class {name} is found in {number(recall.value)} of its {n} sealed rows "
                f"({number(recall.low or 0.0)} to {number(recall.high)})"
            )


def _collapsed(tests: list[dict[str, Any]]) -> Iterator[str]:
    for test in tests:
        kept = _kept(test) if test["verdict"] == "worse" else None
        if kept is not None and kept <= HALF:
            yield (
                f"{test['slice']}: {test['metric']} {number(test['value'])} "
                f"against {number(test['rest'])} in all other rows ({test['n']} rows)"
            )


def _kept(test: dict[str, Any]) -> float | None:
    """The share of the model's worth elsewhere that is left in the slice; for errors the ratio the other way."""
    value, rest, name = test.get("value"), test.get("rest"), test["metric"]
    if value is None or rest is None or name not in METRICS:
        return None
    if not get_metric(name).greater_is_better:
        return float(rest / value) if value > 0 else None
    nothing = _UNINFORMED.get(name, 0.0)
    return float((value - nothing) / (rest - nothing)) if rest > nothing else None


def _remedy(folder: IncrementFolder) -> NextStep:
    return NextStep(
        sentence="Read the slices in reports/evaluation-report.md; add rows or columns for that part, weigh its rows, or move the "
        "threshold, and train again",
        tool="run_experiment",
        arguments={"increment": folder.id},
    )
