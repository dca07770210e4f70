"""Which rows are explained one by one: those asked for, and those that teach most about the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from specweave.errors import DataError, listing, suggestion
from specweave.explanation.scales import Scales

if TYPE_CHECKING:
    from specweave.explanation.subject import Subject

MISTAKES = 2
BORDERLINE = 2
MOST_TYPICAL = 5
# A typical row is looked for among this many.
_MOST_COMPARED = 2_000
# Mistakes are looked for among this many.
_MOST_JUDGED = 200_000
_MOST_MATCHES = 5
# A row whose classes are this far apart is no borderline case, even where there is none nearer.
_FAR = 0.4
_NOT_NEAR = "the nearest there is to a borderline case, of which the model is sure all the same"
KINDS = ("mistakes", "borderline", "typical")


@dataclass(frozen=True)
class ChosenRow:
    """A row number of the source, what it is called, and why it was taken."""

    number: int
    label: str
    why: str


def chosen_rows(subject: Subject, asked: Sequence[str] = (), lookup: pd.DataFrame | None = None) -> list[ChosenRow]:
    """The rows asked for, each once; without any, the most confident mistakes, borderline and typical rows.

    `asked` holds row numbers ("17"), values of any column ("customer_id=7590-VHVEG"), or the words mistakes, borderline
    and typical. `lookup` holds all columns of the rows that may be named. Raises DataError when a row is not among them.
    """
    found: dict[int, ChosenRow] = {}
    for one in asked or KINDS:
        for row in _KINDS[one](subject) if one in _KINDS else _named(subject, one, lookup):
            found.setdefault(row.number, row)
    return list(found.values())


def _named(subject: Subject, asked: str, lookup: pd.DataFrame | None) -> list[ChosenRow]:
    rows = subject.held_out if lookup is None else lookup
    column, sign, value = asked.partition("=")
    if sign:
        return _with_value(rows, column.strip(), value.strip())
    number = int(asked) if asked.strip().removeprefix("-").isdecimal() else None
    if number is None or number not in subject.held_out.index:
        raise DataError(
            "There is no such row among those the model may be explained on",
            value=asked,
            allowed=f'{subject.held_out_is}: a row number such as {subject.held_out.index[0]}, "column=value", or one '
            f"of {listing(KINDS)}; rows of the sealed test set are not opened for an explanation",
        )
    return [ChosenRow(number, f"row {number}", "asked for")]


def _with_value(rows: pd.DataFrame, column: str, value: str) -> list[ChosenRow]:
    if column not in rows.columns:
        raise DataError(
            "The rows have no such column",
            value=column,
            allowed=listing(map(str, rows.columns), 30),
            next_step=suggestion(column, map(str, rows.columns)),
        )
    matching = rows.index[(rows[column].astype(str) == value).to_numpy()]
    if not len(matching):
        raise DataError(
            f"No row has this value in {column}",
            value=value,
            allowed="values of the rows a model may learn from; the sealed test set is not opened for an explanation",
        )
    return [ChosenRow(int(n), f"row {n} ({column} {value})", "asked for") for n in matching[:_MOST_MATCHES]]


def _mistakes(subject: Subject) -> list[ChosenRow]:
    """The rows a model was surest about and wrong, told by models that had not learned from them where there are any."""
    answered = _answered(subject)
    if answered is None:
        return []
    wrong = answered["miss"].to_numpy() > 0
    worst = answered[wrong].sort_values("miss", ascending=False, kind="stable").head(MISTAKES)
    how = " by a model that had not seen it" if subject.out_of_fold is not None else ""
    if subject.task == "regression":
        return [ChosenRow(int(n), f"row {n}", f"one of the largest errors{how}") for n in worst.index.tolist()]
    return [
        ChosenRow(int(n), f"row {n}", f"a most confident mistake: {said} predicted{how}, {truth} true")
        for n, said, truth in zip(worst.index.tolist(), worst["said"], worst["truth"], strict=True)
    ]


def _answered(subject: Subject) -> pd.DataFrame | None:
    """For each row with a known truth: what was said, the truth, and how far off; index = row numbers."""
    held_out = subject.out_of_fold
    if held_out is not None and held_out.rows is not None:
        known = np.isin(held_out.rows, subject.held_out.index)
        frame = _compared(subject, held_out.labels, held_out.truth, held_out.scores, held_out.classes)
        return frame.set_axis(held_out.rows)[known]
    if subject.truth is None:
        return None
    places = subject.sample(subject.less(_MOST_JUDGED, 200))
    scores = subject.score(subject.held_out.iloc[places])
    several = np.column_stack([1 - scores, scores]) if subject.task == "binary" else scores
    other = other_class(subject)
    classes = (other, str(subject.positive)) if subject.task == "binary" else subject.classes
    frame = _compared(subject, answers(subject, scores), subject.truth[places], several, classes)
    return frame.set_axis(subject.held_out.index[places])


def _compared(subject: Subject, said: Any, truth: Any, scores: Any, classes: Sequence[str]) -> pd.DataFrame:
    """`miss` is 0 where right; else how sure the wrong answer was, or the size of the error."""
    frame = pd.DataFrame({"said": said, "truth": truth})
    if subject.task == "regression":
        frame["miss"] = (frame["said"] - frame["truth"]).abs()
        return frame
    wrong = (frame["said"] != frame["truth"]).to_numpy()
    sure = np.ones(len(frame))
    if scores is not None:
        place = pd.Index(classes).get_indexer(pd.Index(said))
        sure = np.asarray(scores)[np.arange(len(frame)), place]
    frame["miss"] = np.where(wrong, np.maximum(sure, 1e-12), 0.0)
    return frame


def _borderline(subject: Subject) -> list[ChosenRow]:
    if subject.task == "regression":
        return []
    places = subject.sample(subject.less(_MOST_COMPARED, 100))
    scores = subject.score(subject.held_out.iloc[places])
    if scores.ndim == 2:
        ordered = np.sort(scores, axis=1)
        distance, why = ordered[:, -1] - ordered[:, -2], "a borderline case: two classes nearly as likely"
    else:
        threshold = threshold_of(subject)
        distance, why = np.abs(scores - threshold), f"a borderline case: nearest to the threshold {threshold:.4g}"
    nearest = np.argsort(distance, kind="stable")[:BORDERLINE]
    return [
        ChosenRow(int(n), f"row {n}", why if far <= _FAR else _NOT_NEAR)
        for n, far in zip(subject.held_out.index[places[nearest]], distance[nearest], strict=True)
    ]


def _typical(subject: Subject) -> list[ChosenRow]:
    """For each class the row nearest to the middle of those rightly answered so, or for each third of predicted values."""
    places = subject.sample(subject.less(_MOST_COMPARED, 100))
    rows = subject.held_out.iloc[places]
    scores = subject.score(rows)
    if subject.task == "regression":
        cuts = np.quantile(scores, [1 / 3, 2 / 3])
        kinds = np.array(["low", "middle", "high"])[np.searchsorted(cuts, scores)]
        names = ("low", "middle", "high")
    else:
        kinds = answers(subject, scores)
        if subject.truth is not None:
            kinds = np.where(kinds == subject.truth[places], kinds, "")
            kinds = kinds if (kinds != "").any() else answers(subject, scores)
        names = tuple(pd.Series(kinds[kinds != ""]).value_counts().index[:MOST_TYPICAL])
    scales = Scales.of(rows, subject.columns)
    chosen = []
    for name in names:
        inside = rows[kinds == name]
        if len(inside):
            number = int(_middle(inside, scales))
            what = f"a typical row predicted {name}" if subject.task != "regression" else f"a typical {name} prediction"
            chosen.append(ChosenRow(number, f"row {number}", what))
    return chosen


def _middle(rows: pd.DataFrame, scales: Scales) -> Any:
    """The row nearest to the medians and commonest values."""
    columns = list(scales.columns)
    middle = pd.Series(
        {name: rows[name].median() if name in scales.spread else _commonest(rows[name]) for name in columns},
        dtype=object,
    )
    return rows.index[int(scales.distances(rows[columns], middle).sum(axis=1).argmin())]


def _commonest(values: pd.Series) -> Any:
    common = values.mode(dropna=True)
    return common.iloc[0] if len(common) else None


def threshold_of(subject: Subject) -> float:
    """The probability from which on a binary model answers with the positive class."""
    return 0.5 if subject.threshold is None else float(subject.threshold)


def answers(subject: Subject, scores: Any) -> Any:
    """Labels as text for scores of a classifier, the values themselves for a regression."""
    if subject.task == "regression":
        return scores
    if scores.ndim == 2:
        return np.array(subject.classes)[scores.argmax(axis=1)]
    return np.where(scores >= threshold_of(subject), str(subject.positive), other_class(subject))


def other_class(subject: Subject) -> str:
    """The class of a binary model that is not the positive one."""
    return next((name for name in subject.classes if name != subject.positive), "other")


_KINDS = {"mistakes": _mistakes, "borderline": _borderline, "typical": _typical}
