"""What speaks against reading too much into an explanation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from specweave.explanation.global_facts import (
    ColumnImportance,
    Dominating,
    Honesty,
    Permutation,
    Sensitive,
    Stability,
    Together,
)
from specweave.explanation.importance import Court, Shuffled, shuffled
from specweave.explanation.subject import Subject
from specweave.progress import Progress, silent
from specweave.rendering import number, percent

FloatArray = NDArray[np.float64]
TIED = 0.7
MOST_GROUPS = 5
MATTERS = 0.02
# Of a column that carries a model: its part of contributions (two limits), how many times what the next one's takes, and its part of the skill.
DOMINATES, NEARLY_ALL, AHEAD, FAR_AHEAD, SKILL = 0.5, 0.8, 3.0, 8.0, 0.8
# The part of the error of knowing nothing that a model with a leak has usually got rid of.
GOOD = 0.8
SHAKY = 0.9
ALONE = 0.8


def rank_agreement(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Spearman's rank correlation; None below three columns or where one side has no differences."""
    from scipy.stats import spearmanr

    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(spearmanr(a, b).statistic)


def stability(
    contributions: tuple[Sequence[float], Sequence[float]], shuffles: Sequence[Shuffled], seeds: tuple[int, int]
) -> Stability:
    """How alike two explanations by different seeds are, and those of models refitted without different folds."""
    by_seed = rank_agreement([one.by_seed[0] for one in shuffles], [one.by_seed[1] for one in shuffles])
    models = [
        value
        for i, j in combinations(range(len(shuffles[0].by_model) if shuffles else 0), 2)
        if (value := rank_agreement([s.by_model[i] for s in shuffles], [s.by_model[j] for s in shuffles])) is not None
    ]
    of_contributions = rank_agreement(*contributions)
    of_models = float(np.mean(models)) if models else None
    known = [value for value in (of_contributions, by_seed) if value is not None]
    return Stability(
        contributions=of_contributions,
        permutation=by_seed,
        models=of_models,
        seeds=seeds,
        sentence=_said(known, of_models),
    )


def _said(known: list[float], models: float | None) -> str:
    if not known:
        return "There are too few columns to compare explanations under two seeds."
    worst = min(known)
    how = "agree" if worst >= SHAKY else "differ: columns close to each other may change places"
    said = f"Two explanations under different seeds {how} (rank correlation of the columns {number(worst)})"
    return said + (f"; models refitted without different folds: {number(models)}." if models is not None else ".")


def dominating(columns: Sequence[ColumnImportance], measured: Permutation | None) -> Dominating | None:
    """The column that carries the model almost alone; None with fewer than three columns.

    Where shuffling was measured, it takes most of the skill. Of a model better than the answer to hard questions usually
    allows it takes eight times what the next one takes, or three times and holds half of all contributions; of any other it
    takes eight times and holds 0.8. A strong column among others, such as the sex of a passenger of the Titanic, is none.
    Where shuffling was not measured, it holds half of all contributions, three times the next one's.
    """
    if len(columns) < 3:
        return None
    first = _carrier_by_share(columns) if measured is None else _carrier_by_skill(columns, measured)
    if first is None:
        return None
    told = f"{first.column} carries {percent(first.share)} of all contributions"
    if first.skill_lost is not None:
        told = f"Shuffling {first.column} takes {skill_taken(first.skill_lost)} of the model's skill, and it {told[len(first.column) + 1 :]}"
    return Dominating(
        column=first.column,
        share=first.share,
        skill_lost=first.skill_lost,
        sentence=f"{told}: a possible leak. Make sure that its value is known before the answer is.",
    )


def skill_taken(lost: float) -> str:
    """A part of the skill; one column can take more than all, where the others then mislead."""
    return "all" if lost >= 1 else percent(lost)


def _carrier_by_share(columns: Sequence[ColumnImportance]) -> ColumnImportance | None:
    first, second = sorted(columns, key=lambda one: -one.share)[:2]
    return first if first.share >= max(DOMINATES, AHEAD * second.share) else None


def _carrier_by_skill(columns: Sequence[ColumnImportance], measured: Permutation) -> ColumnImportance | None:
    """Rates of these thresholds on real tables with and without planted leaks stand in docs/explanation.md."""
    if measured.loss_of_nothing <= 0 or any(one.skill_lost is None for one in columns):
        # A model that is no better than knowing nothing holds no leak.
        return None
    skill = 1 - measured.loss_kept / measured.loss_of_nothing
    first, second = sorted(columns, key=lambda one: -(one.skill_lost or 0.0))[:2]
    lost, ahead = first.skill_lost or 0.0, (first.skill_lost or 0.0) / max(second.skill_lost or 0.0, 1e-9)
    if lost < SKILL:
        return None
    if skill >= GOOD:
        carries = ahead >= FAR_AHEAD or (ahead >= AHEAD and first.share >= DOMINATES)
    else:
        carries = ahead >= FAR_AHEAD and first.share >= NEARLY_ALL
    return first if carries else None


def tied_groups(columns: Sequence[str], associations: FloatArray, shares: Sequence[float]) -> list[tuple[str, ...]]:
    """Columns tied by associations of at least 0.7 on average (average linkage), where one of them matters; the most
    important groups first.
    """
    if len(columns) < 2:
        return []
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    # Over single ties alone, columns that say nothing about each other would end in one group.
    tree = linkage(squareform(1 - associations, checks=False), method="average")
    number = fcluster(tree, 1 - TIED, criterion="distance")
    groups = [tuple(sorted(np.flatnonzero(number == one).tolist(), key=lambda at: -shares[at])) for one in set(number)]
    groups = [group for group in groups if len(group) > 1 and shares[group[0]] >= MATTERS]
    groups.sort(key=lambda group: -sum(shares[one] for one in group))
    return [tuple(columns[one] for one in group) for group in groups[:MOST_GROUPS]]


def together(
    subject: Subject,
    where: Court | None,
    singles: Sequence[ColumnImportance],
    associations: FloatArray,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[Together, ...]:
    """The groups of tied columns, with what shuffling all at once costs where that can be measured."""
    by_name = {one.column: one for one in singles}
    names = list(subject.columns)
    groups = tied_groups(names, associations, [by_name[name].share for name in names])
    joint = (
        shuffled(subject, where, groups, seed=seed, progress=progress) if where is not None else [None] * len(groups)
    )
    found = []
    for group, one in zip(groups, joint, strict=True):
        at = [names.index(name) for name in group]
        strongest = max(float(associations[i, j]) for i, j in combinations(at, 2))
        found.append(_together(group, strongest, one, [by_name[name] for name in group]))
    return tuple(found)


def _together(
    group: tuple[str, ...], strongest: float, joint: Shuffled | None, singles: list[ColumnImportance]
) -> Together:
    listed = f"{', '.join(group[:-1])} and {group[-1]}"
    said = f"{listed} go together (association up to {number(strongest)})"
    if joint is None:
        return Together(columns=group, association=strongest, sentence=f"{said} and share credit: read them as one.")
    single = sum(one.loss or 0.0 for one in singles)
    alone = max(singles, key=lambda one: one.loss or 0.0)
    leans = f"; the model leans on {alone.column}, and another could stand in for it"
    credit = leans if (alone.loss or 0.0) >= ALONE * joint.loss else " and share credit"
    return Together(
        columns=group,
        association=strongest,
        loss=joint.loss,
        low=joint.low,
        high=joint.high,
        sum_of_single=single,
        sentence=f"{said}{credit}: shuffling all at once raises the mean squared error by {number(joint.loss)}, "
        f"one at a time by {number(single)} in sum.",
    )


def honesty(
    of_stability: Stability,
    leading: Dominating | None,
    groups: tuple[Together, ...],
    protected: tuple[Sensitive, ...],
    cautions: Sequence[str] = (),
) -> Honesty:
    """All of it, with its sentences in order of gravity."""
    findings = [leading.sentence] if leading else []
    findings += [one.sentence for one in protected if one.read or one.proxies]
    findings += [one.sentence for one in groups]
    findings += [f"{text[0].upper()}{text[1:]}" for text in cautions]
    findings.append(of_stability.sentence)
    return Honesty(
        stability=of_stability, dominating=leading, together=groups, sensitive=protected, findings=tuple(findings)
    )
