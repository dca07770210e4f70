import numpy as np
import pandas as pd
import pytest

from made_tables import made, resolved
from specweave.errors import ProblemError
from specweave.problem import ExcludedColumn
from specweave.problems.tabular.columns import plan_columns


def test_each_column_gets_its_reading():
    columns, left_out = plan_columns(resolved(), made(), {})
    assert {c.name: c.reading for c in columns} == {
        "size": "number", "colour": "category", "town": "many", "when": "date", "member": "number",
    }  # fmt: skip
    assert left_out == {}


def test_each_column_left_out_has_its_reason():
    frame = made().assign(
        nothing=np.nan, same=1, key=range(200), essay="x", code=[f"c{i}" for i in range(200)], leak=1.0, site="a"
    )
    frame.loc[:99, "site"] = "b"
    frame.loc[:9, "essay"] = "y"
    frame.loc[:9, "leak"] = 2.0
    problem = resolved(excluded=[ExcludedColumn(column="leak", reason="it knows the future")])
    columns, left_out = plan_columns(problem, frame, {"key": "id", "essay": "text"}, group="site")
    assert set(left_out) == {"nothing", "same", "key", "essay", "code", "leak", "site"}
    assert left_out["leak"] == "it knows the future"
    assert "identifier" in left_out["key"]
    assert not set(left_out) & {c.name for c in columns}


def test_a_column_with_one_value_and_gaps_still_says_something():
    frame = made()
    frame["flag"] = pd.Series("set", index=frame.index).where(frame["size"] > 0)
    columns, _ = plan_columns(resolved(), frame, {})
    assert "flag" in {c.name for c in columns}


def test_nothing_left_is_an_error_that_lists_the_reasons():
    frame = made()[["y"]].assign(same=1)
    with pytest.raises(ProblemError, match="constant on the training rows"):
        plan_columns(resolved(), frame, {})
