"""How far training is, and how long it will still take."""

from __future__ import annotations

from collections.abc import Sequence

from specweave.problems import Attempt
from specweave.progress import Progress
from specweave.rendering import number, seconds


class Pace:
    """Counts folds over all attempts (the final fit counts as one) and tells progress after each.

    The time left is what this attempt's folds still need, plus the mean of the candidates so far for each attempt
    to come; before the first candidate has finished a fold there is no estimate.
    """

    def __init__(self, attempts: Sequence[Attempt], folds: int, progress: Progress) -> None:
        self._attempts = list(attempts)
        self._steps = folds + 1
        self._progress = progress
        self._done = 0
        self._fold_seconds: dict[str, list[float]] = {}

    def begin(self, attempt: Attempt) -> None:
        """An attempt starts."""
        self._tell(f"{attempt.kind} {attempt.name}")

    def on_fold(self, attempt: Attempt, fold: int, value: float | None, spent: float) -> None:
        """A fold is finished, now or in an earlier run."""
        self._fold_seconds.setdefault(attempt.name, []).append(spent)
        self._done = self._position(attempt) * self._steps + fold + 1
        left = self.seconds_left(attempt, fold)
        estimate = "" if left is None else f", about {seconds(left)} left"
        self._tell(f"{attempt.name}: fold {fold + 1} of {self._steps - 1}, {number(value)}{estimate}")

    def end(self, attempt: Attempt) -> None:
        """An attempt is finished or has failed."""
        self._done = (self._position(attempt) + 1) * self._steps

    def seconds_left(self, attempt: Attempt, fold: int) -> float | None:
        """Expected seconds until the last attempt is done."""
        of_candidates = [
            sum(spent) / len(spent)
            for name, spent in self._fold_seconds.items()
            if any(a.name == name and a.kind == "candidate" for a in self._attempts)
        ]
        if not of_candidates:
            return None
        own = self._fold_seconds[attempt.name]
        here = (self._steps - fold - 1) * sum(own) / len(own)
        to_come = len(self._attempts) - self._position(attempt) - 1
        return here + to_come * self._steps * sum(of_candidates) / len(of_candidates)

    def _position(self, attempt: Attempt) -> int:
        return next(
            i for i, known in enumerate(self._attempts) if known.name == attempt.name and known.kind == attempt.kind
        )

    def _tell(self, message: str) -> None:
        self._progress(self._done, len(self._attempts) * self._steps + 1, message[:200])
