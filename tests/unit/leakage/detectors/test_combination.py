from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.leakage import Material, NotApplicable
from specweave.leakage.conformance import DetectorConformance
from specweave.leakage.detectors.combination import Combination


def table(n=500, others=10):
    rng = np.random.default_rng(2)
    parts = {name: rng.lognormal(3, 1, n).round(2) for name in ("casual", "registered", "guests", "staff")}
    return pd.DataFrame(parts | {f"other{i}": rng.normal(size=n) for i in range(others)})


def found(frame):
    return Combination().examine(Material(frame, "total", task="regression"))


class TestCombination(DetectorConformance):
    detector = Combination

    def planted(self):
        return Material(table().assign(total=lambda d: d["casual"] + d["registered"]), "total", task="regression")


@pytest.mark.parametrize(
    ("total", "formula"),
    [
        (lambda d: d["casual"] + d["registered"], "total = casual + registered, exactly, in 500 of 500 rows"),
        (lambda d: d["registered"] - 0.25 * d["casual"], "total = registered − 0.2500 × casual"),
        (lambda d: d["casual"] + d["registered"] + d["guests"] + 7, "total = casual + registered + guests + 7.000"),
        (lambda d: d[["casual", "registered", "guests", "staff"]].sum(axis=1), "casual + registered + guests + staff"),
        (lambda d: d["casual"] * d["registered"], "total = casual × registered"),
        (lambda d: 1.19 * d["casual"] / d["registered"], "total = 1.190 × casual × registered^-1.000"),
    ],
)
def test_sums_differences_and_products_are_found(total, formula):
    (finding,) = found(table().assign(total=total))
    assert formula in finding.sentence
    assert finding.severity == "certain"


def test_other_columns_that_depend_on_the_parts_do_not_hide_them():
    frame = table().assign(
        total=lambda d: d["casual"] + d["registered"],
        half=lambda d: d["casual"] / 2,
        sum=lambda d: d["staff"] + d["guests"],
    )
    (finding,) = found(frame)
    assert len(finding.columns) == 2
    assert finding.evidence["rows_exact"] == 500


def test_rows_rounded_to_the_cent_are_exact_enough():
    (finding,) = found(table().assign(total=lambda d: (d["casual"] + d["registered"] / 3).round(2)))
    assert (finding.columns, finding.severity) == (("casual", "registered"), "certain")


def test_missing_parts_count_as_zero_when_they_are():
    frame = table().assign(total=lambda d: d["casual"] + d["registered"])
    frame.loc[frame["casual"] < 10, "total"] -= frame["casual"]
    frame.loc[frame["casual"] < 10, "casual"] = np.nan
    (finding,) = found(frame)
    assert finding.columns == ("casual", "registered")


def test_noise_of_a_thousandth_is_no_equation():
    rng = np.random.default_rng(0)
    frame = table().assign(total=lambda d: (d["casual"] + d["registered"]) * (1 + rng.normal(0, 0.001, len(d))))
    assert found(frame) == []


def test_five_parts_are_not_searched_for():
    frame = table().assign(total=lambda d: d[["casual", "registered", "guests", "staff", "other1"]].sum(axis=1))
    assert found(frame) == []


def test_weights_nobody_would_choose_are_only_suspected():
    frame = table().assign(total=lambda d: 0.123456 * d["casual"] + 0.654321 * d["registered"])
    assert [f.severity for f in found(frame)] == ["suspected"]


def test_more_columns_than_rows_prove_nothing():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 200))).add_prefix("x").assign(total=rng.normal(size=60))
    assert found(frame) == []


def test_a_class_is_no_sum():
    material = Material(table().assign(total=lambda d: d["casual"] > 10), "total", task="binary")
    with pytest.raises(NotApplicable, match="classes are not sums"):
        Combination().examine(material)
