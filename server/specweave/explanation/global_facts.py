"""What holds for the whole model: importance, dependence, interactions, and how far all that can be trusted."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class ColumnImportance(_Fact):
    """What one raw column is worth.

    `loss` is by how much the model's mean squared error grows when the column's values are shuffled among rows, with the
    interval `low` to `high`; `skill_lost` the same as a share of what the model is better than knowing nothing;
    `metric_lost` by how much the problem's metric worsens. `contribution` is the mean size of the column's SHAP values,
    `share` its part of all columns', `own` what the model itself reports, as a share.
    """

    column: str
    contribution: float
    share: float
    contribution_error: float | None = None
    loss: float | None = None
    low: float | None = None
    high: float | None = None
    skill_lost: float | None = None
    metric_lost: float | None = None
    own: float | None = None

    @property
    def matters(self) -> bool:
        """Whether shuffling the column hurts beyond chance."""
        return self.low is not None and self.low > 0


class Permutation(_Fact):
    """How importance by shuffling was measured: on which rows, by how many models, against which error."""

    loss: str
    loss_kept: float
    loss_of_nothing: float
    metric: str | None = None
    metric_kept: float | None = None
    n_rows: int
    n_models: int
    repeats: int
    level: float = 0.95
    rows_are: str
    unseen: bool
    same_as_recorded: float | None = None
    """Largest difference between the refitted models' answers and the recorded out-of-fold ones, where there are such."""


class Contributions(_Fact):
    """What the SHAP values of the global part mean and what they were computed on."""

    space: str
    method: str
    background: str
    n_background: int
    n_rows: int
    base: tuple[float, ...]
    gap: float
    exact: bool
    classes: tuple[str, ...] = ()
    error: float | None = None
    """Root mean square of the standard errors, where the values are sampled."""
    stopped: str | None = None


class DependencePoint(_Fact):
    """The average answer when the column has this value in every row; one number a class for several classes.

    `share` is the part of the data nearest to this value, `error` the standard error of the average. `at` is the place on
    the axis: the number itself, or days since 1970 for a date, nothing for a category or the missing.
    """

    value: str
    at: float | None
    share: float
    mean: tuple[float, ...]
    error: tuple[float, ...]
    lines: tuple[float, ...] = ()
    """Single rows' answers (ICE), the same rows at every point; for several classes of the first one named."""


class Dependence(_Fact):
    """How answers move with one column (Friedman 2001; single lines: Goldstein et al. 2015)."""

    column: str
    reading: str
    points: tuple[DependencePoint, ...]
    n_rows: int
    left_out: int = 0
    """Values of a category that are too rare to be shown."""
    reason: str | None = None

    @property
    def span(self) -> float:
        """The largest difference between two averages."""
        columns = list(zip(*(point.mean for point in self.points), strict=True))
        return max((max(column) - min(column) for column in columns), default=0.0)


class LocalEffects(_Fact):
    """Accumulated local effects (Apley and Zhu 2020) at the edges of bins; they average to zero over the data.

    Where columns are correlated this is what to read: no row is asked about that could not be.
    """

    column: str
    edges: tuple[float, ...]
    labels: tuple[str, ...]
    effects: tuple[tuple[float, ...], ...]
    errors: tuple[tuple[float, ...], ...]
    shares: tuple[float, ...]
    with_column: str
    association: float


class Interaction(_Fact):
    """What two columns do together that neither does alone (Friedman and Popescu 2008), in `space`.

    `strength` is the root mean square of the joint effect less both single ones, `share` the part of the joint effect's
    variation it makes up, `error` the standard error of `strength`.
    """

    first: str
    second: str
    strength: float
    share: float
    error: float


class Together(_Fact):
    """Columns that go together and so share credit: what shuffling all of them at once costs, against one at a time."""

    columns: tuple[str, ...]
    association: float
    loss: float | None = None
    low: float | None = None
    high: float | None = None
    sum_of_single: float | None = None
    sentence: str


class Dominating(_Fact):
    """One column that carries nearly all of the model, and so may hold the answer itself."""

    column: str
    share: float
    skill_lost: float | None
    sentence: str


class Sensitive(_Fact):
    """A column about a protected property, whether the model reads it, and the columns that stand in for it."""

    column: str
    named_by: str
    read: bool
    share: float | None = None
    proxies: tuple[tuple[str, float], ...] = ()
    told_by_all: float | None = None
    """How well all other columns the model reads tell the property, out of fold: 0 like chance, 1 fully."""
    sentence: str


class Stability(_Fact):
    """Rank correlations between two explanations of the same model; 1 is the same order of columns."""

    contributions: float | None
    permutation: float | None
    models: float | None = None
    """Between models refitted without different folds."""
    seeds: tuple[int, int]
    sentence: str


class Honesty(_Fact):
    """What speaks against reading too much into the explanation; `findings` in words, the gravest first."""

    stability: Stability
    dominating: Dominating | None = None
    together: tuple[Together, ...] = ()
    sensitive: tuple[Sensitive, ...] = ()
    findings: tuple[str, ...] = ()


class GlobalFacts(_Fact):
    """The global part of an explanation; columns by falling importance."""

    output: str
    space: str
    classes: tuple[str, ...] = ()
    n_columns: int
    columns: tuple[ColumnImportance, ...]
    contributions: Contributions
    permutation: Permutation | None = None
    no_permutation: str | None = None
    own_importance: str | None = None
    """What the model's own importance is, or why it has none."""
    dependence: tuple[Dependence, ...] = ()
    local_effects: tuple[LocalEffects, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    interaction_space: str = ""
    honesty: Honesty
    sampled: tuple[str, ...] = ()
    """What was worked out on a sample of the rows, in words."""

    def column(self, name: str) -> ColumnImportance:
        """One column's importance; KeyError when there is none by that name."""
        for column in self.columns:
            if column.column == name:
                return column
        raise KeyError(name)
