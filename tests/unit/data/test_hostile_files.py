"""Whatever the bytes, the reader answers with a table or with a sentence."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specweave.data import profile_table, read_table
from specweave.errors import SpecweaveError
from specweave.problem import DataSource

CELL = st.one_of(
    st.text(alphabet="abcXYZ äß€,;\"'\\\t|.-/:?%£0123456789", max_size=12),
    st.sampled_from(
        ["", "NA", "None", "-", "1,5", "1.5", "2024-01-31", "31/01/2024", "true", "0", "007", "1e400", "nan", "inf"]
    ),
    st.integers().map(str),
    st.floats().map(str),
)
TABLE = st.lists(st.lists(CELL, min_size=0, max_size=5), min_size=1, max_size=14)

_SUPPRESSED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def judge(content: bytes, workspace, **settings) -> None:
    (workspace.root / "any.csv").write_bytes(content)
    try:
        table = read_table(DataSource(location="any.csv", **settings), workspace)
        profile_table(table, str(table.frame.columns[-1])).model_dump_json()
    except SpecweaveError as error:
        assert len(str(error)) < 1500  # noqa: PT017  # any sentence will do


@settings(
    max_examples=int(os.environ.get("SW_ML_FUZZ", "60")),
    suppress_health_check=_SUPPRESSED,
)
@given(rows=TABLE, delimiter=st.sampled_from([",", ";", "\t", "|", "  "]), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_tables_of_odd_cells(workspace, rows, delimiter, end):
    judge(end.join(delimiter.join(row) for row in rows).encode("utf-8"), workspace)


@settings(max_examples=60, suppress_health_check=_SUPPRESSED)
@given(content=st.binary(min_size=1, max_size=400))
def test_any_bytes(workspace, content):
    judge(content, workspace)


@settings(max_examples=60, suppress_health_check=_SUPPRESSED)
@given(
    rows=TABLE,
    said=st.fixed_dictionaries(
        {},
        optional={
            "delimiter": st.sampled_from([",", ";", "whitespace", "||", "a", "", "\n", '"', "é", " "]),
            "encoding": st.sampled_from(["utf-8", "utf-16", "latin-1", "nonsense", ""]),
            "header_row": st.integers(0, 20),
            "decimal": st.sampled_from([".", ",", "", "x"]),
            "thousands": st.sampled_from([".", ",", " ", "'", ""]),
            "missing_marks": st.lists(CELL, max_size=3),
            "sheet": st.just("s"),
        },
    ),
)
def test_any_settings(workspace, rows, said):
    judge("\n".join(",".join(row) for row in rows).encode("utf-8"), workspace, **said)
