from __future__ import annotations

import pandas as pd

import exported_models as made
from specweave.deployment.signature import Signature


def test_a_signature_survives_its_file(tmp_path):
    record, X = made.recorded("binary", "linear", threshold=0.3)
    found = made.signature_of(record, X)
    found.write(tmp_path)
    assert Signature.read(tmp_path) == found


def test_it_says_what_training_saw():
    record, X = made.recorded("binary", "linear")
    found = made.signature_of(record, X)
    by_name = {column.name: column for column in found.columns}
    assert [column.reading for column in found.columns] == ["number", "number", "date", "category", "category"]
    assert (by_name["whole number"].low, by_name["whole number"].high) == (0, 49)
    assert by_name["class"].categories == ("x", "y", "ä b")
    assert by_name["class"].missing_in_training
    assert not by_name["many"].missing_in_training
    assert pd.Timestamp(by_name["wann"].low, unit="s") == X["wann"].min()
    assert [column.name for column in found.numeric] == ["a", "whole number", "wann"]
    assert [column.name for column in found.textual] == ["class", "many"]
    for column in found.columns:
        assert abs(sum(column.shares) - 1) < 1e-9
        assert len(column.shares) == len(column.typical)
