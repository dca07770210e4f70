from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.leakage import Material
from specweave.leakage.conformance import DetectorConformance
from specweave.leakage.detectors.target_copy import TargetCopy


def table(n=300):
    rng = np.random.default_rng(1)
    price = rng.lognormal(5, 1, n).round(2)
    return pd.DataFrame({"size": rng.normal(size=n), "kind": rng.choice(list("abc"), n), "price": price})


def found(frame, target, task):
    return TargetCopy().examine(Material(frame, target, task=task))


class TestTargetCopy(DetectorConformance):
    detector = TargetCopy

    def planted(self):
        frame = table().assign(kind_code=lambda d: d["kind"].map({"a": 7, "b": 3, "c": 5}))
        return Material(frame, "kind", task="multiclass")


def test_names_the_value_of_each_class():
    (finding,) = TargetCopy().examine(TestTargetCopy().planted())
    assert finding.columns == ("kind_code",)
    assert finding.severity == "certain"
    assert "7 is a" in finding.sentence
    assert finding.evidence["exceptions"] == 0


def test_one_exception_makes_it_no_copy():
    frame = table().assign(kind_code=lambda d: d["kind"].map({"a": 7, "b": 3, "c": 5}))
    frame.loc[0, "kind_code"] = 99
    assert found(frame, "kind", "multiclass") == []


def test_a_copy_filled_in_half_of_the_rows_is_found():
    frame = table().assign(label=lambda d: d["kind"].where(np.arange(len(d)) % 5 > 1))
    (finding,) = found(frame, "kind", "multiclass")
    assert "where it is filled (60.0 %)" in finding.sentence


def test_five_rows_of_a_class_are_too_few():
    rare = pd.Series([1] * 5 + [0] * 295)
    assert found(pd.DataFrame({"flag": rare, "target": rare}), "target", "binary") == []


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (lambda y: 2.5 * y + 3, "price = 0.4000 × copy − 1.200"),
        (lambda y: -y, "price = -1.000 × copy"),
        (np.log, "strictly rising curve"),
        (lambda y: 1 / y, "strictly falling curve"),
    ],
)
def test_any_strictly_monotone_form_of_a_number_is_found(form, said):
    frame = table().assign(copy=lambda d: form(d["price"]))
    (finding,) = found(frame, "price", "regression")
    assert said in finding.sentence
    assert finding.severity == "certain"


def test_a_strong_honest_number_is_no_copy():
    frame = table().assign(near=lambda d: d["price"] * (1 + np.random.default_rng(0).normal(0, 0.01, len(d))))
    assert found(frame, "price", "regression") == []


def test_texts_are_no_copy_of_a_number():
    frame = table().assign(label=lambda d: d["price"].astype(str))
    assert found(frame, "price", "regression") == []
