"""explanation.json, and from it the figures, the report, the page and the model card."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specweave.evaluation.model_documents import Place
from specweave.explanation import wording
from specweave.explanation.browsing import browsed, picked
from specweave.explanation.cited import Cited
from specweave.explanation.drawing import LOCAL, Pictures, finished, picture_of
from specweave.explanation.figures_global import caption
from specweave.explanation.model_card import CARD, CardFacts, evaluation_of, write_model_card
from specweave.explanation.result import Explanation
from specweave.problem import Problem
from specweave.rendering import render
from specweave.visuals import data_uri
from specweave.workspace import write_bytes, write_json, write_text

if TYPE_CHECKING:
    from specweave.explanation.globally import GlobalPart
    from specweave.explanation.subject import Subject

JSON = "explanation.json"
REPORT = "explainability-report.md"
PAGE = "explanation.html"
_SCRIPT = Path(__file__).parent / "templates" / "explanation.js"


@dataclass(frozen=True)
class Pictured:
    """What is shown beside the facts: the subject, the contributions and rows behind the global part, and the pictures."""

    subject: Subject
    part: GlobalPart
    pictures: Pictures


def write_documents(place: Place, found: Explanation, drawn: Pictured, problem: Problem) -> Explanation:
    """Write the facts first, then everything else from them; the explanation with the names of its files."""
    pictures = finished(drawn.pictures)
    for old in (place.reports / LOCAL).glob("row-*.png"):
        old.unlink()
    for name, content in pictures.items():
        write_bytes(place.reports / name, content)
    figures = [name for name in pictures if not name.startswith(f"{LOCAL}/")]
    found = found.model_copy(
        update={
            "rows": tuple(one.model_copy(update={"picture": place.named(picture_of(one.row))}) for one in found.rows),
            "figures": tuple(place.named(name) for name in figures),
            "documents": tuple(place.named(name) for name in (REPORT, PAGE, CARD, JSON)),
        }
    )
    write_json(place.reports / JSON, found.model_dump(mode="json"))
    write_text(place.reports / REPORT, _rendered(place, found, REPORT, figures))
    images = {name: data_uri(pictures[name]) for name in figures}
    write_text(
        place.reports / PAGE,
        _rendered(place, found, PAGE, figures, images=images, data=_page_data(found, drawn), script=_script()),
    )
    write_model_card(CardFacts(place, found, problem, evaluation_of(place, found.experiment)))
    return found


def _page_data(found: Explanation, drawn: Pictured) -> dict[str, Any]:
    chosen = frozenset(one.row for one in found.rows)
    return {
        "unit": found.unit,
        "chosen": [picked(one) for one in found.rows],
        "others": browsed(drawn.subject, drawn.part.attribution, chosen),
    }


def _rendered(place: Place, found: Explanation, template: str, figures: list[str], **facts: Any) -> str:
    cited = Cited(place.path, place.reports / JSON, html=template.endswith(".html"))
    return render(
        "specweave.explanation",
        template,
        e=cited.facts,
        v=cited.number,
        share=cited.share,
        signed=cited.signed,
        evidence=cited.listing,
        findings=cited.sentences(lambda show: wording.findings(found, show)),
        sentences=cited.sentences(
            lambda show: [wording.row_sentence(found, at, show) for at in range(len(found.rows))]
        ),
        lime_of=wording.lime_places,
        figures=figures,
        captions={name: caption(name) for name in figures},
        **facts,
    )


def _script() -> str:
    return _SCRIPT.read_text("utf-8")
