"""Rows a reader can pick on the page beside the chosen ones: their waterfalls, without sentences of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from specweave.explanation.chosen_rows import answers
from specweave.explanation.local_facts import LocalExplanation
from specweave.explanation.values import value_text
from specweave.rendering import number

if TYPE_CHECKING:
    from specweave.explanation.attribution.result import Attribution
    from specweave.explanation.subject import Subject

MOST_BROWSED = 200


def browsed(
    subject: Subject, attribution: Attribution, leave_out: frozenset[int] = frozenset()
) -> list[dict[str, Any]]:
    """Up to 200 rows of the global attribution as the page draws them, in the order of their scores."""
    places = [at for at, row in enumerate(attribution.rows.tolist()) if row not in leave_out]
    if not places:
        return []
    if len(places) > MOST_BROWSED:
        # Rows stand in the order of the source: the first ones may all be of one time or place.
        places = [places[at] for at in np.linspace(0, len(places) - 1, MOST_BROWSED).round().astype(int)]
    part = attribution.take(np.array(places))
    rows = subject.rows(part.rows)
    scores = subject.score(rows)
    said = answers(subject, scores)
    found = [_row(subject, part, rows.iloc[at], scores[at], said[at], at=at) for at in range(len(places))]
    return sorted(found, key=lambda one: -one["score"])


def _row(subject: Subject, part: Attribution, row: Any, score: Any, said: Any, *, at: int) -> dict[str, Any]:
    mine = part.of_class(str(said)) if subject.task == "multiclass" else part
    amounts = mine.values[at]
    order = np.argsort(-np.abs(amounts), kind="stable").tolist()
    shares = [[mine.columns[n], value_text(row[mine.columns[n]]), float(amounts[n])] for n in order]
    return {
        "row": int(part.rows[at]),
        "label": f"row {int(part.rows[at])}",
        "answer": number(float(said)) if subject.task == "regression" else str(said),
        "score": float(np.max(score)),
        "base": float(mine.base),
        "total": float(mine.output[at]),
        "shares": shares,
    }


def picked(one: LocalExplanation) -> dict[str, Any]:
    """A chosen row as the page draws it."""
    left = [[f"{one.n_others} other columns", "", one.others]] if one.n_others else []
    changed = one.counterfactuals
    return {
        "row": one.row,
        "label": one.label,
        "why": one.why,
        "answer": one.answer,
        "truth": one.truth,
        "score": one.score,
        "base": one.base,
        "total": one.explained_score,
        "shares": [[share.column, share.value, share.amount] for share in one.shares] + left,
        "sentence": one.sentence,
        "lime": None if one.lime is None else one.lime.model_dump(mode="json", include={"weights", "fit", "agreement"}),
        "changes": None if changed is None else changed.model_dump(mode="json"),
    }
