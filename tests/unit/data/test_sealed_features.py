from __future__ import annotations

import json

import pytest

import increment_factory as made
from specweave.data import seal
from specweave.data.sealed_features import open_features
from specweave.errors import SealedError


@pytest.fixture
def folder(tmp_path):
    folder = made.place(tmp_path)
    made.sealed(folder)
    return folder


def test_the_features_of_all_sealed_rows_come_without_truth_number_or_order(folder):
    found = open_features(folder, ["age", "income"], purpose="load test", who="test")
    assert list(found.columns) == ["age", "income"]
    assert list(found.index) == list(range(20))
    assert sorted(found["age"]) == list(range(0, 100, 5))
    assert list(found["age"]) != list(range(0, 100, 5))


def test_the_access_is_written_down_and_is_no_look(folder):
    for _ in range(2):
        open_features(folder, ["age"], purpose="load test", who="somebody")
    lines = [json.loads(line) for line in (folder.data / "accesses.jsonl").read_text("utf-8").splitlines()]
    assert [(line["who"], line["purpose"], line["rows"], line["columns"]) for line in lines] == [
        ("somebody", "load test", 20, ["age"])
    ] * 2
    assert seal.looks(folder) == []


def test_the_truth_is_refused_and_the_way_to_it_is_named(folder):
    with pytest.raises(SealedError, match="counted look") as caught:
        open_features(folder, ["age", "churn"], purpose="load test", who="test")
    assert "evaluate_model" in str(caught.value)
    assert not (folder.data / "accesses.jsonl").exists()


def test_an_unknown_column_is_named(folder):
    with pytest.raises(SealedError, match="no such column") as caught:
        open_features(folder, ["age", "agee"], purpose="load test", who="test")
    assert caught.value.value == "agee"


def test_a_changed_file_is_refused(folder):
    path = folder.data / "sealed/test.parquet"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(SealedError, match="not the file"):
        open_features(folder, ["age"], purpose="load test", who="test")
