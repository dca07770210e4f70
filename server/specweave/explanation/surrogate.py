"""A small tree that imitates the model, for readers who want rules, with how far it can be trusted.

Craven and Shavlik (1996) learn a tree from the model's answers instead of the truth; what counts is its fidelity: how
often it answers as the model does on rows it did not learn from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.grids import on_axis
from specweave.explanation.local_facts import Condition, Rule, Surrogate
from specweave.explanation.scales import is_number, is_ordered
from specweave.explanation.values import value_text
from specweave.rendering import number

Score = Callable[[pd.DataFrame], NDArray[np.float64]]
Answer = Callable[[NDArray[np.float64]], NDArray[Any]]
MOST_RULES = 8
MOST_CATEGORIES = 12
_Z = 1.959964
# Kinds of question about dates, with the step in which a cut is told.
_MINUTES = 0.005
_DATES = {"day": "D", "moment": "s"}


@dataclass(frozen=True)
class _Question:
    """One column of the tree's own table: a number, a date as days, or whether a category has one value."""

    column: str
    value: Any = None
    # Rows without a number are asked as if they had this one, which a rule has to say where there are such rows.
    missing: float = 0.0
    gaps: bool = False
    kind: str = "number"

    def encode(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        values = rows[self.column]
        if self.kind == "number":
            return np.asarray(values.to_numpy(dtype=np.float64, na_value=self.missing))
        if self.kind in _DATES:
            days = on_axis(values, "date")
            return np.where(np.isnan(days), self.missing, days)
        if self.kind == "missing":
            return np.asarray(values.isna(), dtype=np.float64)
        return np.asarray((values.astype(object) == self.value).fillna(value=False), dtype=np.float64)

    def worded(self, cut: float, *, above: bool) -> str:
        if self.kind == "number" or self.kind in _DATES:
            here = self.gaps and (self.missing > cut) == above
            return f"{self.column} {'>' if above else '≤'} {self._cut(cut)}{' or missing' if here else ''}"
        if self.kind == "missing":
            return f"{self.column} is {'missing' if above else 'known'}"
        return f"{self.column} {'is' if above else 'is not'} {value_text(self.value)}"

    def _cut(self, cut: float) -> str:
        if self.kind not in _DATES:
            return value_text(float(cut))
        # Of whole days the last one before a cut tells as much as noon would; the tree's own numbers are some minutes off.
        return value_text((pd.Timestamp(0) + pd.Timedelta(days=cut + _MINUTES)).floor(_DATES[self.kind]))


def surrogate(
    score: Score,
    answer: Answer | None,
    learn: pd.DataFrame,
    judge: pd.DataFrame,
    *,
    columns: Sequence[str],
    classes: Sequence[str] = (),
    seed: int = 0,
) -> Surrogate:
    """A tree of at most 8 leaves learned from the model's scores of `learn`, judged on `judge`; both hold raw rows.

    `score` gives (n,) or, for several classes, (n, k); `answer` maps scores to labels and is None for a regression.
    """
    from sklearn.tree import DecisionTreeRegressor

    questions = _questions(learn, judge, columns)
    taught = np.asarray(score(learn), dtype=np.float64)
    leaf = max(5, round(0.01 * len(learn)))
    tree = DecisionTreeRegressor(max_leaf_nodes=MOST_RULES, min_samples_leaf=leaf, random_state=seed)
    tree.fit(_encoded(questions, learn), taught)
    seen = _encoded(questions, judge)
    says, imitated = np.asarray(score(judge), dtype=np.float64), tree.predict(seen)
    same = None if answer is None else answer(says) == answer(imitated)
    labels = None if answer is None else answer(says)
    paths = _paths(tree.tree_, questions)
    rules = _rules(paths, tree, seen, same, answer=answer, classes=classes)
    return Surrogate(
        rules=tuple(sorted(rules, key=lambda rule: -(rule.says if rule.says is not None else rule.share))),
        r2=_explained(says, imitated),
        **_agreement(same, labels),
        n_learned=len(learn),
        n_judged=len(judge),
    )


def _questions(rows: pd.DataFrame, others: pd.DataFrame, columns: Sequence[str]) -> list[_Question]:
    asked: list[_Question] = []
    for name in columns:
        values = rows[name]
        gaps = bool(values.isna().any() or others[name].isna().any())
        if values.isna().any():
            asked.append(_Question(name, kind="missing"))
        if is_ordered(values):
            kind = "number" if is_number(values) else _date_kind(values)
            places = values if kind == "number" else pd.Series(on_axis(values, "date"))
            middle = places.median()
            asked.append(_Question(name, missing=float(middle) if pd.notna(middle) else 0.0, gaps=gaps, kind=kind))
        else:
            common = values.dropna().value_counts().index[:MOST_CATEGORIES]
            # Of two values one question is enough.
            asked += [_Question(name, value, kind="category") for value in common[: 1 if len(common) == 2 else None]]
    return asked


def _date_kind(values: pd.Series) -> str:
    known = values.dropna()
    return "day" if bool((known == known.dt.normalize()).all()) else "moment"


def _encoded(questions: list[_Question], rows: pd.DataFrame) -> NDArray[np.float64]:
    return np.column_stack([one.encode(rows) for one in questions])


def _paths(tree: Any, questions: list[_Question]) -> dict[int, tuple[Condition, ...]]:
    """The conditions from the root to each leaf; later cuts of a column replace the wider ones before them."""
    found: dict[int, tuple[Condition, ...]] = {}
    waiting: list[tuple[int, dict[tuple[str, Any, bool], Condition]]] = [(0, {})]
    while waiting:
        node, path = waiting.pop()
        if tree.children_left[node] < 0:
            found[node] = tuple(path.values())
            continue
        question, cut = questions[tree.feature[node]], tree.threshold[node]
        for child, above in ((tree.children_left[node], False), (tree.children_right[node], True)):
            step = Condition(column=question.column, text=question.worded(cut, above=above))
            waiting.append((child, {**path, (question.column, question.value, above): step}))
    return found


def _rules(
    paths: dict[int, tuple[Condition, ...]],
    tree: Any,
    seen: NDArray[np.float64],
    same: NDArray[np.bool_] | None,
    *,
    answer: Answer | None,
    classes: Sequence[str],
) -> list[Rule]:
    leaves = tree.apply(seen)
    made = []
    for leaf, conditions in paths.items():
        inside = leaves == leaf
        value = tree.tree_.value[leaf].ravel()
        several = len(value) > 1
        score = value[None, :] if several else value
        made.append(
            Rule(
                conditions=conditions,
                says=None if several else float(value[0]),
                says_classes=dict(zip(classes, map(float, value), strict=True)) if several else {},
                answer=number(float(value[0])) if answer is None else str(answer(score)[0]),
                share=float(inside.mean()),
                n=int(inside.sum()),
                disagreement=None if same is None or not inside.any() else float((~same[inside]).mean()),
            )
        )
    return made


def _explained(says: NDArray[np.float64], imitated: NDArray[np.float64]) -> float:
    total = float(((says - says.mean(axis=0)) ** 2).sum())
    rest = float(((says - imitated.reshape(says.shape)) ** 2).sum())
    return 1 - rest / total if total > 0 else 1.0


def _agreement(same: NDArray[np.bool_] | None, labels: NDArray[Any] | None) -> dict[str, float | None]:
    if same is None or labels is None:
        return {}
    n, p = len(same), float(same.mean())
    centre, spread = p + _Z**2 / (2 * n), _Z * np.sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
    scale = 1 + _Z**2 / n
    return {
        "agreement": p,
        "agreement_low": float(max(0.0, (centre - spread) / scale)),
        "agreement_high": float(min(1.0, (centre + spread) / scale)),
        "agreement_of_constant": float(np.unique(labels, return_counts=True)[1].max() / n),
    }
