"""Which experiment is chosen, on out-of-fold predictions alone.

The highest value wins, with two exceptions that keep the third decimal from deciding:

* a combination has to be better than its best member beyond noise, because it costs as much as all of them;
* among models that are tied (within noise of the best, and less than 1 % of its remaining error apart) a model at
  least five times cheaper to fit and predict is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from specweave.metrics import Comparison, Predictions, UndefinedMetric, compare, get_metric, margin
from specweave.rendering import number
from specweave.training.setup import Setup
from specweave.training.trial import Trial

TIED_MARGIN = 0.01
CHEAPER = 5.0
RESAMPLES = 500


@dataclass(frozen=True)
class Choice:
    """The chosen trial and the sentence on it."""

    trial: Trial
    why: str


def ranked(setup: Setup, trials: list[Trial]) -> list[Trial]:
    """Best first by the out-of-fold value; trials without a value last."""
    sign = 1 if get_metric(str(setup.problem.metric)).greater_is_better else -1
    return sorted(trials, key=lambda t: (t.value is None, -sign * (t.value or 0.0)))


def compared(setup: Setup, a: Predictions, b: Predictions) -> Comparison:
    """a against b, resampling whole groups where the split goes by groups."""
    groups = setup.groups
    return compare(
        str(setup.problem.metric),
        a,
        b,
        n_resamples=RESAMPLES,
        seed=setup.problem.seed,
        groups=None if groups is None or a.rows is None else groups.reindex(a.rows).astype(str).to_numpy(),
    )


def choose(setup: Setup, trials: list[Trial]) -> Choice:
    """The chosen one among finished trials; baselines take part, because a candidate need not be better."""
    order = ranked(setup, trials)
    metric = str(setup.problem.metric)
    best = order[0]
    why = f"{best.attempt.name} has the best out-of-fold {metric}, {_value(best)}."
    if best.attempt.members:
        single = next(t for t in order if not t.attempt.members)
        if compared(setup, best.predictions, single.predictions).verdict != "better":
            why = (
                f"{single.attempt.name} has the best out-of-fold {metric} of all single models, {_value(single)}; "
                f"the {best.attempt.name} ({_value(best)}) is within noise of it."
            )
            best = single
        else:
            return Choice(best, f"{why} It is better than each of its members beyond noise.")
    cheaper = _cheaper_tie(setup, best, order)
    if cheaper is None:
        return Choice(best, why)
    times = _cost(best) / max(_cost(cheaper), 1e-9)
    return Choice(
        cheaper,
        f"{cheaper.attempt.name} ({metric} {_value(cheaper)}) is tied with {best.attempt.name} ({_value(best)}) and "
        f"{times:.0f} times cheaper.",
    )


def _cheaper_tie(setup: Setup, best: Trial, order: list[Trial]) -> Trial | None:
    tied = [
        trial
        for trial in order
        if trial is not best
        and not trial.attempt.members
        and _cost(trial) * CHEAPER <= _cost(best)
        and _near(setup, best, trial)
        and compared(setup, trial.predictions, best.predictions).verdict == "within noise"
    ]
    return min(tied, key=_cost, default=None)


def _near(setup: Setup, best: Trial, other: Trial) -> bool:
    if best.value is None or other.value is None:
        return False
    try:
        return margin(str(setup.problem.metric), best.value, other.value) < TIED_MARGIN
    except UndefinedMetric:
        return True


def _cost(trial: Trial) -> float:
    return trial.fit_seconds + trial.predict_seconds


def _value(trial: Trial) -> str:
    return number(trial.value)
