"""What the numbers of contributions are, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specweave.explanation.attribution.result import Attribution
    from specweave.explanation.subject import Subject


def unit(subject: Subject, attribution: Attribution) -> str:
    """The unit as an axis is labelled with it."""
    return {
        "log-odds": f"log-odds of {subject.target} = {subject.positive}",
        "probability": "probability",
        "class score": "score of the answered class",
        "target units": subject.target,
        "share of answers": "share of answers",
    }[attribution.space]


def short_unit(space: str) -> str:
    """The unit beside the first number of a sentence; nothing where the number's own unit is clear."""
    return {"log-odds": "in log-odds", "class score": "in class score"}.get(space, "")


def meaning(subject: Subject, attribution: Attribution) -> str:
    """Two sentences: what a contribution counts in, and what it was computed against."""
    what = {
        "log-odds": f"contributions are in log-odds of {subject.target} = {subject.positive}: +0.69 doubles the odds, −0.69 halves them",
        "probability": f"contributions are parts of the {subject.output}"
        if subject.task == "binary"
        else "contributions are parts of the answered class's probability",
        "class score": "contributions are in the score of the answered class, before scores become probabilities",
        "target units": f"contributions are in units of {subject.target}",
        "share of answers": "contributions are parts of the share of rows that are answered so",
    }[attribution.space]
    return (
        f"{what[0].upper()}{what[1:]}. Average answer + all contributions = the row's answer ({attribution.method}), "
        f"against {attribution.background}.{_rounding(attribution)}"
    )


def _rounding(attribution: Attribution) -> str:
    if not attribution.rounding:
        return ""
    return (
        " The row's answer is that of the trees in double precision; the library adds up in single precision, which moves it by "
        f"at most {attribution.rounding:.0e} here."
    )
