"""Tests everything registered under `specweave.row_parts` has to pass; inherit the class and give rows and a model.

class TestWords(PartsConformance):
    parts = Words

    def rows(self) -> pd.DataFrame: ...
    def model(self) -> Any: ...
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pandas.api.types import is_scalar

from specweave.explanation.parts import Parts


class PartsConformance:
    """What parts owe the explanations made of them, whatever the rows are."""

    parts: ClassVar[type[Parts]]

    def rows(self) -> pd.DataFrame:
        """Some fifty rows of the kind, with an index that does not start at 0."""
        raise NotImplementedError

    def model(self) -> Any:
        """A model fitted on such rows, with predict and, for classes, predict_proba."""
        raise NotImplementedError

    def mixed(self) -> pd.DataFrame:
        """For each part the value of another row drawn by chance."""
        taken = self.parts.of(self.rows()).take_apart(self.rows())
        rng = np.random.default_rng(0)
        drawn = {name: taken[name].array.take(rng.integers(0, len(taken), len(taken))) for name in taken}
        return pd.DataFrame(drawn, index=taken.index)

    def said(self, asked: Any) -> np.ndarray:
        model = self.model()
        return np.asarray(getattr(model, "predict_proba", model.predict)(asked), dtype=np.float64)

    def test_it_has_the_protocol_and_names_each_part_once(self) -> None:
        made = self.parts.of(self.rows())
        assert isinstance(made, Parts)
        assert len(set(made.names())) == len(made.names()) > 0
        assert all(isinstance(name, str) and name.strip() for name in made.names())

    def test_a_row_falls_into_all_its_parts_and_keeps_its_number(self) -> None:
        rows = self.rows()
        made = self.parts.of(rows)
        taken = made.take_apart(rows)
        assert tuple(taken.columns) == made.names()
        assert taken.index.tolist() == rows.index.tolist()
        assert all(is_scalar(value) for name in taken for value in taken[name])

    def test_the_model_says_the_same_about_a_row_that_was_put_together_again(self) -> None:
        made = self.parts.of(self.rows())
        again = made.put_together(made.take_apart(self.rows()))
        np.testing.assert_allclose(self.said(again), self.said(self.rows()), atol=1e-9)

    def test_a_mixture_of_rows_can_be_asked_about_and_falls_into_the_same_parts(self) -> None:
        made, mixed = self.parts.of(self.rows()), self.mixed()
        again = made.put_together(mixed)
        assert len(self.said(again)) == len(mixed)
        if isinstance(again, pd.DataFrame):
            pd.testing.assert_frame_equal(made.take_apart(again), mixed, check_dtype=False)

    def test_parts_learnt_from_training_rows_serve_for_other_rows(self) -> None:
        rows = self.rows()
        made = self.parts.of(rows.iloc[: len(rows) // 2])
        taken = made.take_apart(rows.iloc[len(rows) // 2 :])
        assert tuple(taken.columns) == made.names()
        assert len(self.said(made.put_together(taken))) == len(taken)
