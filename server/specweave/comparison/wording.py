"""The verdict of a comparison in two or three sentences."""

from __future__ import annotations

from specweave.comparison.result import Compared, ExperimentComparison
from specweave.rendering import number


def verdict(found: ExperimentComparison) -> str:
    """Who is best, whether it beats the best baseline, and who is not distinguishable from it."""
    rows = found.comparable
    if not rows or found.best is None:
        return f"None of {len(found.experiments)} experiments can be compared: see the reasons."
    best = rows[0]
    sentences = [f"Best of {len(rows)} comparable experiments: {best.experiment}, {found.metric_title} {_value(best)}."]
    sentences.append(_on_baseline(found, best))
    tied = [one for one in rows[1:] if one.against_best is not None and one.against_best.verdict == "within noise"]
    if tied:
        names = ", ".join(one.experiment for one in tied[:5]) + (f" and {len(tied) - 5} more" if len(tied) > 5 else "")
        sentences.append(f"Within noise of it: {names}; prefer the simplest or cheapest of them.")
    outside = len(found.experiments) - len(rows)
    if outside:
        sentences.append(f"{outside} not comparable, each with its reason.")
    return " ".join(sentences)


def _on_baseline(found: ExperimentComparison, best: Compared) -> str:
    if found.baseline is None:
        return "No baseline was recorded, so nothing says whether it is any good."
    if best.experiment == found.baseline:
        return "It is a baseline: no candidate does better."
    judged = best.against_baseline
    if judged is None or judged.verdict == "not defined":
        return f"It could not be compared with the best baseline {found.baseline}."
    how = f"difference {number(judged.difference)}, {number(judged.low)} to {number(judged.high)}"
    relation = {"better": "better than", "worse": "worse than", "within noise": "within noise of"}[judged.verdict]
    return f"It is {relation} the best baseline {found.baseline} ({how}, corrected p {number(judged.p_holm)})."


def _value(one: Compared) -> str:
    interval = "" if one.low is None else f" ({number(one.low)} to {number(one.high)})"
    return number(one.value) + interval
