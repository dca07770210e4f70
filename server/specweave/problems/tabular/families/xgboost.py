"""XGBoost, when it is installed."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import Any

from sklearn.pipeline import Pipeline

from specweave.problems.base import Attempt, NotApplicable
from specweave.problems.tabular.encoding import for_trees, pipeline
from specweave.problems.tabular.families.base import Table, cores
from specweave.problems.tabular.text_labels import TextLabels


class XGBoost:
    name = "xgboost"
    title = "XGBoost"

    def attempts(self, table: Table) -> list[Attempt]:
        """One configuration of moderate depth."""
        if find_spec("xgboost") is None:
            raise NotApplicable('the package xgboost is not installed (the extra "boost" brings it)')
        facts: dict[str, Any] = {
            "n_estimators": 300,
            "learning_rate": 0.05,
            "max_depth": 6 if table.n_rows >= 10_000 else 3,
            "subsample": 0.8,
            "colsample_bytree": 0.7,
        }
        return [Attempt("xgboost", "candidate", self.name, partial(_boosting, table, **facts), facts)]


def _boosting(table: Table, **facts: Any) -> Pipeline:
    from xgboost import XGBClassifier, XGBRegressor

    facts |= {"random_state": table.seed, "n_jobs": cores(table.n_rows), "tree_method": "hist"}
    model = XGBRegressor(**facts) if table.task == "regression" else TextLabels(XGBClassifier(**facts))
    return pipeline(table.columns, for_trees(table.columns, table.task, table.seed), model)
