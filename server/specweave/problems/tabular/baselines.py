"""What every candidate has to beat: chance, the obvious answer, one rule, and a plain linear model."""

from __future__ import annotations

from functools import partial
from typing import Any

from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from specweave.problems.base import Attempt
from specweave.problems.tabular.encoding import for_linear, for_trees, pipeline
from specweave.problems.tabular.families.base import Table


def baselines(table: Table) -> list[Attempt]:
    """Four attempts, weakest first.

    For classes: a draw by the shares of the classes, the most frequent class, one rule on one column (Holte 1993),
    logistic regression. For numbers: the median, the mean, one rule, ridge regression.
    """
    if table.task == "regression":
        obvious = {name: ({"strategy": name}, DummyRegressor(strategy=name)) for name in ("median", "mean")}
        rule: Any = DecisionTreeRegressor(max_depth=1, random_state=table.seed)
    else:
        obvious = {
            "random": ({"strategy": "stratified"}, DummyClassifier(strategy="stratified", random_state=table.seed)),
            "majority": ({"strategy": "prior"}, DummyClassifier(strategy="prior")),
        }
        rule = DecisionTreeClassifier(max_depth=1, random_state=table.seed)
    found = [
        Attempt(name, "baseline", name, partial(_plain, table, model), facts)
        for name, (facts, model) in obvious.items()
    ]
    found.append(Attempt("one-rule", "baseline", "one-rule", partial(_rule, table, rule), {"max_depth": 1}))
    strength = {"alpha": 1.0} if table.task == "regression" else {"C": 1.0}
    return [*found, Attempt("linear", "baseline", "linear", partial(_linear, table, **strength), dict(strength))]


def _plain(table: Table, model: Any) -> Pipeline:
    return pipeline(table.columns, for_trees(table.columns, table.task, table.seed), model)


def _rule(table: Table, model: Any) -> Pipeline:
    return pipeline(table.columns, for_trees(table.columns, table.task, table.seed, one_hot=True), model)


def _linear(table: Table, **facts: Any) -> Pipeline:
    if table.task == "regression":
        model: Any = Ridge(random_state=table.seed, **facts)
    else:
        model = LogisticRegression(max_iter=1000, tol=1e-3, random_state=table.seed, **facts)
    return pipeline(table.columns, for_linear(table.columns, table.task, table.seed), model)
