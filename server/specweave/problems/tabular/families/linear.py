"""Linear models on splines: a bent line per number, no interactions; hard to beat on small tables."""

from __future__ import annotations

from functools import partial
from typing import Any

from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import Pipeline

from specweave.problems.base import Attempt, NotApplicable
from specweave.problems.tabular.encoding import for_linear, pipeline
from specweave.problems.tabular.families.base import Table

MOST_ROWS = 500_000
PENALTIES = (0.1, 1.0, 10.0, 100.0, 1000.0)


class Linear:
    name = "linear"
    title = "Linear model on splines"

    def attempts(self, table: Table) -> list[Attempt]:
        """One for each penalty worth trying; for a rare class one that weighs classes equally."""
        if table.n_rows > MOST_ROWS:
            raise NotApplicable(f"splines of {table.n_rows:,} rows do not fit into memory comfortably")
        if table.task == "regression":
            facts: dict[str, Any] = {"alphas": list(PENALTIES), "splines": True}
            return [Attempt("splines", "candidate", self.name, partial(_ridge, table), facts)]
        settings: list[dict[str, Any]] = [{"C": 0.1, "class_weight": None}]
        if table.imbalanced:
            settings.append({"C": 0.1, "class_weight": "balanced"})
        return [
            Attempt(
                "splines-weighted" if facts["class_weight"] else "splines",
                "candidate",
                self.name,
                partial(_logistic, table, **facts),
                {**facts, "splines": True},
            )
            for facts in settings
        ]


def _logistic(table: Table, **facts: Any) -> Pipeline:
    model = LogisticRegression(max_iter=1000, tol=1e-3, random_state=table.seed, **facts)
    return pipeline(table.columns, for_linear(table.columns, table.task, table.seed, splines=True), model)


def _ridge(table: Table) -> Pipeline:
    encoding = for_linear(table.columns, table.task, table.seed, splines=True)
    return pipeline(table.columns, encoding, RidgeCV(alphas=PENALTIES))
