"""The evaluation of a model that was trained elsewhere, in sentences."""

from __future__ import annotations

from specweave.evaluation.model_result import ModelEvaluation
from specweave.rendering import number, percent


def headline(found: ModelEvaluation) -> str:
    """The verdict in one line, without numbers."""
    if not found.others:
        return f"Not compared with another model: {found.experiment}"
    verdicts = {one.verdict for one in found.others}
    if len(found.others) == 1:
        one = found.others[0]
        words = {"better": "Better than", "worse": "Worse than", "within noise": "Within noise of"}
        return f"{words.get(one.verdict, 'No verdict against')} {one.name}: {found.experiment}"
    if verdicts == {"better"}:
        return f"Better than all {len(found.others)} others: {found.experiment}"
    counted = ", ".join(
        f"{sum(one.verdict == v for one in found.others)} {words}"
        for v, words in (
            ("better", "beaten"),
            ("within noise", "within noise"),
            ("worse", "ahead"),
            ("not defined", "undecided"),
        )
        if v in verdicts
    )
    return f"Against {len(found.others)} others ({counted}): {found.experiment}"


def reasons(found: ModelEvaluation) -> tuple[str, ...]:
    """The verdict's grounds, a sentence or two each."""
    mine = found.estimate(found.metric)
    assert mine is not None
    rows = f"on {number(found.n_test)} rows ({found.source})"
    if mine.value is None:
        said = [f"{found.metric} is not defined {rows} because {mine.undefined}."]
    else:
        ends = (
            ""
            if mine.low is None
            else f" ({percent(mine.level, 0)} interval {number(mine.low)} to {number(mine.high)})"
        )
        said = [f"{found.metric} {number(mine.value)}{ends} {rows}."]
    for one in found.others:
        c = one.comparison
        if c.difference is None:
            said.append(f"{one.name}: no comparison because {c.undefined}.")
            continue
        least = f" A difference of {number(one.power.difference, 2)} could have been shown." if one.power else ""
        said.append(
            f"{one.name} {number(one.value)}: difference {number(c.difference)} ({number(c.low)} to {number(c.high)}, "
            f"{c.test}, p {number(one.p_holm, 2)}): {one.verdict}.{least}"
        )
    if found.look_taken:
        said.append(f"Look {found.look_taken.number} of {found.look_taken.budget} at the sealed test set.")
    return tuple(said)
