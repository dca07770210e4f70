"""One explanation from the model to its documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from specweave.evaluation.model_documents import Place
from specweave.explanation import wording
from specweave.explanation.aside import Aside
from specweave.explanation.attribution.attributing import attribute
from specweave.explanation.by_value import by_value
from specweave.explanation.chosen_rows import answers, chosen_rows
from specweave.explanation.cited import plain
from specweave.explanation.documents import JSON, Pictured, write_documents
from specweave.explanation.drawing import global_pictures, local_pictures
from specweave.explanation.globally import explain_globally
from specweave.explanation.local import LocalPlan, allowed, explain_rows
from specweave.explanation.pace import paced
from specweave.explanation.recorded_subject import recorded_subject
from specweave.explanation.result import Explanation
from specweave.explanation.spaces import meaning, unit
from specweave.explanation.standing import standing_experiment
from specweave.explanation.subject import Subject
from specweave.explanation.surrogate import surrogate
from specweave.problem import Problem
from specweave.progress import Progress, silent
from specweave.witness_file import vouch
from specweave.workspace import IncrementFolder, lock

if TYPE_CHECKING:
    from specweave.explanation.attribution.result import Attribution
    from specweave.explanation.global_facts import GlobalFacts
    from specweave.explanation.local_facts import LocalExplanation, Surrogate

STEPS = 10
# Rows the surrogate learns from and is judged on.
LEARNED = 6_000
JUDGED = 3_000
# Fewer rows to explain are joined by those of the background.
FEW = 60


def explain_increment(
    folder: IncrementFolder,
    problem: Problem,
    *,
    experiment: str | None = None,
    rows: Sequence[str] = (),
    allow_change: Sequence[str] = (),
    aside: Aside | None = None,
    progress: Progress = silent,
) -> Explanation:
    """Explain one experiment's model on the training rows; the sealed test set stays closed.

    Without a name it is the one that was judged, before that the best by cross-validation; the explanation of another one
    goes to reports/EXPERIMENT/, so that the increment's own stays. `aside` does a part of the work (see `aside.helping`).

    Raises ExperimentError when nothing is trained, ModelError when the model does not load, DataError for rows or
    columns that are not there.
    """
    with lock(folder.data / ".explanation.lock"):
        progress(0, STEPS, "loading the model and the training rows")
        own = standing_experiment(folder, problem)
        subject = recorded_subject(folder, problem, experiment=experiment or own)
        other = subject.experiment != own
        place = Place(folder.path, folder.reports / subject.experiment if other else folder.reports)
        found = explain(
            subject, place, problem=problem, rows=rows, allow_change=allow_change, aside=aside, progress=progress
        )
        vouch(folder, place.reports / JSON)
        return found


def explain(
    subject: Subject,
    place: Place,
    *,
    problem: Problem,
    rows: Sequence[str] = (),
    allow_change: Sequence[str] = (),
    aside: Aside | None = None,
    progress: Progress = silent,
) -> Explanation:
    """The whole explanation of a subject, written to `place`. Errors of what is asked for come before the long work."""
    aside = aside or Aside()
    subject = paced(replace(subject, quick=by_value(subject, subject.model)))
    chosen = chosen_rows(subject, rows)
    allowed(subject, allow_change)
    numbers = [one.number for one in chosen]
    part = explain_globally(subject, also=numbers, aside=aside, progress=_part(progress, 0, 6))
    pictures = global_pictures(part, aside)
    protected = tuple(dict.fromkeys([*subject.sensitive, *wording.sensitive_names(part.facts)]))
    plan = LocalPlan.of(subject, allow_change, protected)
    progress(6, STEPS, f"explaining {len(chosen)} rows")
    attribution = part.also or attribute(subject, subject.rows(numbers))
    told = explain_rows(subject, attribution, chosen, plan, progress=_part(progress, 6, 8))
    pictures |= local_pictures(told, unit(subject, attribution), subject.target, aside)
    progress(8, STEPS, "rules that imitate the model")
    found = _facts(subject, attribution, part.facts, told, plan, rules=_imitated(subject))
    progress(9, STEPS, "figures, report, page and model card")
    written = write_documents(place, found, Pictured(subject, part, pictures), problem)
    progress(STEPS, STEPS, written.headline)
    return written


def _facts(
    subject: Subject,
    attribution: Attribution,
    overall: GlobalFacts,
    told: tuple[LocalExplanation, ...],
    plan: LocalPlan,
    *,
    rules: Surrogate,
) -> Explanation:
    found = Explanation(
        increment=subject.increment,
        experiment=subject.experiment or subject.name,
        model_sha256=subject.model_sha256,
        task=subject.task,
        target=subject.target,
        output=subject.output,
        classes=subject.classes,
        positive=subject.positive,
        threshold=subject.threshold,
        columns=subject.columns,
        explained_on=subject.held_out_is,
        n_rows=len(subject.held_out),
        n_training=subject.n_training,
        space=attribution.space,
        unit=unit(subject, attribution),
        meaning=meaning(subject, attribution),
        method=attribution.method,
        background=attribution.background,
        n_background=attribution.n_background,
        exact=attribution.exact,
        gap=attribution.gap,
        rounding=attribution.rounding,
        overall=overall,
        rows=told,
        allowed=tuple(map(str, plan.free)),
        allowed_by_user=plan.named,
        surrogate=rules,
        cautions=subject.cautions,
    )
    show = plain(found.model_dump(mode="json"))
    said = [wording.row_sentence(found, at, show) for at in range(len(told))]
    rows = tuple(one.model_copy(update={"sentence": text}) for one, text in zip(told, said, strict=True))
    found = found.model_copy(update={"rows": rows, "headline": wording.headline(found)})
    return found.model_copy(update={"findings": tuple(wording.findings(found, show))})


def _imitated(subject: Subject) -> Surrogate:
    """Taught on one part of the rows and judged on another, drawn apart."""
    rows = subject.held_out.iloc[subject.sample(subject.less(LEARNED + JUDGED, 450))][list(subject.columns)]
    if len(rows) < FEW:
        rows = pd.concat([rows, subject.background[list(subject.columns)]])
    shuffled = rows.sample(frac=1.0, random_state=subject.seed)
    cut = round(len(shuffled) * LEARNED / (LEARNED + JUDGED))
    return surrogate(
        subject.score,
        None if subject.task == "regression" else lambda scores: answers(subject, scores),
        shuffled.iloc[:cut],
        shuffled.iloc[cut:],
        columns=subject.columns,
        classes=subject.classes,
        seed=subject.seed,
    )


def _part(progress: Progress, start: float, end: float) -> Progress:
    """Progress of a part of the work as progress of the whole."""

    def told(done: float, total: float, message: str) -> None:
        progress(start + (end - start) * min(1.0, done / total if total else 0.0), STEPS, message)

    return told
