"""What rows are made of: the door through which problem kinds other than tables are explained.

Everything here works on a table of named columns. A kind whose rows are texts or pictures says how a row falls into parts a
person can name (words, tiles) and how parts are put together again; contributions, LIME, counterfactuals, rules and the page
then speak of those parts. A member is registered under the name of its problem kind and has to pass
`explanation.conformance.PartsConformance`:

    [project.entry-points."specweave.row_parts"]
    text = "my_package:Words"
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.subject import Subject, readings_of
from specweave.extensions import extensions


@runtime_checkable
class Parts(Protocol):
    """How rows fall into parts, and parts into rows.

    Parts are numbers, texts, booleans or dates. A mixture of the parts of several rows has to be a row the model can be asked
    about, since that is how every explanation works.
    """

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Self:
        """Made from training rows: from their words, say."""
        ...

    def names(self) -> tuple[str, ...]:
        """What the parts are called, each once."""
        ...

    def take_apart(self, rows: pd.DataFrame) -> pd.DataFrame:
        """One column a part, with the index of `rows`."""
        ...

    def put_together(self, parts: pd.DataFrame) -> Any:
        """What the model takes, one entry for each row of `parts`."""
        ...


class Table:
    """The parts of a row of a table are its columns; the kind `tabular`, and every kind that registers nothing."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = columns

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Self:
        """The columns there are."""
        return cls(tuple(map(str, rows.columns)))

    def names(self) -> tuple[str, ...]:
        return self._columns

    def take_apart(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The same rows."""
        return rows[list(self._columns)]

    def put_together(self, parts: pd.DataFrame) -> Any:
        """The same rows."""
        return parts[list(self._columns)]


def row_parts(kind: str) -> type[Parts]:
    """What is registered for a problem kind; a table where nothing is."""
    found: type[Parts] = extensions("row_parts").get(kind, Table)
    return found


def in_parts(subject: Subject, parts: Parts) -> Subject:
    """The subject with the parts of its rows for columns; a table stays as it is, and with it the exact routes."""
    if isinstance(parts, Table):
        return subject
    columns = parts.names()
    background = parts.take_apart(subject.background)
    held_out = parts.take_apart(subject.held_out)
    known = subject.held_out[[name for name in subject.held_out.columns if name not in columns]]
    return replace(
        subject,
        model=InParts(subject.model, parts),
        columns=columns,
        readings=readings_of(background, columns),
        background=background,
        held_out=held_out.join(known),
        refit=None if subject.refit is None else _refit(subject.refit, parts),
        takes_array=False,
    )


class InParts:
    """A model asked about parts; offers predict_proba only where the model does."""

    def __init__(self, model: Any, parts: Parts) -> None:
        self._model, self._parts = model, parts
        if hasattr(model, "classes_"):
            self.classes_ = model.classes_
        if hasattr(model, "predict_proba"):
            self.predict_proba = lambda rows: model.predict_proba(parts.put_together(rows))

    def predict(self, rows: pd.DataFrame) -> Any:
        """What the model predicts for the rows these parts make."""
        return self._model.predict(self._parts.put_together(rows))


Refit = Callable[[Any, NDArray[Any]], Any]


def _refit(refit: Refit, parts: Parts) -> Refit:
    def fit(rows: pd.DataFrame, truth: NDArray[Any]) -> Any:
        return InParts(refit(parts.put_together(rows), np.asarray(truth)), parts)

    return fit
