from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.leakage import Material, NotApplicable
from specweave.leakage.conformance import DetectorConformance
from specweave.leakage.detectors.missingness import Missingness


def passengers(n=800):
    rng = np.random.default_rng(4)
    sex = rng.choice(["m", "f"], n)
    survived = (rng.random(n) < np.where(sex == "f", 0.7, 0.2)).astype(int)
    return pd.DataFrame({"sex": sex, "age": rng.normal(30, 9, n), "survived": survived})


def with_boat(frame, wrong=0.02):
    rng = np.random.default_rng(6)
    filled = np.where(rng.random(len(frame)) < wrong, 1 - frame["survived"], frame["survived"]) == 1
    return frame.assign(boat=np.where(filled, rng.integers(1, 17, len(frame)), np.nan))


def found(frame, target="survived", task="binary"):
    return Missingness().examine(Material(frame, target, task=task))


class TestMissingness(DetectorConformance):
    detector = Missingness

    def planted(self):
        return Material(with_boat(passengers()), "survived", task="binary")


def test_a_field_filled_in_only_for_one_outcome_is_certain():
    (finding,) = found(with_boat(passengers()))
    assert finding.columns == ("boat",)
    assert finding.severity == "certain"
    assert "filled: 1 in" in finding.sentence
    assert finding.evidence["rows_filled"] + finding.evidence["rows_empty"] == 800


def test_gaps_that_go_with_the_target_a_little_are_silent():
    assert found(with_boat(passengers(), wrong=0.3)) == []


def test_two_fields_empty_together_do_not_excuse_each_other():
    frame = with_boat(passengers()).assign(seat=lambda d: d["boat"] * 2)
    assert {f.columns for f in found(frame)} == {("boat",), ("seat",)}


def test_a_pattern_over_two_columns_is_found():
    rng = np.random.default_rng(1)
    frame = passengers(1000)
    coin = rng.integers(0, 2, 1000)
    frame["a"] = np.where(coin == 1, 1.0, np.nan)
    frame["b"] = np.where(coin == frame["survived"], 1.0, np.nan)
    (finding,) = found(frame)
    assert finding.columns == ("a", "b")
    assert finding.severity == "certain"


def test_not_applicable_without_gaps():
    with pytest.raises(NotApplicable, match="missing and"):
        found(passengers())


def test_a_number_told_by_gaps():
    rng = np.random.default_rng(1)
    dear = rng.integers(0, 2, 600)
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=600),
            "lift": np.where(dear == 1, 1.0, np.nan),
            "price": 100 * dear + rng.normal(size=600),
        }
    )
    (finding,) = found(frame, "price", "regression")
    assert "(filled: average " in finding.sentence
