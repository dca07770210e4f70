"""evaluation.json, and from it the reports and figures."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from specweave.errors import StorageError
from specweave.evaluation import classification_figures as classification
from specweave.evaluation import regression_figures as regression
from specweave.evaluation import wording
from specweave.evaluation.result import Evaluation
from specweave.evidence import Evidence, resolve_pointer
from specweave.metrics import Predictions, get_metric
from specweave.progress import Progress, silent
from specweave.rendering import number, percent, render
from specweave.visuals import inline_image, save_figure
from specweave.workspace import IncrementFolder, read_json, write_json, write_text

JSON = "evaluation.json"
REPORT = "evaluation-report.md"
COMPARISON = "comparison.md"
PAGE = "evaluation-report.html"
_LATER = re.compile("\x00(\\d+)\x00")
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
    facts = _Facts(folder, found)
    for template, name in (("evaluation-report.md", REPORT), ("comparison.md", COMPARISON)):
        write_text(
            folder.reports / name, render("specweave.evaluation", template, **facts.for_template(figures=list(figures)))
        )
    images = {name: inline_image(made) for name, made in figures.items()}
    page = render("specweave.evaluation", PAGE, **facts.for_template(figures=list(figures), html=True), images=images)
    write_text(folder.reports / PAGE, page)
    return found


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


class _Facts:
    """What templates see: the JSON as it is on disk, and numbers that carry their place in it."""

    def __init__(self, folder: IncrementFolder, found: Evaluation) -> None:
        self._path: Path = folder.reports / JSON
        self._evidence = Evidence(folder.path)
        self._evaluation = found
        self._found: dict[str, Any] = read_json(self._path)

    def for_template(self, *, figures: list[str], html: bool = False) -> dict[str, Any]:
        return {
            "e": self._found,
            "v": self._cited(number, html=html),
            "short": self._cited(wording.short_number, html=html),
            "share": self._cited(percent, html=html),
            "run_value": self._run_value(html=html),
            "reasons": self._reasons(html=html),
            "title_of": lambda name: get_metric(name).title,
            "figures": figures,
            "captions": CAPTIONS,
        }

    def _cite(self, pointer: str, form: Callable[[Any], str]) -> str:
        return self._evidence.cite(form(resolve_pointer(self._found, pointer)), self._path, pointer)

    def _cited(self, form: Callable[[Any], str], *, html: bool) -> Callable[[str], str]:
        return lambda pointer: _marked(self._cite(pointer, form), html=html)

    def _run_value(self, *, html: bool) -> Callable[[str, str, Any], str]:
        """A number of an experiment's own record, cited there if the record holds it."""

        def cited(run: str, metric: str, value: Any) -> str:
            try:
                return _marked(self._evidence.cite(number(value), run, f"/{metric}"), html=html)
            except StorageError:
                return _marked(self._cite("/out_of_fold", number), html=html)

        return cited

    def _reasons(self, *, html: bool) -> list[str]:
        if not html:
            return list(wording.reasons(self._evaluation, self._cite))
        # Names of classes and columns are escaped first; our own comments are put in afterwards.
        cited: list[str] = []

        def later(pointer: str, form: Callable[[Any], str]) -> str:
            cited.append(self._cite(pointer, form))
            return f"\x00{len(cited) - 1}\x00"

        sentences = [str(escape(sentence)) for sentence in wording.reasons(self._evaluation, later)]
        return [Markup(_LATER.sub(lambda match: cited[int(match[1])], one)) for one in sentences]  # noqa: S704


def _marked(text: str, *, html: bool) -> str:
    # The comment is ours and holds no character that HTML would need escaped.
    return Markup(text) if html else text  # noqa: S704
