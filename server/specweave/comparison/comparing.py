"""All experiments of an increment against the best baseline and against the best so far."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any

import pandas as pd

from specweave import spec_file
from specweave.comparison.documents import write_documents
from specweave.comparison.entrants import Entrant, Step, entrants
from specweave.comparison.integrity import doubts, why_not_alike
from specweave.comparison.judging import LEVEL, Judge, Value
from specweave.comparison.kept import Kept
from specweave.comparison.records import Records
from specweave.comparison.result import Compared, ExperimentComparison
from specweave.comparison.wording import verdict
from specweave.data.seal import Seal, is_sealed, read_seal, training_rows
from specweave.errors import ExperimentError
from specweave.experiments.index import collector_paused
from specweave.experiments.metric_history import read_history
from specweave.experiments.naming import find_all, numbered_names
from specweave.metrics import behaviour, default_metric, get_metric
from specweave.progress import Progress, silent
from specweave.workspace import IncrementFolder, Workspace

MOST_CURVES = 8
_STEPS = 5
_TOLD_EVERY = 100
Curve = tuple[tuple[float, float], ...]


def compare_experiments(
    increment: str | int | IncrementFolder,
    *,
    experiments: Sequence[str | int] | None = None,
    metric: str | None = None,
    write: bool = True,
    project: str | None = None,
    progress: Progress = silent,
) -> ExperimentComparison:
    """Compare experiments on the out-of-fold predictions they stored; the sealed test set is not touched.

    Each is better than, within noise of, or worse than the best baseline and the best experiment so far, by a test paired
    on rows and corrected for the number of comparisons (Holm 1979). Records of another split, without predictions or
    unfinished are listed with the reason.

    Parameters
    ----------
    increment : str, int or IncrementFolder
        ``"0042"``, ``42``, ``"0042-name"`` or the folder.
    experiments : sequence, optional
        Only these (``"exp-003"``); the best baseline is always among them.
    metric : str, optional
        The problem's metric when absent.
    write : bool
        Whether experiment-comparison.json, .md, .html and the figures are written to reports/.
    project : str, optional
        The project folder, when it is not the working directory.
    progress : Progress

    Returns
    -------
    ExperimentComparison

    Raises
    ------
    ExperimentError
        Nothing was recorded yet, or an experiment is named that is not there.
    """
    folder = increment if isinstance(increment, IncrementFolder) else Workspace.find(project).increment(increment)
    with collector_paused(), Kept(folder.experiments) as kept:
        result = _compare(folder, kept, experiments, metric, progress)
        progress(_STEPS - 1, _STEPS, "writing the reports")
        return write_documents(folder, result, kept) if write else result


def _compare(
    folder: IncrementFolder,
    kept: Kept,
    experiments: Sequence[str | int] | None,
    metric: str | None,
    progress: Progress,
) -> ExperimentComparison:
    names = numbered_names(folder.experiments)
    wanted = None if experiments is None else set(find_all(folder.experiments, experiments))
    if not names:
        raise ExperimentError(
            "Nothing was recorded in this increment yet",
            value=folder.id,
            next_step=f'call run_experiment with increment="{folder.id}"',
        )
    progress(0, _STEPS, f"reading {len(names):,} records")
    sealed = read_seal(folder) if is_sealed(folder) else None
    step = _telling(progress, kept, 0, "reading", len(names))
    records = Records(folder)
    found = entrants(records, names, kept, step, wanted=wanted, seal=sealed.id if sealed else None)
    judge = Judge(_metric(folder, metric, found), kept, _groups(folder, sealed))
    return _compared(folder, records, found, judge, wanted=wanted, progress=progress)


def _telling(progress: Progress, kept: Kept, part: int, deed: str, total: int) -> Step:
    """Tells progress of one part for every hundred records that had to be worked out; those known cost nothing."""
    told = kept.made

    def step(at: int) -> None:
        nonlocal told
        if kept.made >= told + _TOLD_EVERY:
            told = kept.made
            # It is paused, because of the many small objects of what is kept; working out is what leaves rubbish.
            gc.collect(0)
            progress(part + at / max(total, 1), _STEPS, f"{deed}: {at:,} of {total:,} predictions")

    return step


def _metric(folder: IncrementFolder, named: str | None, found: Sequence[Entrant]) -> str:
    if named is not None:
        return get_metric(named).name
    problem = spec_file.read_problem(folder) if folder.spec.is_file() else None
    if problem is not None and problem.metric:
        return problem.metric
    first = next((one.split for one in found if one.why_not is None), None)
    return default_metric(first.task if first is not None else "binary")


def _compared(
    folder: IncrementFolder,
    records: Records,
    found: Sequence[Entrant],
    judge: Judge,
    *,
    wanted: set[str] | None,
    progress: Progress,
) -> ExperimentComparison:
    metric = judge.metric
    usable = [one for one in found if one.why_not is None]

    def telling(part: int, deed: str) -> Step:
        return _telling(progress, judge.kept, part, deed, len(usable))

    values = judge.estimates(usable, telling(1, f"{metric} with interval"))
    _leave_out_unlike(judge.kept, records, usable, metric, values)
    order = _believed(folder, _ranked(usable, values, metric), wanted)
    baseline = next((one for one in order if one.kind == "baseline"), None)
    if wanted is not None:
        kept = wanted | ({baseline.id} if baseline else set())
        found = [one for one in found if one.id in kept]
        order = [one for one in order if one.id in kept]
    best = order[0] if order else None
    of_baseline = judge.against(baseline, order, telling(2, "against the best baseline")) if baseline else {}
    of_best = judge.against(best, order, telling(3, "against the best so far")) if best else {}
    inside = {one.id for one in order}
    rows = [
        _row(
            one,
            value=values[one.id].value,
            low=values[one.id].low,
            high=values[one.id].high,
            n=values[one.id].n,
            against_baseline=of_baseline.get(one.id),
            against_best=of_best.get(one.id),
            history=_curve(one, place, metric),
        )
        for place, one in enumerate(order)
    ]
    rows += [
        _row(one, not_comparable=_why_outside(one, metric, values.get(one.id))) for one in found if one.id not in inside
    ]
    about = get_metric(metric)
    result = ExperimentComparison(
        increment=folder.id,
        metric=metric,
        metric_title=about.title,
        greater_is_better=about.greater_is_better,
        level=LEVEL,
        baseline=baseline.id if baseline else None,
        best=best.id if best else None,
        experiments=tuple(rows),
        verdict="",
    )
    return result.model_copy(update={"verdict": verdict(result)})


def _ranked(usable: Sequence[Entrant], values: dict[str, Value], metric: str) -> list[Entrant]:
    """Best first; those without a value of the metric, or unlike, are left out. The earlier one of equals comes first."""
    sign = -1 if get_metric(metric).greater_is_better else 1
    return sorted(
        (one for one in usable if one.why_not is None and values[one.id].value is not None),
        key=lambda one: sign * (values[one.id].value or 0.0),
    )


def _believed(folder: IncrementFolder, ranked: Sequence[Entrant], wanted: set[str] | None) -> list[Entrant]:
    """Those that no tool doubts; the others get the reason."""
    doubted = doubts(folder, ranked, wanted or set())
    for one in ranked:
        if one.id in doubted:
            one.why_not = f"it {doubted[one.id]}"
    return [one for one in ranked if one.why_not is None]


def _groups(folder: IncrementFolder, sealed: Seal | None) -> pd.Series | None:
    return training_rows(folder)[sealed.group] if sealed is not None and sealed.group else None


def _leave_out_unlike(
    kept: Kept, records: Records, found: Sequence[Entrant], metric: str, values: dict[str, Value]
) -> None:
    """Those whose record says another value of the metric than their predictions give now."""
    question = kept.question(f"alike {metric} {behaviour(metric)}", ("why_not",))
    known = question.known_of({one.id: one.files for one in found})
    for one in found:
        answer = known.get(one.id)
        if answer is None:
            answer = (why_not_alike(records[one.id], metric, values[one.id].value),)
            question.keep(one.id, one.files if one.settled else None, answer)
        one.why_not = answer[0]


def _row(one: Entrant, **judged: Any) -> Compared:
    facts = one.facts
    return Compared(
        experiment=one.id,
        name=facts.name,
        kind=facts.kind,
        status=facts.status,
        params=facts.params,
        seconds=facts.seconds,
        **judged,
    )


def _why_outside(one: Entrant, metric: str, value: Value | None) -> str:
    undefined = f"{metric} is not defined for it, {value.undefined}" if value is not None else None
    return one.why_not or undefined or "it has no value"


def _curve(one: Entrant, place: int, metric: str) -> Curve:
    """The metric step by step, the last value of each step, of those that are drawn."""
    if place >= MOST_CURVES:
        return ()
    steps: dict[float, float] = {}
    for line in read_history(one.path):
        if line["name"] == metric and line.get("step") is not None and line.get("value") is not None:
            steps[float(line["step"])] = float(line["value"])
    return tuple(sorted(steps.items()))
