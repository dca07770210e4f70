"""evaluation.json, and from it the reports and figures."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from specweave.evaluation import classification_figures as classification
from specweave.evaluation import regression_figures as regression
from specweave.evaluation.cited_numbers import JSON, CitedNumbers
from specweave.evaluation.decision import cost_figure
from specweave.evaluation.diagnosis_figures import diagnosis_figures
from specweave.evaluation.diagnosis_wording import shown_tests
from specweave.evaluation.errors import as_table
from specweave.evaluation.result import Evaluation
from specweave.metrics import Predictions, get_metric
from specweave.progress import Progress, silent
from specweave.rendering import render
from specweave.visuals import data_uri, save_figure
from specweave.workspace import IncrementFolder, write_json, write_text

REPORT = "evaluation-report.md"
COMPARISON = "comparison.md"
PAGE = "evaluation-report.html"
HARDEST = "hardest-rows.csv"
MOST_SLICES = 12
# Figures by file name, with the caption a reader needs.
CAPTIONS = {
    "confusion_matrix.png": "Confusion matrix: rows are the truth, columns what was predicted.",
    "roc_curve.png": "ROC curve: what share of the positives is found at which share of false alarms.",
    "precision_recall_curve.png": "Precision and recall: how pure the answer is at which completeness.",
    "calibration.png": "Calibration: whether a predicted probability happens as often as it says.",
    "threshold.png": "Decision threshold: what moving it would change.",
    "costs.png": "Costs: what a row costs on average at each threshold.",
    "residuals.png": "Residuals: where the model errs, and by how much.",
    "predicted_vs_actual.png": "Predicted and true values.",
    "slices.png": "Slices: the metrics in parts of the sealed rows, beside all other rows.",
    "residuals_by_feature.png": "Residuals by feature, of training rows held out in cross-validation.",
}


def write_documents(
    folder: IncrementFolder, found: Evaluation, predictions: Predictions, progress: Progress = silent
) -> Evaluation:
    """Write evaluation.json first, then figures and reports from it; the evaluation with their paths (below the increment)."""
    figures = {
        **make_figures(predictions, found.data.target if found.data else "value"),
        **diagnosis_figures(found.diagnosis),
        **_cost_figures(found),
    }
    found = _with_hardest_rows(folder, found)
    progress(5, 7, "writing the figures")
    for name, made in figures.items():
        save_figure(made, folder.reports / name)
    documents = tuple(f"{folder.reports.name}/{name}" for name in (REPORT, COMPARISON, PAGE, JSON))
    found = found.model_copy(
        update={
            "figures": tuple(f"{folder.reports.name}/{name}" for name in figures),
            # A picture of another run looks like any other; its hash does not.
            "figures_sha256": {
                name: hashlib.sha256((folder.reports / name).read_bytes()).hexdigest() for name in figures
            },
            "documents": documents,
        }
    )
    write_json(folder.reports / JSON, found.model_dump(mode="json"))
    progress(6, 7, "writing the reports")
    for name in (REPORT, COMPARISON):
        write_text(folder.reports / name, _rendered(folder, found, name, list(figures)))
    images = {name: data_uri((folder.reports / name).read_bytes()) for name in figures}
    write_text(folder.reports / PAGE, _rendered(folder, found, PAGE, list(figures), images=images))
    return found


def rendered(folder: IncrementFolder, found: Evaluation, name: str) -> str:
    """One report as it follows from the facts and figures on disk."""
    figures = [Path(figure).name for figure in found.figures]
    facts = (
        {"images": {figure: data_uri((folder.reports / figure).read_bytes()) for figure in figures}}
        if name == PAGE
        else {}
    )
    return _rendered(folder, found, name, figures, **facts)


def _cost_figures(found: Evaluation) -> dict[str, Any]:
    if found.decision is None or found.decision.curve is None:
        return {}
    return {"costs.png": cost_figure(found.decision, found.threshold)}


def _with_hardest_rows(folder: IncrementFolder, found: Evaluation) -> Evaluation:
    """The hardest training rows as a file of their own; the JSON names it and holds no raw row beyond the report's."""
    if found.diagnosis is None or found.diagnosis.errors is None or not found.diagnosis.errors.hardest:
        return found
    write_text(folder.reports / HARDEST, as_table(found.diagnosis.errors.hardest))
    errors = found.diagnosis.errors.model_copy(
        update={"hardest": (), "hardest_file": f"{folder.reports.name}/{HARDEST}"}
    )
    return found.model_copy(update={"diagnosis": found.diagnosis.model_copy(update={"errors": errors})})


def _rendered(folder: IncrementFolder, found: Evaluation, name: str, figures: list[str], **facts: Any) -> str:
    cited = CitedNumbers(folder, found, html=name.endswith(".html"))
    return render(
        "specweave.evaluation",
        name,
        e=cited.facts,
        v=cited.number,
        short=cited.short,
        share=cited.share,
        run_value=cited.run_value,
        reasons=cited.reasons,
        findings=cited.findings,
        shown_tests=[]
        if found.diagnosis is None or found.diagnosis.slices is None
        else shown_tests(found.diagnosis.slices, MOST_SLICES),
        evidence=cited.listing,
        title_of=lambda metric: get_metric(metric).title,
        figures=figures,
        captions=CAPTIONS,
        **facts,
    )


def make_figures(predictions: Predictions, target: str) -> dict[str, Any]:
    """The figures that apply, by file name. Those of probabilities need both classes in the truth."""
    if predictions.task == "regression":
        return {
            "residuals.png": regression.residuals(predictions, target),
            "predicted_vs_actual.png": regression.predicted_vs_actual(predictions, target),
        }
    made = {"confusion_matrix.png": classification.confusion_matrix(predictions)}
    if predictions.scores is None or len(set(predictions.truth.tolist())) < 2:
        return made
    made["roc_curve.png"] = classification.roc(predictions)
    made["precision_recall_curve.png"] = classification.precision_recall(predictions)
    made["calibration.png"] = classification.calibration(predictions)
    if predictions.task == "binary":
        made["threshold.png"] = classification.threshold(predictions)
    return made
