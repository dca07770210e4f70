from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

from specweave.data import fingerprint, large, profile, read_table
from specweave.errors import DataReadError
from specweave.problem import DataSource

ROWS = 30_000


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch):
    monkeypatch.setattr(large, "LARGE_BYTES", 10_000)
    monkeypatch.setattr(large, "PACKED_LARGE_BYTES", 10_000)
    monkeypatch.setattr(large, "_HEAD_BYTES", 50_000)
    monkeypatch.setattr(large, "_PROBE_BYTES", 5_000)


def lines() -> list[str]:
    rng = np.random.default_rng(0)
    amount = rng.gamma(2, 100, ROWS).round(2)
    return [
        "id;day;amount;word;flag;blank",
        *(
            f"{i};{1 + i % 28:02d}.{1 + i % 12:02d}.2024;{'' if i % 50 == 0 else str(amount[i]).replace('.', ',')};"
            f"{'?' if i % 9 == 0 else 'wörd ' + str(i % 7)};{i % 2};"
            for i in range(ROWS)
        ),
    ]


@pytest.fixture
def write(workspace):
    def writing(rows: list[str], encoding="utf-8", pack=None) -> DataSource:
        content = ("\n".join(rows) + "\n").encode(encoding)
        (workspace.root / "large.csv").write_bytes(pack(content) if pack else content)
        return DataSource(location="large.csv")

    return writing


def small(source, workspace, monkeypatch) -> pd.DataFrame:
    with monkeypatch.context() as patch:
        patch.setattr(large, "LARGE_BYTES", 10**12)
        patch.setattr(large, "PACKED_LARGE_BYTES", 10**12)
        return read_table(source, workspace).frame


@pytest.mark.parametrize(("encoding", "pack"), [("utf-8", None), ("utf-8", gzip.compress), ("cp1252", None)])
def test_the_large_way_reads_what_the_small_way_reads(workspace, write, monkeypatch, encoding, pack):
    source = write(lines(), encoding, pack)
    table = read_table(source, workspace)
    pd.testing.assert_frame_equal(table.frame, small(source, workspace, monkeypatch))
    assert table.frame["day"].iloc[12] == pd.Timestamp(2024, 1, 13)
    assert list((workspace.folder / "tmp").iterdir()) == []


def test_repeated_headers_and_blank_lines_are_left_out(workspace, write):
    rows = lines()
    rows.insert(15_000, rows[0])
    rows.insert(20_000, ";;;;;")
    assert len(read_table(write(rows), workspace).frame) == ROWS


def test_a_late_word_among_numbers_makes_the_column_text_and_says_so(workspace, write):
    rows = lines()
    rows[12_345] = rows[12_345].replace(rows[12_345].split(";")[2], "lots", 1)
    table = read_table(write(rows), workspace)
    assert "'lots' is no number" in table.reading.column("amount").notes[-1]
    assert (table.frame["amount"] == "lots").sum() == 1


def test_ragged_rows_name_the_first_line_and_their_number(workspace, write):
    rows = lines()
    rows[9_000] += ";more"
    rows[14_000] += ";more"
    with pytest.raises(DataReadError, match=r"Line 9001 .* 2 lines differ"):
        read_table(write(rows), workspace)
    assert list((workspace.folder / "tmp").iterdir()) == []


def test_the_large_profile_agrees_with_the_small_one(workspace, write, monkeypatch):
    source = write(lines())
    found = profile(source, workspace, target="flag")
    with monkeypatch.context() as patch:
        patch.setattr(large, "LARGE_BYTES", 10**12)
        exact = profile(source, workspace, target="flag")
    assert len(found.estimated) == 3
    assert exact.estimated == []
    assert found.fingerprint == exact.fingerprint == fingerprint(small(source, workspace, monkeypatch))
    assert found.duplicate_rows_without_ids == exact.duplicate_rows_without_ids
    assert found.target == exact.target
    for ours, theirs in zip(found.columns, exact.columns, strict=True):
        assert (ours.name, ours.role, ours.missing, ours.distinct) == (
            theirs.name,
            theirs.role,
            theirs.missing,
            theirs.distinct,
        )
        assert (ours.minimum, ours.maximum) == (theirs.minimum, theirs.maximum)
        assert ours.mean == pytest.approx(theirs.mean)
        for q, value in theirs.quantiles.items():
            assert ours.quantiles[q] == pytest.approx(value, rel=0.05, abs=0.05 * (theirs.std or 1))


def test_what_a_killed_process_left_is_swept(workspace, write):
    left = workspace.folder / "tmp" / f"table-{2**22 + 1}-abc"
    left.mkdir(parents=True)
    (left / "staged.duckdb").write_text("x")
    read_table(write(lines()), workspace)
    assert not left.exists()


def test_names_with_quotes_are_safe(workspace, write):
    rows = lines()
    rows[0] = "id;day;am\"o'unt;select;flag;blank"
    assert profile(write(rows), workspace, target="flag").column("am\"o'unt").missing == 600
