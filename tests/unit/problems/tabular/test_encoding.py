import numpy as np
import pandas as pd
import pytest

from made_tables import COLUMNS, made
from specweave.problems.tabular.encoding import for_forest, for_linear, for_trees, typed

CHOICES = {
    "trees": for_trees(COLUMNS, "binary", 0),
    "one-hot": for_trees(COLUMNS, "binary", 0, one_hot=True),
    "forest": for_forest(COLUMNS, "binary", 0),
    "linear": for_linear(COLUMNS, "binary", 0),
    "splines": for_linear(COLUMNS, "binary", 0, splines=True),
}


@pytest.fixture(params=list(CHOICES))
def encoding(request):
    return CHOICES[request.param]


def encoded(encoding, rows, frame=None):
    frame = made() if frame is None else frame
    typing = typed(COLUMNS)
    encoding.fit_transform(typing.fit_transform(frame), frame["y"])
    return encoding.transform(typing.transform(rows))


def test_rows_with_unknown_values_and_gaps_in_every_column_are_encoded(encoding):
    rows = pd.DataFrame({"size": [None], "colour": ["mauve"], "town": ["elsewhere"], "when": [None], "member": [None]})
    assert encoded(encoding, rows).shape[0] == 1


@pytest.mark.parametrize("name", ["forest", "linear", "splines"])
def test_models_without_a_notion_of_gaps_get_none(name):
    assert np.isfinite(encoded(CHOICES[name], made(50, seed=1)).astype(float)).all()


def test_a_category_of_many_values_becomes_one_column():
    width = encoded(CHOICES["trees"], made()).shape[1]
    assert width == 2 + 5 + 1 + 1  # numbers, date parts, category, many


def test_the_same_seed_encodes_the_same():
    first = for_trees(COLUMNS, "binary", 3).fit_transform(typed(COLUMNS).fit_transform(made()), made()["y"])
    again = for_trees(COLUMNS, "binary", 3).fit_transform(typed(COLUMNS).fit_transform(made()), made()["y"])
    assert np.array_equal(first, again, equal_nan=True)


def test_training_rows_are_not_encoded_by_their_own_target():
    rng = np.random.default_rng(0)
    frame = made(400).assign(town=[f"t{i}" for i in range(400)], y=rng.choice(["no", "yes"], size=400))
    matrix = for_trees(COLUMNS, "binary", 0).fit_transform(typed(COLUMNS).fit_transform(frame), frame["y"])
    assert abs(np.corrcoef(matrix[:, -1], frame["y"] == "yes")[0, 1]) < 0.15
