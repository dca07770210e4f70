"""Extremely randomised trees (Geurts, Ernst and Wehenkel 2006): robust, little to tune, different errors than boosting."""

from __future__ import annotations

from functools import partial
from typing import Any

from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.pipeline import Pipeline

from specweave.problems.base import Attempt, NotApplicable
from specweave.problems.tabular.encoding import for_forest, pipeline
from specweave.problems.tabular.families.base import Table, cores
from specweave.problems.tabular.text_labels import TextLabels

MOST_ROWS = 300_000
TREES = 100


class Forest:
    name = "forest"
    title = "Extremely randomised trees"

    def attempts(self, table: Table) -> list[Attempt]:
        """One configuration; for a rare class samples are weighted so that classes count equally."""
        if table.n_rows > MOST_ROWS:
            raise NotApplicable(f"a forest of {table.n_rows:,} rows takes too long and too much memory")
        leaf = max(2, table.n_rows // 4_000)
        facts: dict[str, Any] = {"n_estimators": TREES, "min_samples_leaf": leaf, "max_features": 0.5}
        if table.imbalanced:
            facts["class_weight"] = "balanced"
        return [Attempt("extra-trees", "candidate", self.name, partial(_forest, table, **facts), facts)]


def _forest(table: Table, **facts: Any) -> Pipeline:
    kind = ExtraTreesRegressor if table.task == "regression" else ExtraTreesClassifier
    model: Any = kind(random_state=table.seed, n_jobs=cores(table.n_rows), **facts)
    if "class_weight" in facts:
        # scikit-learn 1.9 looks for the number 1 among weighted classes when a label is the text "1".
        model = TextLabels(model)
    return pipeline(table.columns, for_forest(table.columns, table.task, table.seed), model)
