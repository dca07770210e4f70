"""`sw-ml monitor`: one log of predictions judged, and its report written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from specweave.data import seal
from specweave.deployment.monitoring import performance, report_figures, report_wording
from specweave.deployment.monitoring.drift import ANSWERS, SCORE, LoggedDrift, stretch
from specweave.deployment.monitoring.logged import read_log
from specweave.deployment.monitoring.predictions_log import PredictionsLog, told_apart
from specweave.deployment.monitoring.reference import FILE, Reference, reference_of
from specweave.deployment.monitoring.report_result import Labels, MonitoringReport
from specweave.errors import StorageError
from specweave.evaluation.choice import chosen_experiment, primary_metric
from specweave.evaluation.recorded_model import RecordedModel, load_recorded
from specweave.evidence import Evidence, resolve_pointer
from specweave.experiments import ExperimentSummary
from specweave.metrics import Estimate
from specweave.problem import Problem
from specweave.progress import Progress, silent
from specweave.rendering import number, percent, render
from specweave.visuals import save_figure
from specweave.workspace import IncrementFolder, read_json, write_json, write_text

PACKAGE = "specweave.deployment.monitoring"
JSON, PAGE = "monitoring.json", "monitoring.md"
DRIFT, PERFORMANCE = "monitoring-drift.png", "monitoring-performance.png"
DEPLOYED_REFERENCE = ("deployment", "api", FILE)


def report_on(
    folder: IncrementFolder,
    problem: Problem,
    predictions: str | Path,
    *,
    labels: str | Path | None = None,
    experiment: str | None = None,
    progress: Progress = silent,
) -> MonitoringReport:
    """Judge the log and write reports/monitoring.json, .md and figures.

    The reference is that of the deployed service, else made from the training rows of the experiment (the best when none
    is named). No sealed row is read: the sealed evaluation's own numbers are what performance is compared with.

    Raises DataError where log and labels do not hold what is needed, SealedError when nothing is sealed.
    """
    progress(0, 4, "loading the model's record and the reference")
    kept = _deployed(folder)
    named = experiment or (kept.experiment if kept else None)
    record = chosen_experiment(folder, problem, named)
    model = load_recorded(record, problem, seal.read_seal(folder).target)
    reference = kept if kept and kept.experiment == record.id else reference_of(folder, record, model)
    progress(1, 4, "reading the log")
    log = told_apart(read_log(predictions), model, reference.columns)
    progress(2, 4, f"comparing {len(log):,} predictions with training")
    found = _drifted(folder, record, log, reference)
    later = None if labels is None else read_log(labels)
    if later is not None or log.truth is not None:
        progress(3, 4, "performance on labelled rows")
        metric = primary_metric(problem, [record])
        found = _performed(
            found, _sealed_estimates(folder, record.id), metric, performance.labelled(log, model, later), model
        )
    found = found.model_copy(update={"verdict": report_wording.verdict(found)})
    found = found.model_copy(update={"sentences": report_wording.sentences(found, report_wording.plain(found))})
    written = write_report(folder, found)
    progress(4, 4, written.verdict)
    return written


def _deployed(folder: IncrementFolder) -> Reference | None:
    path = folder.path.joinpath(*DEPLOYED_REFERENCE)
    if not path.is_file():
        return None
    try:
        return Reference.model_validate(read_json(path))
    except ValueError as error:
        raise StorageError(
            "The deployed reference profile cannot be read", value=str(path), next_step="deploy again"
        ) from error


def _drifted(
    folder: IncrementFolder, record: ExperimentSummary, log: PredictionsLog, reference: Reference
) -> MonitoringReport:
    drift = LoggedDrift(log, reference)
    whole = drift.whole()
    start, end = stretch(log.times, range(len(log)))
    answers = {"score": whole.pop(SCORE, None), "answers": whole.pop(ANSWERS, None)}
    return MonitoringReport(
        increment=folder.id,
        experiment=record.id,
        rows=len(log),
        start=start,
        end=end,
        reference_rows=reference.rows,
        scores_from=reference.scores_from,
        columns=tuple(sorted(whole.values(), key=lambda one: one.severity, reverse=True)),
        periods=drift.periods(),
        not_logged=log.not_logged,
        **answers,
    )


def _performed(
    found: MonitoringReport,
    sealed: list[Estimate],
    metric: str,
    judged: tuple[PredictionsLog, Labels],
    model: RecordedModel,
) -> MonitoringReport:
    log, counted = judged
    predictions, rows = performance.judged_predictions(log, model)
    own = next((one for one in sealed if one.metric == metric), None)
    return found.model_copy(
        update={
            "metric": metric,
            "labels": counted,
            "sealed": own,
            "overall": performance.overall(predictions, sealed, metric),
            "over_time": performance.over_time(predictions, rows, log.times, own) if own else (),
        }
    )


def _sealed_estimates(folder: IncrementFolder, experiment: str) -> list[Estimate]:
    """The estimates of the sealed evaluation of this experiment; none while there is no such evaluation."""
    facts = read_json(folder.reports / "evaluation.json", default={})
    if not isinstance(facts, dict) or facts.get("experiment") != experiment:
        return []
    return [Estimate.model_validate(one) for one in facts.get("estimates", [])]


def write_report(folder: IncrementFolder, found: MonitoringReport) -> MonitoringReport:
    """monitoring.json first, then figures and the page from it; the report with their paths (below the increment)."""
    figures = {DRIFT: report_figures.drift_map(found)} if found.periods else {}
    if found.over_time:
        figures[PERFORMANCE] = report_figures.performance(found)
    for name, made in figures.items():
        save_figure(made, folder.reports / name)
    place = folder.reports.name
    found = found.model_copy(
        update={
            "figures": tuple(f"{place}/{name}" for name in figures),
            "documents": (f"{place}/{PAGE}", f"{place}/{JSON}"),
        }
    )
    path = write_json(folder.reports / JSON, found.model_dump(mode="json"))
    write_text(folder.reports / PAGE, _page(folder, found, path, list(figures)))
    return found


def _page(folder: IncrementFolder, found: MonitoringReport, path: Path, figures: list[str]) -> str:
    evidence, facts = Evidence(folder.path), read_json(path)

    def cited(pointer: str, form: Callable[[Any], str]) -> str:
        return evidence.refer(form(resolve_pointer(facts, pointer)), path, pointer)

    return render(
        PACKAGE,
        "monitoring.md",
        r=facts,
        v=lambda pointer: cited(pointer, number),
        share=lambda pointer: cited(pointer, percent),
        sentences=report_wording.sentences(found, cited),
        figures=figures,
        evidence=evidence.listing,
    )
