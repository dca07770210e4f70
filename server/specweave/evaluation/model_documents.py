"""evaluation.json, figures and reports of a model that was trained elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from specweave.evaluation import documents
from specweave.evaluation.cited_numbers import CitedNumbers
from specweave.evaluation.model_result import ModelEvaluation
from specweave.metrics import Predictions, get_metric
from specweave.rendering import render
from specweave.visuals import data_uri, save_figure
from specweave.workspace import IncrementFolder, write_json, write_text

JSON = "evaluation.json"
REPORT = "evaluation-report.md"
PAGE = "evaluation-report.html"
PREDICTIONS = "predictions.parquet"


@dataclass(frozen=True)
class Place:
    """Where reports go; evidence and paths are named from `path`: the increment, or the parent of a folder of its own."""

    path: Path
    reports: Path

    def named(self, name: str) -> str:
        """A file of the reports as records name it."""
        return (self.reports / name).relative_to(self.path).as_posix()


def write_model_documents(
    place: Place, found: ModelEvaluation, predictions: Predictions, target: str
) -> ModelEvaluation:
    """Write facts first, then figures and reports from them; the evaluation with the names of its files."""
    folder = place.reports
    figures = documents.make_figures(predictions, target)
    for name, made in figures.items():
        save_figure(made, folder / name)
    found = found.model_copy(
        update={
            "figures": tuple(place.named(name) for name in figures),
            "documents": tuple(place.named(name) for name in (REPORT, PAGE, JSON)),
        }
    )
    write_json(folder / JSON, found.model_dump(mode="json"))
    write_text(folder / REPORT, _rendered(place, found, "model-report.md", list(figures)))
    images = {name: data_uri((folder / name).read_bytes()) for name in figures}
    write_text(folder / PAGE, _rendered(place, found, "model-report.html", list(figures), images=images))
    return found


def _rendered(place: Place, found: ModelEvaluation, template: str, figures: list[str], **facts: Any) -> str:
    # The place has what the citations read of an increment: where it is, and where its reports are.
    cited = CitedNumbers(cast(IncrementFolder, place), found, html=template.endswith(".html"))
    return render(
        "specweave.evaluation",
        template,
        e=cited.facts,
        v=cited.number,
        short=cited.short,
        share=cited.share,
        evidence=cited.listing,
        title_of=lambda metric: get_metric(metric).title,
        figures=figures,
        captions=documents.CAPTIONS,
        **facts,
    )
