"""What the code did, in order: fits, scorings, cross-validations, choices, splits, reads of sealed rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from specweave.leakage.code.values import Data, Learning, Part, Parts, inside, meet

FOLD = "fold:"


@dataclass(eq=False)
class Fit:
    """An estimator learnt from `data`. `early` says that training stops by the score on `watched`."""

    name: str
    role: str
    kind: str
    line: int
    data: Data
    target: Data | None
    learned: frozenset[Learning]
    early: bool = False
    watched: Data | None = None
    supervised: bool = False
    internal: bool = False
    """It validates itself: a search with its own folds, or out-of-bag scores."""

    @property
    def parts(self) -> Parts:
        return self.data.parts


@dataclass(eq=False)
class Use:
    """A fitted estimator was asked about `data`."""

    fit: Fit
    data: Data
    line: int


@dataclass(eq=False)
class Scoring:
    """Predictions were compared with the truth."""

    use: Use
    line: int
    how: str
    in_loop: bool
    curve: bool = False

    @property
    def fit(self) -> Fit:
        return self.use.fit

    @property
    def data(self) -> Data:
        return self.use.data


@dataclass(eq=False)
class Validation:
    """A cross-validation over `data`, done by a library: cross_val_score, or a search."""

    how: str
    line: int
    data: Data
    shuffled: bool
    splitter: str
    search: bool


@dataclass(eq=False)
class Choice:
    """The best of several scores was taken."""

    events: frozenset[Scoring]
    line: int
    how: str


@dataclass(eq=False)
class Split:
    """Rows were divided; `shuffled` as the splitter does it."""

    how: str
    line: int
    data: Data
    shuffled: bool


@dataclass(eq=False)
class SealedRead:
    line: int
    what: str


@dataclass
class Trace:
    """Everything rules look at."""

    fits: list[Fit] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    scorings: list[Scoring] = field(default_factory=list)
    validations: list[Validation] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)
    sealed: list[SealedRead] = field(default_factory=list)

    def targets(self) -> set[str]:
        """The names of the columns models were taught to predict."""
        return {fit.target.column for fit in self.fits if fit.target is not None and fit.target.column}

    def held_out(self) -> Iterator[Scoring]:
        """The scorings on rows the model was not fitted on."""
        return (s for s in self.scorings if s.data.parts and s.fit.parts and not meet(s.data.parts, s.fit.parts))

    def honest(self) -> bool:
        """Whether anything in the file judges a model on rows it did not learn from."""
        return bool(self.validations) or any(True for _ in self.held_out()) or any(f.internal for f in self.fits)

    def too_early(self, kinds: frozenset[str]) -> Iterator[tuple[Learning, Use | Validation, bool]]:
        """(what was learnt, the use whose held-out rows it saw, whether that use was scored), first uses first."""
        scored = {scoring.use for scoring in self.scorings}
        for use in self.uses:
            if not use.data.parts or meet(use.data.parts, use.fit.parts):
                continue
            for learning in sorted(use.fit.learned | use.data.learned, key=lambda one: one.line):
                if learning.kind in kinds and spills(learning, use.data.parts):
                    yield learning, use, use in scored
        for validation in self.validations:
            for learning in sorted(validation.data.learned, key=lambda one: one.line):
                if learning.kind in kinds and meet(learning.parts, validation.data.parts):
                    yield learning, validation, True


def spills(learning: Learning, held: Parts) -> bool:
    """Whether what was learnt knows held-out rows and others too; what knows nothing else is another rule's business."""
    return meet(learning.parts, held) and not inside(learning.parts, held)


def is_fold(part: Part) -> bool:
    """Whether the rows are one side of a fold of a cross-validation written as a loop."""
    return any(split.startswith(FOLD) for split, _ in part.cuts)


def is_test_side(part: Part) -> bool:
    """Whether the last cut put the rows on the side that is held out."""
    return bool(part.cuts) and part.cuts[-1][1] == "test"
