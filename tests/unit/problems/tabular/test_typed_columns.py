import numpy as np
import pandas as pd
import pytest

from made_tables import made
from specweave.errors import ModelError
from specweave.problems.tabular.typed_columns import TypedColumns


@pytest.fixture
def typing():
    return TypedColumns(numbers=["size", "member"], dates=["when"], categories=["colour"]).fit(made())


def test_columns_come_typed_and_named(typing):
    out = typing.transform(made())
    assert list(out.columns) == list(typing.get_feature_names_out())
    assert [out[c].dtype.kind for c in ("size", "member", "when hour", "colour")] == ["f", "f", "f", "O"]


def test_rows_as_they_come_from_json_read_the_same(typing):
    frame = made(20)
    plain = pd.DataFrame(
        {
            "size": [None if pd.isna(v) else v for v in frame["size"]],
            "member": frame["member"].astype(int),
            "when": frame["when"].dt.strftime("%Y-%m-%dT%H:%M:%S"),
            "colour": pd.Series([None if pd.isna(v) else v for v in frame["colour"]], dtype=object),
        }
    )
    pd.testing.assert_frame_equal(typing.transform(plain), typing.transform(frame))


def test_cells_of_the_wrong_type_are_missing(typing):
    rows = pd.DataFrame({"size": ["big"], "member": [np.inf], "when": ["never"], "colour": [pd.NA]})
    assert typing.transform(rows).isna().all().all()


def test_date_parts_are_right(typing):
    rows = made(1).assign(when=pd.Timestamp("2024-02-29 06:30"))
    parts = typing.transform(rows).iloc[0]
    assert [parts[f"when {p}"] for p in ("month", "day_of_week", "day_of_year", "hour")] == [2, 3, 60, 6.5]
    assert parts["when days"] == (pd.Timestamp("2024-02-29") - pd.Timestamp("1970-01-01")).days


def test_times_with_a_zone_count_in_utc(typing):
    rows = made(1).assign(when=pd.Timestamp("2024-02-29 06:30", tz="Europe/Vienna"))
    assert typing.transform(rows)["when hour"].iloc[0] == 5.5


def test_a_missing_column_is_named(typing):
    with pytest.raises(ModelError, match="colour"):
        typing.transform(made().drop(columns="colour"))
