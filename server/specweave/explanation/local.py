"""The chosen rows explained: contributions, LIME beside them, and what would change the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.chosen_rows import ChosenRow, answers, other_class, threshold_of
from specweave.explanation.counterfactuals import Found, Search
from specweave.explanation.freedom import Freedom, check_directions, freedoms
from specweave.explanation.lime import N_SAMPLES, lime
from specweave.explanation.local_facts import (
    Change,
    Counterfactual,
    Counterfactuals,
    LimeFit,
    LocalExplanation,
    Share,
)
from specweave.explanation.scales import Neighbourhood
from specweave.explanation.values import stepped_text, value_text
from specweave.progress import Progress, silent
from specweave.rendering import number

if TYPE_CHECKING:
    from specweave.explanation.attribution.result import Attribution
    from specweave.explanation.subject import Subject

MOST_SHARES = 15
_STRONG = 0.1
_SURE = 2.0
# Just below a threshold of ">=" the answer is another one.
_BELOW = 1e-9


@dataclass(frozen=True)
class LocalPlan:
    """What is asked of every row: the columns that may change, and whether the user named them."""

    free: tuple[Freedom, ...]
    named: bool
    near: Neighbourhood
    known: pd.DataFrame

    @classmethod
    def of(cls, subject: Subject, allow_change: Sequence[str], protected: Sequence[str] = ()) -> LocalPlan:
        """With no columns named, all but `protected`, dates and categories of many values may change."""
        # Values to propose are those the model learned from: of rows it has not seen there may be a single one.
        learned = subject.held_out.iloc[subject.sample(20_000)] if subject.seen else subject.background
        known = learned[list(subject.columns)]
        usual = [
            name
            for name in subject.columns
            if name not in protected and subject.readings.get(name) not in ("date", "many")
        ]
        chosen = allowed(subject, allow_change) if allow_change else freedoms(usual, subject.columns)
        near = Neighbourhood.of(known, subject.columns, seed=subject.seed)
        return cls(chosen, bool(allow_change), near, known)


def allowed(subject: Subject, allow_change: Sequence[str]) -> tuple[Freedom, ...]:
    """What the user lets change. Raises DataError for a column that is not there, or a direction it does not have."""
    chosen = freedoms(allow_change, subject.columns)
    check_directions(chosen, subject.background)
    return chosen


def explain_rows(
    subject: Subject,
    attribution: Attribution,
    chosen: Sequence[ChosenRow],
    plan: LocalPlan,
    *,
    progress: Progress = silent,
) -> tuple[LocalExplanation, ...]:
    """One explanation a row, in the order of `chosen`; `attribution` holds the same rows in the same order."""
    rows = subject.rows([one.number for one in chosen])
    found = []
    for at, one in enumerate(chosen):
        progress(at, len(chosen), f"row {one.number}: what would change the answer")
        found.append(_explained(subject, attribution, one, rows.iloc[[at]], at, plan=plan))
    return tuple(found)


def _explained(
    subject: Subject, attribution: Attribution, one: ChosenRow, row: pd.DataFrame, at: int, *, plan: LocalPlan
) -> LocalExplanation:
    score = subject.score(row)[0]
    answer = answers(subject, np.asarray(score)[None])[0]
    said = str(answer)
    explained = said if subject.task == "multiclass" else subject.positive
    mine = attribution.of_class(said) if subject.task == "multiclass" else attribution
    shares, others = _shares(mine, at, row)
    own = _own_score(subject, explained)
    fit = lime(own, row, subject.background, n_samples=subject.less(N_SAMPLES, 300), seed=subject.seed)
    return LocalExplanation(
        row=one.number,
        label=one.label,
        why=one.why,
        score=float(own(row)[0]),
        answer=number(float(answer)) if subject.task == "regression" else said,
        truth=_truth(subject, one.number),
        probabilities=dict(zip(subject.classes, map(float, score), strict=True))
        if subject.task == "multiclass"
        else {},
        explained=explained,
        base=float(mine.base),
        explained_score=float(mine.output[at]),
        shares=shares[:MOST_SHARES],
        others=others,
        n_others=max(0, len(shares) - MOST_SHARES),
        lime=_compared(fit, shares),
        counterfactuals=_changed(subject, row, np.asarray(score), plan),
    )


def _shares(attribution: Attribution, at: int, row: pd.DataFrame) -> tuple[tuple[Share, ...], float]:
    """All columns by the size of what they add, and the sum of those beyond the ones shown."""
    error = None if attribution.error is None else attribution.error[at]
    amounts = attribution.values[at]  # noqa: PD011 (an array of our own)
    found = [
        Share(
            column=name,
            value=value_text(row[name].iloc[0]),
            amount=float(amount),
            error=None if error is None else float(error[place]),
        )
        for place, (name, amount) in enumerate(zip(attribution.columns, amounts, strict=True))
    ]
    found.sort(key=lambda share: -abs(share.amount))
    return tuple(found), float(sum(share.amount for share in found[MOST_SHARES:]))


def _own_score(subject: Subject, explained: str | None) -> Callable[[pd.DataFrame], NDArray[np.float64]]:
    """The number the explanation is about: one class's probability, or the predicted value."""
    if subject.task != "multiclass":
        return subject.score
    place = subject.classes.index(str(explained))
    return lambda rows: subject.score(rows)[:, place]


def _truth(subject: Subject, row: int) -> str | None:
    if subject.truth is None:
        return None
    known = subject.truth[int(np.flatnonzero(subject.held_out.index == row)[0])]
    return number(float(known)) if subject.task == "regression" else str(known)


def _compared(fit: LimeFit, shares: Sequence[Share]) -> LimeFit:
    """LIME with its agreement: on columns strong in SHAP whose LIME weight is more than two errors from 0."""
    total = sum(abs(share.amount) for share in shares)
    weights = {one.column: one for one in fit.weights}
    strong = [
        (share.amount, weights[share.column].weight)
        for share in shares
        if abs(share.amount) >= _STRONG * total > 0
        and abs(weights[share.column].weight) > _SURE * weights[share.column].error
    ]
    agreement = float(np.mean([a * b > 0 for a, b in strong])) if strong else None
    return fit.model_copy(update={"weights": fit.weights[:MOST_SHARES], "agreement": agreement})


def _changed(subject: Subject, row: pd.DataFrame, score: NDArray[np.float64], plan: LocalPlan) -> Counterfactuals:
    names = tuple(map(str, plan.free))
    wish = _wish(subject, score)
    found = Search(wish.margin, row, plan.free, plan.near, plan.known).nearest()
    if not found and subject.task == "multiclass":
        wish, found = _any_other_class(subject, row, int(score.argmax()), plan)
    if not found:
        why = "changes of up to four of these columns, to values of the data seen together in it, were tried"
        return Counterfactuals(wanted=wish.wanted, allowed=names, none_because=why)
    return Counterfactuals(
        wanted=wish.wanted, allowed=names, found=tuple(_told(subject, row, one, wish) for one in found)
    )


def _any_other_class(subject: Subject, row: pd.DataFrame, place: int, plan: LocalPlan) -> tuple[_Wish, list[Found]]:
    """The class that is reached with the smallest change, and the changes that reach it."""

    def margin(rows: pd.DataFrame) -> NDArray[np.float64]:
        scores = subject.score(rows)
        others: NDArray[np.float64] = np.delete(scores, place, axis=1).max(axis=1)
        return others - scores[:, place] - _BELOW

    found = Search(margin, row, plan.free, plan.near, plan.known).nearest()
    if not found:
        return _Wish("another answer", margin, lambda rows: subject.score(rows)[:, place]), []
    reached = [int(subject.score(_after(row, one))[0].argmax()) for one in found]
    first = reached[0]
    return _wish_of_class(subject, first), [one for one, to in zip(found, reached, strict=True) if to == first]


@dataclass(frozen=True)
class _Wish:
    """Another answer in words, when it is reached, and the score that is reported for it."""

    wanted: str
    margin: Callable[[pd.DataFrame], NDArray[np.float64]]
    reported: Callable[[pd.DataFrame], NDArray[np.float64]]


def _wish(subject: Subject, score: NDArray[np.float64]) -> _Wish:
    """The other class, the second likeliest, or for a regression a usual step towards the middle of the data."""
    if subject.task == "binary":
        cut = threshold_of(subject)
        if score >= cut:
            return _Wish(other_class(subject), lambda rows: cut - _BELOW - subject.score(rows), subject.score)
        return _Wish(str(subject.positive), lambda rows: subject.score(rows) - cut, subject.score)
    if subject.task == "multiclass":
        # Of equally likely classes the answer is the first, so it is not its own runner-up.
        return _wish_of_class(subject, int(np.argsort(-score, kind="stable")[1]))
    usual = subject.score(subject.background)
    low, middle, high = np.quantile(usual, [0.25, 0.5, 0.75])
    goal = middle if abs(score - middle) > (high - low) / 4 else high
    said = stepped_text(float(goal), float(abs(score - goal)))
    if score < goal:
        return _Wish(f"at least {said}", lambda rows: subject.score(rows) - goal, subject.score)
    return _Wish(f"at most {said}", lambda rows: goal - subject.score(rows), subject.score)


def _wish_of_class(subject: Subject, place: int) -> _Wish:
    def margin(rows: pd.DataFrame) -> NDArray[np.float64]:
        scores = subject.score(rows)
        most: NDArray[np.float64] = np.delete(scores, place, axis=1).max(axis=1)
        return scores[:, place] - most - _BELOW

    return _Wish(subject.classes[place], margin, lambda rows: subject.score(rows)[:, place])


def _told(subject: Subject, row: pd.DataFrame, one: Found, wish: _Wish) -> Counterfactual:
    changed = _after(row, one)
    scores = subject.score(changed)
    answer = answers(subject, scores)[0]
    return Counterfactual(
        changes=tuple(
            Change(column=name, before=value_text(row[name].iloc[0]), after=value_text(value))
            for name, value in one.change.items()
        ),
        before=float(wish.reported(row)[0]),
        after=float(wish.reported(changed)[0]),
        answer=number(float(answer)) if subject.task == "regression" else str(answer),
        distance=one.distance,
        plausibility=one.plausibility,
    )


def _after(row: pd.DataFrame, one: Found) -> pd.DataFrame:
    """The row with the change made, each column in its type."""
    changed = row.copy()
    for name, value in one.change.items():
        changed[name] = pd.Series([value], index=row.index).astype(row[name].dtype)
    return changed
