"""Values with intervals and paired tests, each worked out once for predictions that stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from specweave.comparison.entrants import Entrant, Step
from specweave.comparison.kept import Answer, Kept, Question
from specweave.comparison.result import Judgement
from specweave.comparison.vectors import Vectors
from specweave.metrics import Predictions, behaviour, compare, estimate, holm
from specweave.metrics.contributions import Sampling, compare_contributions, contribution, fit
from specweave.metrics.predictions import FloatArray

LEVEL = 0.95
RESAMPLES = 500
# From so many new comparisons with one reference on, they are worked out together from what was kept of each record.
TOGETHER = 20
_AT_ONCE = 2_000_000  # numbers, 8 bytes each


class Value(NamedTuple):
    """The metric of one record with its interval, or the reason why it has none."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    undefined: str | None


# What is kept of a test against a reference, before the correction for the number of tests.
_FIELDS = ("verdict", "difference", "low", "high", "p_value", "test", "undefined")
_P_VALUE = _FIELDS.index("p_value")


@dataclass(frozen=True)
class Judge:
    """Judges by one metric; `groups` (by row number) makes rows count as whole groups."""

    metric: str
    kept: Kept
    groups: pd.Series | None = None

    def estimates(self, entrants: Sequence[Entrant], step: Step) -> dict[str, Value]:
        """The metric of each with its interval, by id; `step` is called with the number of each that is worked out."""
        question = self.kept.question(f"estimate {self._how}", Value._fields)
        work = self._estimate_and_keep if len(entrants) >= TOGETHER else self._estimate
        answers = _answers(question, entrants, question.known_of(_signatures(entrants)), work, step)
        return {name: Value._make(answer) for name, answer in answers.items()}

    def against(self, reference: Entrant, others: Sequence[Entrant], step: Step) -> dict[str, Judgement]:
        """Every other record against the reference, by id, corrected for their number (Holm 1979)."""
        other = cache(lambda: reference.predictions)
        question = self.kept.question(f"compare {self._how} {reference.id} {reference.signature}", _FIELDS)
        asked = [one for one in others if one is not reference]
        known = question.known_of(_signatures(asked))
        new = [one for one in asked if one.id not in known]
        if len(new) >= TOGETHER:
            together = self._compare_together(reference, new, step)
            question.keep_all(together)
            known |= {name: answer for name, (_, answer) in together.items()}
        answers = _answers(question, asked, known, lambda one: self._compare(one, other()), step)
        p_values = [answer[_P_VALUE] for answer in answers.values()]
        adjusted = iter(holm(p for p in p_values if p is not None))
        corrected = [None if p is None else next(adjusted) for p in p_values]
        return {name: _judgement(answers[name], p) for name, p in zip(answers, corrected, strict=True)}

    @cached_property
    def _how(self) -> str:
        """What its answers depend on beside the records; a metric that gives other values is another one."""
        grouped = "" if self.groups is None else f" by {self.groups.name}"
        return f"{self.metric} {behaviour(self.metric)} {RESAMPLES}{grouped}"

    @property
    def _vectors(self) -> Vectors:
        return self.kept.vectors(self._how)

    def _estimate_and_keep(self, one: Entrant) -> Answer:
        # The predictions are at hand, and the day will come when all are compared with a new best.
        self._vectors.keep(one.id, one.signature, self._contribution(one))
        return self._estimate(one)

    def _estimate(self, one: Entrant) -> Answer:
        groups = self._groups(one.predictions)
        found = estimate(self.metric, one.predictions, n_resamples=RESAMPLES, level=LEVEL, groups=groups)
        return [found.value, found.low, found.high, found.n, found.undefined]

    def _compare(self, one: Entrant, b: Predictions) -> Answer:
        a = one.predictions
        found = compare(self.metric, a, b, n_resamples=RESAMPLES, level=LEVEL, groups=self._groups(a))
        return [getattr(found, name) for name in _FIELDS]

    def _contribution(self, one: Entrant) -> FloatArray | None:
        return contribution(self.metric, one.predictions, self._sampling(one.predictions))

    def _sampling(self, predictions: Predictions) -> Sampling:
        return Sampling(RESAMPLES, groups=self._groups(predictions))

    def _compare_together(
        self, reference: Entrant, others: Sequence[Entrant], step: Step
    ) -> dict[str, tuple[str, Answer]]:
        """Those whose test can be taken apart, by id, with their signatures."""
        vectors, b = self._vectors, reference.predictions
        one = vectors.once(reference.id, reference.signature, lambda: self._contribution(reference))
        found: dict[str, tuple[str, Answer]] = {}
        if one is None:
            return found
        size = max(1, _AT_ONCE // len(one))
        for start in range(0, len(others), size):
            alike: list[tuple[Entrant, FloatArray]] = []
            for at, other in enumerate(others[start : start + size], start):
                step(at)
                many = vectors.once(other.id, other.signature, partial(self._contribution, other))
                if many is not None and fit(many, one):
                    alike.append((other, many))
            results = self._compared(b, one, [many for _, many in alike])
            found |= {other.id: (other.signature, answer) for (other, _), answer in zip(alike, results, strict=True)}
        return found

    def _compared(self, b: Predictions, one: FloatArray, many: list[FloatArray]) -> list[Answer]:
        if not many:
            return []
        results = compare_contributions(self.metric, b, one, np.stack(many), self._sampling(b), level=LEVEL)
        return [[getattr(result, name) for name in _FIELDS] for result in results]

    def _groups(self, predictions: Predictions) -> Any:
        if self.groups is None or predictions.rows is None:
            return None
        return self.groups.reindex(predictions.rows).astype(str).to_numpy()


def _answers(
    question: Question,
    entrants: Sequence[Entrant],
    known: dict[str, Answer],
    work: Callable[[Entrant], Answer],
    step: Step,
) -> dict[str, Answer]:
    """The answers to all, in their order: those known, and those worked out now."""
    new: dict[str, Answer] = {}
    for at, one in enumerate(entrants):
        if one.id not in known:
            step(at)
            new[one.id] = question.keep(one.id, one.signature, work(one))
    return {one.id: known[one.id] if one.id in known else new[one.id] for one in entrants} if new else known


def _judgement(answer: Answer, p_holm: float | None) -> Judgement:
    verdict, difference, low, high, p_value, test, undefined = answer
    return Judgement(
        difference=difference,
        low=low,
        high=high,
        p_value=p_value,
        p_holm=p_holm,
        test=test,
        verdict="within noise" if p_holm is not None and p_holm >= 1 - LEVEL else verdict,
        undefined=undefined,
    )


def _signatures(entrants: Sequence[Entrant]) -> dict[str, str]:
    return {one.id: one.signature for one in entrants}
