"""Columns about protected properties, and the columns that stand in for them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.aside import Answer, Aside
from specweave.explanation.association import association
from specweave.explanation.global_facts import Sensitive
from specweave.explanation.grids import on_axis
from specweave.explanation.subject import ORDERED, Reading, Subject, read_as
from specweave.leakage.names import words
from specweave.progress import Progress, silent
from specweave.rendering import number, percent

PROTECTED = frozenset(
    [
        "age",
        "sex",
        "gender",
        "race",
        "racial",
        "ethnicity",
        "ethnic",
        "religion",
        "nationality",
        "citizenship",
        "disability",
        "disabled",
        "pregnant",
        "pregnancy",
        "marital",
        "foreign",
        "immigrant",
        "birthplace",
        "elderly",
    ]
)
# Protected only together: a senior engineer and a native app are something else.
PAIRS = (
    frozenset(["senior", "citizen"]),
    frozenset(["native", "country"]),
    frozenset(["native", "language"]),
    frozenset(["birth", "country"]),
)
# Beside one of these, age is that of a thing.
THINGS = frozenset(
    [
        "account", "aircraft", "asset", "battery", "building", "car", "company", "component", "contract", "device", "domain", "engine",
        "equipment", "firm", "flat", "garage", "home", "house", "housing", "invoice", "listing", "loan", "machine", "policy", "post",
        "property", "roof", "ticket", "tire", "tree", "vehicle", "website",
    ]
)  # fmt: skip
PROXY = 0.4
MOST_PROXIES = 5
ROWS = 4_000
FOLDS = 3
CLASSES = 6
MOST_TOLD = 4


def proxies_asked(subject: Subject, aside: Aside | None = None) -> dict[str, Answer]:
    """How well the other columns tell each protected one, being worked out; of the first four."""
    rows, aside = _looked_at(subject), aside or Aside()
    asked = {}
    for name in list(_chosen(subject, rows))[:MOST_TOLD]:
        others = [column for column in subject.columns if column != name]
        if others:
            readings, reading = dict(subject.readings), _reading(subject, rows, name)
            asked[name] = aside.ask(told_by, rows[others], rows[name], readings, reading)
    return asked


def sensitive(
    subject: Subject,
    shares: Mapping[str, float],
    told: Mapping[str, Answer] | None = None,
    *,
    progress: Progress = silent,
) -> tuple[Sensitive, ...]:
    """The columns named in `subject.sensitive` and those whose names speak of a protected property.

    `shares` are the columns' parts of all contributions, `told` what `proxies_asked` gives. A column the model does not read
    is looked at as well: then all depends on its proxies.
    """
    rows, told = _looked_at(subject), proxies_asked(subject) if told is None else told
    chosen = _chosen(subject, rows)
    found = []
    for done, (name, how) in enumerate(chosen.items()):
        progress(done, len(chosen), f"which columns tell {name}"[:200])
        by_all = told[name].get() if name in told else None
        found.append(_one(subject, rows, name, how, shares=shares, by_all=by_all))
    return tuple(found)


def _looked_at(subject: Subject) -> pd.DataFrame:
    return subject.held_out.iloc[subject.sample(ROWS)]


def _chosen(subject: Subject, rows: pd.DataFrame) -> dict[str, str]:
    """Each protected column with what names it."""
    named = [name for name in subject.sensitive if name in rows.columns and name != subject.target]
    by_name = [str(c) for c in rows.columns if c != subject.target and _protected(str(c)) and str(c) not in named]
    return dict.fromkeys(named, "spec.md") | dict.fromkeys(by_name, "its name")


def _reading(subject: Subject, rows: pd.DataFrame, name: str) -> Reading:
    return subject.readings.get(name) or read_as(rows[name])


def _protected(name: str) -> bool:
    said = {word.lower() for word in words(name)}
    found = PROTECTED & said
    if any(pair <= said for pair in PAIRS):
        return True
    return bool(found - {"age"} if THINGS & said else found)


def _one(
    subject: Subject, rows: pd.DataFrame, name: str, how: str, *, shares: Mapping[str, float], by_all: float | None
) -> Sensitive:
    reading = _reading(subject, rows, name)
    others = [column for column in subject.columns if column != name]
    tied = [(o, association(rows[name], rows[o], reading, subject.readings.get(o, "category"))) for o in others]
    proxies = sorted((one for one in tied if one[1] >= PROXY), key=lambda one: -one[1])[:MOST_PROXIES]
    read = name in subject.columns
    share = shares.get(name) if read else None
    return Sensitive(
        column=name,
        named_by=how,
        read=read,
        share=share,
        proxies=tuple(proxies),
        told_by_all=by_all,
        sentence=_sentence(name, share, proxies, by_all),
    )


def told_by(rows: pd.DataFrame, wanted: pd.Series, readings: Mapping[str, Reading], reading: Reading) -> float | None:
    """The share of the property's variation that randomised trees on these columns explain out of fold, at least 0.

    For a category it is of the classes' 0/1 columns together. None where there are too few rows or a single value.
    """
    known = wanted.notna().to_numpy()
    X = np.column_stack([_coded(rows[name], readings.get(name, "category")) for name in rows.columns])[known]
    if reading in ORDERED:
        truth = on_axis(wanted, reading)[known][:, None]
    else:
        codes = pd.factorize(wanted[known].astype(object))[0]
        often = np.flatnonzero(np.bincount(codes) >= 3 * FOLDS)[:CLASSES] if len(codes) else np.empty(0, dtype=np.int64)
        truth = (codes[:, None] == often[None, :]).astype(np.float64)
        truth = truth[:, :-1] if truth.shape[1] == 2 else truth
    if len(X) < 100 or truth.shape[1] == 0 or truth.std(axis=0).max() == 0:
        return None
    return _explained(X, truth)


def _explained(X: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    from sklearn.ensemble import ExtraTreesRegressor

    fold = np.random.default_rng(0).permutation(len(X)) % FOLDS
    said = np.empty_like(truth)
    for number_ in range(FOLDS):
        learnt = fold != number_
        model = ExtraTreesRegressor(40, min_samples_leaf=5, max_features=0.5, random_state=0, n_jobs=1)
        found = model.fit(X[learnt], truth[learnt].squeeze(axis=1) if truth.shape[1] == 1 else truth[learnt]).predict(
            X[~learnt]
        )
        said[~learnt] = found.reshape(-1, truth.shape[1])
    rest, whole = ((truth - said) ** 2).sum(), ((truth - truth.mean(axis=0)) ** 2).sum()
    return float(max(0.0, 1 - rest / whole))


def _coded(column: pd.Series, reading: Reading) -> NDArray[np.float64]:
    if reading in ORDERED:
        values = on_axis(column, reading)
        return np.where(np.isnan(values), np.nanmin(values, initial=0.0) - 1, values)
    # Missing cells are one category more, numbered -1.
    return np.asarray(pd.factorize(column.astype(object))[0], dtype=np.float64)


def _sentence(name: str, share: float | None, proxies: list[tuple[str, float]], by_all: float | None) -> str:
    if share is None:
        said = f"The model does not read {name}"
    else:
        said = f"The model reads {name}, which carries {percent(share)} of all contributions"
    if proxies:
        listed = ", ".join(f"{other} ({number(strength)})" for other, strength in proxies)
        said += f"; columns that stand in for it: {listed}"
    if by_all is not None:
        said += f"; all other columns together tell {percent(by_all)} of it"
    return said + "."
