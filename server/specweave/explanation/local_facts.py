"""Why single rows got their answers: the typed facts of every local part, before any word is written about them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Share(_Fact):
    """What one raw column adds to the answer for this row; `value` is the row's own, as text.

    `error` is the standard error where the attribution was sampled, nothing where it is exact.
    """

    column: str
    value: str
    amount: float
    error: float | None = None


class LimeWeight(_Fact):
    """How much higher the answer is while the column stays as it is than when it is drawn anew from the data."""

    column: str
    condition: str
    weight: float
    error: float


class LimeFit(_Fact):
    """A weighted linear model around one row (Ribeiro, Singh and Guestrin 2016).

    `fit` is the weighted R² on its own samples; below about 0.5 the weights describe the model badly.
    """

    weights: tuple[LimeWeight, ...]
    intercept: float
    fit: float
    n_samples: int
    agreement: float | None = None
    """Share of the strong columns whose sign is that of their SHAP value; nothing when no column is strong in both."""


class Change(_Fact):
    """One column of a counterfactual, before and after, as text."""

    column: str
    before: str
    after: str


class Counterfactual(_Fact):
    """The same row with a few columns changed, and the answer it then gets.

    `distance` is the sum of the changes, numbers in units of their spread (scaled MAD), a category as one.
    `plausibility` is the share of training rows that lie as far from their nearest neighbours as the changed row or
    farther; small means that hardly a known row looks like it.
    """

    changes: tuple[Change, ...]
    before: float
    after: float
    answer: str
    distance: float
    plausibility: float


class Counterfactuals(_Fact):
    """What would have to be different for another answer, over the columns that may change; empty with a reason."""

    wanted: str
    allowed: tuple[str, ...]
    found: tuple[Counterfactual, ...] = ()
    none_because: str | None = None


class LocalExplanation(_Fact):
    """One row: its answer, what each column added, and what would change the answer.

    `explained` names the class the shares speak of; nothing for a regression. `base` + the sum of all shares is
    `explained_score`, in the attribution's own space. `shares` are sorted by size, and `others` is the sum of the
    columns left out of them.
    """

    row: int
    label: str
    why: str
    score: float
    answer: str
    truth: str | None = None
    probabilities: dict[str, float] = {}
    explained: str | None = None
    base: float
    explained_score: float
    shares: tuple[Share, ...]
    others: float = 0.0
    n_others: int = 0
    sentence: str = ""
    lime: LimeFit | None = None
    counterfactuals: Counterfactuals | None = None
    picture: str | None = None


class Condition(_Fact):
    """One test on the way to a rule's leaf, such as age ≤ 30."""

    column: str
    text: str


class Rule(_Fact):
    """One leaf of the surrogate: who falls in it and what the model says of them on average.

    `says` is the model's mean score there (per class for several), `share` its part of the held-out rows, and
    `disagreement` the part of its held-out rows that the model answers otherwise than the rule.
    """

    conditions: tuple[Condition, ...]
    says: float | None = None
    says_classes: dict[str, float] = {}
    answer: str
    share: float
    n: int
    disagreement: float | None = None


class Surrogate(_Fact):
    """A small tree that imitates the model, with its fidelity on rows it did not learn from.

    `r2` is the share of the variance of the model's scores it reproduces; `agreement` the share of rows with the same
    answer, with a 95 % interval (Wilson); `agreement_of_constant` what always giving the commonest answer reaches.
    """

    rules: tuple[Rule, ...]
    r2: float
    agreement: float | None = None
    agreement_low: float | None = None
    agreement_high: float | None = None
    agreement_of_constant: float | None = None
    n_learned: int
    n_judged: int
