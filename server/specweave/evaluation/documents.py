"""evaluation.json, and from it the reports and figures."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from specweave.evaluation import classification_figures as classification
from specweave.evaluation import regression_figures as regression
from specweave.evaluation.cited_numbers import JSON, CitedNumbers
from specweave.evaluation.result import Evaluation
from specweave.metrics import Predictions, get_metric
from specweave.progress import Progress, silent
from specweave.rendering import render
from specweave.visuals import save_figure
from specweave.workspace import IncrementFolder, write_json, write_text

REPORT = "evaluation-report.md"
COMPARISON = "comparison.md"
PAGE = "evaluation-report.html"
# Figures by file name, with the caption a reader needs.
CAPTIONS = {
    "confusion_matrix.png": "Confusion matrix: rows are the truth, columns what was predicted.",
    "roc_curve.png": "ROC curve: what share of the positives is found at which share of false alarms.",
    "precision_recall_curve.png": "Precision and recall: how pure the answer is at which completeness.",
    "calibration.png": "Calibration: whether a predicted probability happens as often as it says.",
    "threshold.png": "Decision threshold: what moving it would change.",
    "residuals.png": "Residuals: where the model errs, and by how much.",
    "predicted_vs_actual.png": "Predicted and true values.",
}


def write_documents(
    folder: IncrementFolder, found: Evaluation, predictions: Predictions, progress: Progress = silent
) -> Evaluation:
    """Write evaluation.json first, then figures and reports from it; the evaluation with their paths (below the increment)."""
    figures = make_figures(predictions, found.data.target if found.data else "value")
    progress(4, 6, "writing the figures")
    for name, made in figures.items():
        save_figure(made, folder.reports / name)
    documents = tuple(f"{folder.reports.name}/{name}" for name in (REPORT, COMPARISON, PAGE, JSON))
    found = found.model_copy(
        update={"figures": tuple(f"{folder.reports.name}/{name}" for name in figures), "documents": documents}
    )
    write_json(folder.reports / JSON, found.model_dump(mode="json"))
    progress(5, 6, "writing the reports")
    for name in (REPORT, COMPARISON):
        write_text(folder.reports / name, _rendered(folder, found, name, list(figures)))
    images = {name: _embedded(folder.reports / name) for name in figures}
    write_text(folder.reports / PAGE, _rendered(folder, found, PAGE, list(figures), images=images))
    return found


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
        evidence=cited.listing,
        title_of=lambda metric: get_metric(metric).title,
        figures=figures,
        captions=CAPTIONS,
        **facts,
    )


def _embedded(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")


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
