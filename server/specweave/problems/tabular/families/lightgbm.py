"""LightGBM in three settings: fast, slow (many small steps on samples of rows and columns), and small trees."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import Any

from sklearn.pipeline import Pipeline

from specweave.problems.base import Attempt, NotApplicable
from specweave.problems.tabular.encoding import for_trees, pipeline
from specweave.problems.tabular.families.base import Table, cores

SMALL = 10_000
# Measured on adult (39,000 rows): the slow setting took a third of all training time and was within noise of the fast one.
MIDDLE = 30_000
LARGE = 200_000
_FAST = {"n_estimators": 100, "learning_rate": 0.1, "num_leaves": 31}
_SLOW = {
    "n_estimators": 500,
    "learning_rate": 0.04,
    "num_leaves": 31,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.7,
    "min_child_samples": 20,
    "reg_lambda": 1.0,
}
_SMALL_TREES = {
    "n_estimators": 300,
    "learning_rate": 0.04,
    "num_leaves": 6,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.6,
    "min_child_samples": 20,
    "reg_lambda": 5.0,
}


class LightGBM:
    name = "lightgbm"
    title = "LightGBM"

    def attempts(self, table: Table) -> list[Attempt]:
        """Three settings: the slow one between 10,000 and 30,000 rows only, small trees below 200,000."""
        if find_spec("lightgbm") is None:
            raise NotApplicable("the package lightgbm is not installed")
        settings = {"lightgbm": _FAST}
        if SMALL <= table.n_rows < MIDDLE:
            settings["lightgbm-slow"] = _SLOW
        if table.n_rows < LARGE:
            settings["lightgbm-small-trees"] = _SMALL_TREES
        return [
            Attempt(name, "candidate", self.name, partial(_boosting, table, **facts), dict(facts))
            for name, facts in settings.items()
        ]


def _boosting(table: Table, **facts: Any) -> Pipeline:
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind = LGBMRegressor if table.task == "regression" else LGBMClassifier
    model = kind(
        random_state=table.seed,
        n_jobs=cores(table.n_rows),
        verbosity=-1,
        deterministic=True,
        force_row_wise=True,
        **facts,
    )
    return pipeline(table.columns, for_trees(table.columns, table.task, table.seed), model)
