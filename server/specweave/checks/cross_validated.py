"""ML004: the value a model was chosen by holds on every fold."""

from __future__ import annotations

import re
import statistics

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed
from specweave.checks.evaluated import Judged, evaluated
from specweave.checks.records import candidates, finished, run_experiment, within, would_be_judged
from specweave.experiments import ExperimentSummary
from specweave.metrics import Metric, get_metric
from specweave.rendering import number
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder

LIMIT = 0.1
_FOLD = re.compile(r"fold_\d+")


class CrossValidated:
    """The best model's folds have a standard deviation of at most 0.1; for errors, of 0.1 times their mean."""

    code = "ML004"
    title = "Cross-validated with agreeing folds"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        judged = evaluated(folder)
        if judged:
            return _of_judged(folder, judged)
        tried = candidates(folder)
        if not tried:
            return not_applicable("no model has been trained yet", remedy=run_experiment(folder))
        chosen, metric = _chosen(folder, tried)
        if chosen is None:
            return not_applicable(f"no model has an out-of-fold value of {metric}", remedy=run_experiment(folder))
        return _verdict(folder, chosen, get_metric(metric))


def _of_judged(folder: IncrementFolder, judged: Judged) -> Verdict:
    """On the model that was judged on the sealed rows, which may be a baseline."""
    record = next((record for record in finished(folder) if record.id == judged.experiment), None)
    if record is None:
        return not_applicable(f"the record of {judged.experiment}, which was evaluated, is gone")
    return _verdict(folder, record, get_metric(judged.metric))


def _chosen(folder: IncrementFolder, tried: list[ExperimentSummary]) -> tuple[ExperimentSummary | None, str]:
    """The model that would be judged on the sealed rows now, and the metric it is chosen by."""
    from specweave.evaluation.choice import primary_metric

    problem = read_problem(folder)
    chosen = would_be_judged(folder, problem)
    return chosen, primary_metric(problem, tried) if chosen else problem.metric or "the metric models are chosen by"


def _verdict(folder: IncrementFolder, chosen: ExperimentSummary, metric: Metric) -> Verdict:
    place = within(folder, chosen.path / "metrics.json")
    folds = [float(value) for name, value in chosen.metrics.items() if _FOLD.fullmatch(name) and value is not None]
    if len(folds) < 2:
        return failed(
            f"{chosen.id} was not cross-validated: its record holds {len(folds)} fold values.",
            place,
            remedy=run_experiment(folder, "Train with cross-validation"),
        )
    value = spread(folds, greater_is_better=metric.greater_is_better)
    how = "standard deviation of" if metric.greater_is_better else "standard deviation divided by the mean of"
    sentence = f"{chosen.id}, {metric.name}: {how} {len(folds)} folds is {number(value)}"
    if value <= LIMIT:
        return passed(f"{sentence}, at most {LIMIT}.", place)
    return failed(
        f"{sentence}, more than {LIMIT}: from {number(min(folds))} to {number(max(folds))}.",
        place,
        remedy=NextStep(
            sentence="Look at the folds that differ (rows, groups, time) and choose the split in spec.md, `ml.split`, "
            "or use more data, then train again",
            tool="run_experiment",
            arguments={"increment": folder.id},
        ),
    )


def spread(folds: list[float], *, greater_is_better: bool) -> float:
    """The sample standard deviation of fold values; for errors, which have a unit, as a share of their mean.

    >>> round(spread([0.8, 0.9, 1.0], greater_is_better=True), 4)
    0.1
    >>> round(spread([8.0, 9.0, 10.0], greater_is_better=False), 4)
    0.1111
    """
    deviation = statistics.stdev(folds)
    if greater_is_better or deviation == 0:
        return deviation
    return deviation / abs(statistics.fmean(folds))
