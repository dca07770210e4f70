"""scikit-learn's histogram gradient boosting, with early stopping on a part of the rows it learns from."""

from __future__ import annotations

from functools import partial
from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline

from specweave.problems.base import Attempt
from specweave.problems.tabular.encoding import for_trees, pipeline
from specweave.problems.tabular.families.base import Table

SMALL = 10_000


class HistBoosting:
    name = "hist_boosting"
    title = "Histogram gradient boosting"

    def attempts(self, table: Table) -> list[Attempt]:
        """The library's defaults with early stopping; smaller trees for small tables."""
        facts: dict[str, Any] = {"learning_rate": 0.1, "max_iter": 100, "max_leaf_nodes": 31}
        if table.n_rows < SMALL:
            facts = {"learning_rate": 0.05, "max_iter": 100, "max_leaf_nodes": 8, "l2_regularization": 1.0}
        if table.n_rows >= 10_000:
            facts |= {"max_iter": 300, "early_stopping": True, "n_iter_no_change": 15}
        return [Attempt("hist-boosting", "candidate", self.name, partial(_boosting, table, **facts), facts)]


def _boosting(table: Table, **facts: Any) -> Pipeline:
    kind = HistGradientBoostingRegressor if table.task == "regression" else HistGradientBoostingClassifier
    model = kind(random_state=table.seed, **facts)
    return pipeline(table.columns, for_trees(table.columns, table.task, table.seed), model)
