"""Models whose explanation is known by hand, as subjects, with their exact contributions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from specweave.explanation.attribution.result import Attribution
from specweave.explanation.subject import Subject


class Terms:
    """Income raises the answer, late payments and a part-time job lower it, age does nothing."""

    def log_odds(self, rows):
        return sum(self.terms(rows).values())

    def terms(self, rows):
        return {
            "income": (rows["income"].to_numpy(float) - 30_000) / 8_000,
            "late": -0.8 * rows["late"].to_numpy(float),
            "job": np.where(rows["job"] == "part", -1.0, 0.0),
            "age": np.zeros(len(rows)),
        }


class Linear(Terms):
    """A logistic model on raw columns: income raises the log-odds, late payments and a part-time job lower them."""

    classes_ = np.array(["no", "yes"])

    def predict_proba(self, rows):
        p = 1 / (1 + np.exp(-self.log_odds(rows)))
        return np.column_stack([1 - p, p])

    def predict(self, rows):
        return np.where(self.predict_proba(rows)[:, 1] >= 0.5, "yes", "no")


class Amount(Terms):
    """The same terms as an amount of money."""

    def predict(self, rows):
        return 1_000 * self.log_odds(rows) + 5_000


class Several(Terms):
    """Three classes told by the same terms."""

    classes_ = np.array(["high", "low", "mid"])

    def predict_proba(self, rows):
        z = self.log_odds(rows)
        scores = np.exp(np.column_stack([z - 1, -z - 1, np.zeros(len(z))]))
        return scores / scores.sum(axis=1, keepdims=True)

    def predict(self, rows):
        return self.classes_[self.predict_proba(rows).argmax(axis=1)]


COLUMNS = ("income", "late", "job", "age")


def applicants(n=600, seed=0, start=1000):
    """Raw rows; the index does not start at 0, as that of a part of a table does not."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "income": np.round(rng.normal(30_000, 8_000, n), -2),
            "late": rng.poisson(0.8, n),
            "job": rng.choice(["none", "part", "full"], n),
            "age": rng.integers(18, 80, n),
        },
        index=pd.RangeIndex(start, start + n),
    )


def subject(task="binary", **changes):
    """A known model with 600 rows to explain and 300 behind the average."""
    model = {"binary": Linear, "multiclass": Several, "regression": Amount}[task]()
    rows = applicants()
    truth = model.predict(rows)
    rng = np.random.default_rng(5)
    if task != "regression":
        truth = np.where(rng.random(len(rows)) < 0.1, rng.permutation(truth), truth)
    facts = {
        "model": model,
        "name": "exp-002-known",
        "task": task,
        "columns": COLUMNS,
        "readings": {"income": "number", "late": "number", "job": "category", "age": "number"},
        "background": rows.iloc[:300],
        "held_out": rows,
        "background_is": "300 of the rows",
        "held_out_is": "the 600 training rows",
        "seen": True,
        "target": "granted",
        "output": {"binary": "probability of granted = yes", "multiclass": "probability of each granted"}.get(
            task, "granted"
        ),
        "classes": () if task == "regression" else tuple(model.classes_.tolist()),
        "positive": "yes" if task == "binary" else None,
        "truth": truth,
    }
    return Subject(**{**facts, **changes})


def contributions(found, rows):
    """Exact contributions of the known terms, in log-odds, target units, or one of three class scores."""
    terms, mean = found.model.terms(rows), found.model.terms(found.background)
    values = np.column_stack([terms[name] - mean[name].mean() for name in COLUMNS])
    base = sum(one.mean() for one in mean.values())
    output = found.model.log_odds(rows)
    space = "log-odds"
    if found.task == "regression":
        values, base, output, space = 1_000 * values, 1_000 * base + 5_000, 1_000 * output + 5_000, "target units"
    if found.task == "multiclass":
        signs = np.array([1.0, -1.0, 0.0])
        shift = np.array([-1.0, -1.0, 0.0])
        values, base, space = values[:, :, None] * signs, base * signs + shift, "class score"
        output = output[:, None] * signs + shift
    return Attribution(
        columns=COLUMNS,
        values=values,
        base=np.asarray(base),
        output=output,
        space=space,
        method="exact",
        background="300 rows",
        n_background=300,
        rows=rows.index.to_numpy(),
        classes=found.classes if found.task == "multiclass" else (),
    )


FEATURES = ["income", "late payments", "job", "sex"]


def loans(n=700, seed=0):
    """A table with an id, a target told by three columns, and one column that tells nothing."""
    rng = np.random.default_rng(seed)
    income, late = np.round(rng.normal(30_000, 8_000, n), -2), rng.poisson(1.0, n)
    job = rng.choice(["none", "part | time", "full"], n)
    index = (income - 30_000) / 6_000 - 0.9 * late + 1.2 * (job == "full") + 0.4 * rng.normal(size=n)
    return pd.DataFrame(
        {
            "customer_id": [f"C{i:04d}" for i in range(n)],
            "income": income,
            "late payments": late,
            "job": job,
            "sex": rng.choice(["f", "m"], n),
            "granted": np.where(index > 0, "yes", "no"),
        }
    )
