"""A model card in the format of the Hugging Face hub, filled from evidence and nothing else.

What nobody recorded is called not recorded. The card is checked by reading it back through huggingface_hub's own parser;
its online validation is not called.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specweave.errors import ModelError
from specweave.evaluation.model_documents import Place
from specweave.explanation.cited import Cited
from specweave.explanation.result import Explanation
from specweave.explanation.wording import findings
from specweave.metrics import get_metric
from specweave.problem import Problem
from specweave.rendering import render
from specweave.workspace import read_json, write_text

CARD = "model-card.md"
_TAGS = {"binary": "tabular-classification", "multiclass": "tabular-classification", "regression": "tabular-regression"}
SECTIONS = ("Intended use", "Data", "Metrics", "What it relies on", "Limits")


@dataclass(frozen=True)
class CardFacts:
    """What a card is filled from: the explanation, and of an increment its problem and its evaluation."""

    place: Place
    found: Explanation
    problem: Problem
    evaluation: Path | None


def write_model_card(facts: CardFacts) -> Path:
    """reports/model-card.md, read back once. Raises ModelError when the library does not take it."""
    text = card_text(facts)
    check_card(text)
    return write_text(facts.place.reports / CARD, text)


def evaluation_of(place: Place, experiment: str) -> Path | None:
    """The evaluation.json beside the explanation, where it is about the same experiment."""
    path = place.reports / "evaluation.json"
    found = read_json(path, default=None)
    return path if isinstance(found, dict) and found.get("experiment") == experiment else None


def card_text(facts: CardFacts) -> str:
    """The whole card: metadata as YAML, then the sections with cited numbers."""
    explained = Cited(facts.place.path, facts.place.reports / "explanation.json", html=False)
    judged = (
        Cited(facts.place.path, facts.evaluation, html=False, evidence=explained.evidence) if facts.evaluation else None
    )
    body = render(
        "specweave.explanation",
        CARD,
        e=explained.facts,
        v=explained.number,
        share=explained.share,
        findings=explained.sentences(lambda show: findings(facts.found, show)),
        judged=None if judged is None else judged.facts,
        j=None if judged is None else judged.number,
        problem=facts.problem,
        title_of=_title,
        evidence=explained.listing,
    )
    return f"---\n{_metadata(facts, judged).to_yaml()}\n---\n\n{body}"


def _metadata(facts: CardFacts, judged: Cited | None) -> Any:
    from huggingface_hub import EvalResult, ModelCardData

    found, tag = facts.found, _TAGS[facts.found.task]
    data = facts.problem.data.location if facts.problem.data else found.target
    results = [
        EvalResult(
            task_type=tag,
            dataset_type="tabular",
            dataset_name=f"{data} (sealed test set)",
            dataset_split="test",
            metric_type=one["metric"],
            metric_name=_title(one["metric"]),
            metric_value=one["value"],
        )
        for one in (judged.facts["estimates"] if judged else [])
        if one["value"] is not None
    ]
    return ModelCardData(
        model_name=found.experiment,
        pipeline_tag=tag,
        tags=["tabular", found.task],
        metrics=[result.metric_type for result in results] or None,
        eval_results=results or None,
    )


def _title(metric: str) -> str:
    return get_metric(metric).title


def check_card(text: str) -> None:
    """Read the card back: metadata parse, results survive, no section is missing. Raises ModelError."""
    from huggingface_hub import ModelCard

    try:
        card = ModelCard(text)
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(f"The model card does not read back: {error}") from error
    missing = [name for name in SECTIONS if f"\n## {name}\n" not in card.text]
    if missing:
        raise ModelError("The model card lacks sections", value=", ".join(missing))
