import numpy as np
import pytest

from specweave.problems.tabular.hinges import Hinges


def test_any_line_bent_at_the_knots_can_be_drawn():
    x = np.linspace(0, 10, 200)[:, None]
    hinges = Hinges(3).fit(x)
    wanted = np.where(x[:, 0] < hinges.knots_[0][1], x[:, 0], 2 * hinges.knots_[0][1] - x[:, 0])
    design = np.column_stack([np.ones(200), hinges.transform(x)])
    fitted = design @ np.linalg.lstsq(design, wanted, rcond=None)[0]
    assert np.abs(fitted - wanted).max() < 1e-9


def test_values_beyond_training_count_as_the_outermost():
    hinges = Hinges().fit(np.arange(20.0)[:, None])
    assert np.array_equal(hinges.transform([[1e9]]), hinges.transform([[19.0]]))


def test_columns_with_few_values_get_fewer_knots():
    X = np.column_stack([np.arange(100.0), np.arange(100) % 2, np.ones(100)])
    hinges = Hinges().fit(X)
    assert [len(k) for k in hinges.knots_] == [5, 0, 0]
    assert hinges.transform(X).shape == (100, len(hinges.get_feature_names_out()))


def test_names_tell_column_and_knot():
    hinges = Hinges(1).fit(np.arange(11.0)[:, None])
    assert list(hinges.get_feature_names_out(["age"])) == ["age", "age > 5"]


def test_missing_values_are_refused():
    with pytest.raises(ValueError, match="NaN"):
        Hinges().fit([[np.nan], [1.0]])
