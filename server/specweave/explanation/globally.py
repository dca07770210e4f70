"""The global part of an explanation from one subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.ale import local_effects
from specweave.explanation.aside import Aside
from specweave.explanation.association import associations
from specweave.explanation.attribution import Attribution, Enough
from specweave.explanation.attribution.attributing import exact_attribution
from specweave.explanation.attribution.sampling import sample_attribution
from specweave.explanation.dependence import dependence
from specweave.explanation.global_facts import ColumnImportance, Contributions, GlobalFacts, Permutation
from specweave.explanation.honesty import dominating, honesty, stability, together
from specweave.explanation.importance import (
    LEVEL,
    REPEATS,
    Court,
    Shuffled,
    court,
    loss_of_nothing,
    losses,
    metric_of,
    shuffled,
)
from specweave.explanation.interactions import interaction_space, interactions
from specweave.explanation.own_importance import own_importance
from specweave.explanation.sensitive import proxies_asked, sensitive
from specweave.explanation.subject import ORDERED, Subject
from specweave.progress import Progress, silent

FloatArray = NDArray[np.float64]
EXACT_ROWS, SAMPLED_ROWS = 1_000, 100
ASSOCIATION_ROWS = 5_000
CORRELATED = 0.5
MOST_SHOWN = 20
MOST_LOCAL = 8
STEPS = 8


@dataclass(frozen=True, eq=False)
class GlobalPart:
    """The facts, the contributions and raw rows their figures are drawn from, and the contributions of rows asked for beside."""

    facts: GlobalFacts
    attribution: Attribution
    rows: pd.DataFrame
    also: Attribution | None = None


def explain_globally(
    subject: Subject,
    *,
    seed: int | None = None,
    also: Sequence[int] = (),
    aside: Aside | None = None,
    progress: Progress = silent,
) -> GlobalPart:
    """Importance, dependence, local effects, interactions and honesty checks of a model, in raw columns.

    Contributions are worked out twice, on samples of the rows drawn by the seeds s and s + 1, which are compared and then
    taken together. Where there is an exact route, those of the rows in `also` come with them at little cost.
    """
    seed, aside = subject.seed if seed is None else seed, aside or Aside()
    told = proxies_asked(subject, aside)
    parts, beside = _contributions(subject, seed, also, _step(progress, 0))
    where = court(subject, aside=aside, progress=_step(progress, 1))
    open_court = where if isinstance(where, Court) else None
    singles = [(name,) for name in subject.columns]
    lost = [] if open_court is None else shuffled(subject, open_court, singles, seed=seed, progress=_step(progress, 2))
    permutation = None if open_court is None else _permutation(subject, open_court)
    whole = _joined(*parts)
    own, what = own_importance(subject)
    columns = _columns(subject, whole, lost, permutation, own)
    ranked = [one.column for one in columns]
    tied = _associations(subject)
    facts = GlobalFacts(
        output=subject.output,
        space=whole.space,
        classes=subject.classes,
        n_columns=len(subject.columns),
        columns=columns,
        contributions=_meaning(whole),
        permutation=permutation,
        no_permutation=where if isinstance(where, str) else None,
        own_importance=what,
        dependence=dependence(subject, ranked[:MOST_SHOWN], seed=seed, progress=_step(progress, 3)),
        local_effects=local_effects(
            subject, _correlated(subject, ranked, tied), seed=seed, progress=_step(progress, 4)
        ),
        interactions=interactions(subject, ranked, seed=seed, progress=_step(progress, 5)),
        interaction_space=interaction_space(subject),
        honesty=honesty(
            stability((_sizes(parts[0]), _sizes(parts[1])), lost, (seed, seed + 1)),
            dominating(columns, permutation),
            together(subject, open_court, columns, tied, seed=seed, progress=_step(progress, 6)),
            sensitive(subject, {one.column: one.share for one in columns}, told, progress=_step(progress, 7)),
            subject.cautions,
        ),
        sampled=_sampled(subject, whole),
    )
    progress(STEPS, STEPS, "the global part is done")
    return GlobalPart(facts, whole, subject.rows(whole.rows), beside)


def _step(progress: Progress, number: int) -> Progress:
    def told(done: float, total: float, message: str) -> None:
        progress(number + done / max(total, 1), STEPS, message)

    return told


def _contributions(
    subject: Subject, seed: int, also: Sequence[int], progress: Progress
) -> tuple[tuple[Attribution, Attribution], Attribution | None]:
    """Two samples of rows by two seeds, one after the other, each explained by its own seed; and the rows in `also`."""
    order = np.random.default_rng(seed).permutation(len(subject.held_out))
    first, second = _halves(order[: 2 * EXACT_ROWS])
    beside = pd.Index(subject.held_out.index).get_indexer(pd.Index(also)) if also else np.empty(0, dtype=np.int64)
    progress(0, 2, f"contributions in {len(first) + len(second):,} rows")
    found = exact_attribution(subject, subject.held_out.iloc[np.concatenate([first, second, beside])])
    if found is not None:
        ends = np.cumsum([len(first), len(second)])
        one, other, rest = (found.take(places) for places in np.split(np.arange(len(found)), ends))
        return (one, other), rest if also else None
    sampled = []
    for part, drawn in enumerate(_halves(order[: 2 * subject.less(SAMPLED_ROWS, 12)])):
        progress(part, 2, f"contributions in {len(drawn):,} rows, by sampling")
        own = replace(subject, background=_background(subject, seed + part))
        sampled.append(sample_attribution(own, subject.held_out.iloc[drawn], seed=seed + part, enough=Enough()))
    return (sampled[0], sampled[1]), None


def _halves(order: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first and the second half of the places, each in ascending order; a single one is both."""
    first, second = np.array_split(order, 2) if len(order) > 1 else (order, order)
    return np.sort(first), np.sort(second)


def _background(subject: Subject, seed: int) -> pd.DataFrame:
    """The same background in another order, from which sampling draws."""
    return subject.background.sample(frac=1.0, random_state=seed)


def _joined(first: Attribution, second: Attribution) -> Attribution:
    def both(name: str) -> FloatArray:
        return np.concatenate([getattr(first, name), getattr(second, name)])

    return replace(
        first,
        values=both("values"),
        output=both("output"),
        rows=both("rows").astype(first.rows.dtype),
        error=None if first.error is None or second.error is None else both("error"),
        rounding=max(first.rounding, second.rounding),
    )


def _sizes(found: Attribution) -> list[float]:
    """Mean size of each column's contributions, over rows and classes."""
    sizes = np.abs(found.values).mean(axis=0)
    return [float(value) for value in (sizes if sizes.ndim == 1 else sizes.mean(axis=1))]


def _columns(
    subject: Subject,
    whole: Attribution,
    lost: list[Shuffled],
    permutation: Permutation | None,
    own: dict[str, float] | None,
) -> tuple[ColumnImportance, ...]:
    sizes = _sizes(whole)
    total = sum(sizes) or 1.0
    spread = np.abs(whole.values).reshape(len(whole), len(sizes), -1).mean(axis=2).std(axis=0)
    by_name = {one.columns[0]: one for one in lost}
    skill = None if permutation is None else permutation.loss_of_nothing - permutation.loss_kept
    found = []
    for place, name in enumerate(subject.columns):
        one = by_name.get(name)
        found.append(
            ColumnImportance(
                column=name,
                contribution=sizes[place],
                share=sizes[place] / total,
                contribution_error=float(spread[place] / np.sqrt(len(whole))),
                loss=one.loss if one else None,
                low=one.low if one else None,
                high=one.high if one else None,
                skill_lost=one.loss / skill if one and skill is not None and skill > 0 else None,
                metric_lost=one.metric_lost if one else None,
                own=None if own is None else own[name],
            )
        )
    return tuple(sorted(found, key=lambda one: -one.contribution))


def _permutation(subject: Subject, where: Court) -> Permutation:
    n = where.n_rows
    kept = nothing = 0.0
    metrics, apart = [], []
    for case in where.cases:
        scores = subject.score(case.rows, model=case.model)
        kept += float(losses(subject, scores, case.truth).sum()) / n
        nothing += loss_of_nothing(subject, case.truth) * len(case.rows) / n
        metrics.append(metric_of(subject, scores, case.truth))
        apart.append(_apart(subject, case.rows, scores))
    known = [value for value in metrics if value is not None]
    differences = [value for value in apart if value is not None]
    return Permutation(
        loss="mean squared error" if subject.task == "regression" else "mean squared error of the probabilities",
        loss_kept=kept,
        loss_of_nothing=nothing,
        metric=subject.metric,
        metric_kept=float(np.mean(known)) if known else None,
        n_rows=n,
        n_models=len(where.cases),
        repeats=REPEATS,
        level=LEVEL,
        rows_are=where.rows_are,
        unseen=where.unseen,
        same_as_recorded=max(differences) if differences else None,
    )


def _apart(subject: Subject, rows: pd.DataFrame, scores: FloatArray) -> float | None:
    """How far a refitted model's answers are from the recorded out-of-fold ones for the same rows."""
    known = subject.out_of_fold
    if known is None or known.rows is None or not subject.seen or subject.refit is None:
        return None
    recorded = known.labels if subject.task == "regression" else known.positive_scores
    if subject.task == "multiclass" or recorded is None:
        return None
    by_row = pd.Series(np.asarray(recorded, dtype=np.float64), index=np.asarray(known.rows))
    if by_row.index.has_duplicates:
        return None
    difference = np.abs(by_row.reindex(rows.index).to_numpy() - scores)
    return None if np.isnan(difference).all() else float(np.nanmax(difference))


def _associations(subject: Subject) -> FloatArray:
    rows = subject.held_out.iloc[subject.sample(ASSOCIATION_ROWS)]
    return associations(rows, {name: subject.readings.get(name, "category") for name in subject.columns})


def _correlated(subject: Subject, ranked: list[str], tied: FloatArray) -> list[tuple[str, str, float]]:
    """Numbers and dates that go with another column, the most important first, with the column they go with most."""
    names = list(subject.columns)
    found = []
    for name in ranked:
        at = names.index(name)
        others = tied[at].copy()
        others[at] = 0.0
        if len(names) > 1 and others.max() >= CORRELATED and subject.readings.get(name) in ORDERED:
            found.append((name, names[int(others.argmax())], float(others.max())))
    return found[:MOST_LOCAL]


def _meaning(whole: Attribution) -> Contributions:
    return Contributions(
        space=whole.space,
        method=whole.method,
        background=whole.background,
        n_background=whole.n_background,
        n_rows=len(whole),
        base=tuple(np.atleast_1d(whole.base).tolist()),
        gap=whole.gap,
        exact=whole.exact,
        classes=whole.classes,
        error=None if whole.error is None else float(np.sqrt((whole.error**2).mean())),
        stopped=whole.stopped,
    )


def _sampled(subject: Subject, whole: Attribution) -> tuple[str, ...]:
    said = []
    n = len(subject.held_out)
    if len(whole) < n:
        said.append(f"contributions: {len(whole):,} of {n:,} rows; each column's error is given with its size")
    if len(subject.columns) > MOST_SHOWN:
        said.append(f"dependence: the {MOST_SHOWN} most important of {len(subject.columns)} columns")
    return tuple(said)
