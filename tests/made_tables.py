"""Small made tables for the tests of the tabular kind."""

import numpy as np
import pandas as pd

from specweave.problem import Problem
from specweave.problems.base import Column
from specweave.problems.tabular.families import Table


def made(n=200, seed=0, task="binary", rare=0.5):
    """A table with numbers, gaps, a category, a category of many values, a date and a boolean."""
    rng = np.random.default_rng(seed)
    size, colour = rng.normal(size=n), rng.choice(["red", "green", "blue"], size=n)
    strength = size + (colour == "red") + 0.5 * rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "size": np.where(rng.random(n) < 0.1, np.nan, size),
            "colour": pd.Series(colour).where(rng.random(n) > 0.05),
            "town": [f"town {i}" for i in rng.integers(0, 40, size=n)],
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 10_000, size=n), unit="h"),
            "member": rng.random(n) < 0.5,
        }
    )
    if task == "regression":
        return frame.assign(y=10 * strength)
    if task == "multiclass":
        return frame.assign(y=pd.Series(pd.qcut(strength, 3, labels=["low", "mid", "high"]).astype(str)))
    return frame.assign(y=np.where(strength > np.quantile(strength, 1 - rare), "yes", "no"))


def resolved(task="binary", **facts):
    metric = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "rmse"}[task]
    positive = "yes" if task == "binary" else None
    return Problem(**{"target": "y", "task": task, "metric": metric, "positive_label": positive, **facts})


COLUMNS = (
    Column("size", "number"),
    Column("colour", "category"),
    Column("town", "many"),
    Column("when", "date"),
    Column("member", "number"),
)


def table(task="binary", n_rows=200, minority_share=0.5):
    classes = {"binary": 2, "multiclass": 3, "regression": 0}[task]
    return Table(task, n_rows, classes, minority_share, COLUMNS, 0)
