from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.data import fingerprint, row_hashes
from specweave.data.fingerprints import fingerprint_pieces, schema_of


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "n": [1.0, 2.5, np.nan, -0.0],
            "k": [1, 2, 3, 4],
            "w": ["a", "ü", None, ""],
            "t": pd.to_datetime(["2024-01-01 00:00", None, "2024-01-03 10:00", "2024-01-04 00:00"]),
            "b": [True, False, True, False],
        }
    )


def test_the_numbers_never_change(frame):
    # Written down once: a change would break every record that carries a fingerprint.
    found = fingerprint(frame)
    assert found.content == "25f18fc48692cf404fd6f6867314543b"
    assert found.schema_hash == "fbfa9d26943b17f9"
    assert (found.n_rows, found.n_columns) == (4, 5)


def test_storage_and_index_do_not_matter(frame):
    other = frame.set_index(pd.Index([9, 7, 5, 3]))
    other["w"] = other["w"].astype("object")
    other["k"] = other["k"].astype("float64")
    other["t"] = other["t"].astype("datetime64[ns]")
    assert fingerprint(other) == fingerprint(frame)
    other["w"] = other["w"].astype("category")
    other["n"] = [1.0, 2.5, np.nan, 0.0]
    assert fingerprint(other) == fingerprint(frame)


@pytest.mark.parametrize("change", ["row order", "column order", "a value", "a gap", "a row"])
def test_content_does_matter(frame, change):
    other = {
        "row order": frame.iloc[::-1],
        "column order": frame[["k", "n", "w", "t", "b"]],
        "a value": frame.assign(k=[1, 2, 3, 5]),
        "a gap": frame.assign(w=["a", "ü", "", ""]),
        "a row": frame.iloc[:3],
    }[change]
    assert fingerprint(other).content != fingerprint(frame).content


def test_a_new_name_changes_the_schema_alone(frame):
    renamed = fingerprint(frame.rename(columns={"n": "m"}))
    assert renamed.content == fingerprint(frame).content
    assert renamed.schema_hash != fingerprint(frame).schema_hash


def test_large_whole_numbers_differ(frame):
    a = pd.DataFrame({"x": [2**60, 2**60 + 1]})
    assert len(set(row_hashes(a))) == 2


def test_pieces_give_the_whole(frame):
    pieces = (frame.iloc[i : i + 1] for i in range(4))
    assert fingerprint_pieces(pieces, schema_of(frame)) == fingerprint(frame)


def test_equal_rows_have_equal_hashes_and_others_do_not():
    frame = pd.DataFrame({"a": np.arange(200_000) % 100_000, "b": ["x"] * 200_000})
    hashes = row_hashes(frame)
    assert hashes.dtype == np.uint64
    assert len(np.unique(hashes)) == 100_000
