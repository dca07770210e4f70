from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.leakage import Material
from specweave.leakage.conformance import DetectorConformance
from specweave.leakage.detectors.duplicates import Duplicates


def rows(n=1000, copies=100, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"x": rng.normal(size=n), "text": [f"Message {i}" for i in rng.permutation(n)], "y": rng.integers(0, 2, n)}
    )
    return pd.concat([frame, frame.iloc[:copies]], ignore_index=True)


def found(frame):
    return Duplicates().examine(Material(frame, "y", task="binary"))


class TestDuplicates(DetectorConformance):
    detector = Duplicates

    def planted(self):
        return Material(rows(), "y", task="binary")


def test_copies_are_counted_and_the_share_of_test_rows_with_a_twin_is_right():
    (finding,) = found(rows())
    assert finding.severity == "suspected"
    assert finding.evidence["copies"] == 100
    # by hand: 200 of 1,100 rows have one twin, which is in training with probability 0.8
    assert finding.evidence["test_rows_with_twin"] == pytest.approx(200 / 1100 * 0.8)
    assert finding.remedy.startswith("group duplicates")


def test_the_share_agrees_with_simulated_splits():
    frame = rows(copies=300)
    frame = pd.concat([frame, frame.iloc[:50]], ignore_index=True)
    (finding,) = found(frame)
    keys, shares, rng = frame["text"].to_numpy(), [], np.random.default_rng(0)
    for _ in range(200):
        test = rng.random(len(keys)) < 0.2
        shares.append(np.isin(keys[test], keys[~test]).mean())
    assert finding.evidence["test_rows_with_twin"] == pytest.approx(np.mean(shares), abs=0.01)


def test_an_id_does_not_make_copies_different():
    (finding,) = found(rows().assign(row_id=np.arange(1100)))
    assert finding.evidence["copies"] == 100


def test_conflicting_targets_are_counted():
    frame = rows()
    frame.loc[1000:1019, "y"] = 1 - frame.loc[1000:1019, "y"]
    (finding,) = found(frame)
    assert finding.evidence["conflicting_sets"] == 20
    assert "20 of 100 sets of copies disagree on y" in finding.sentence


def test_a_few_copies_are_a_note():
    assert [f.severity for f in found(rows(copies=3))] == ["note"]


def test_near_copies_are_found_apart():
    frame = rows()
    frame.loc[1000:, "text"] = frame.loc[1000:, "text"].str.upper() + "!"
    frame.loc[1000:, "x"] *= 1 + 1e-6
    (finding,) = found(frame)
    assert finding.evidence["near"]
    assert finding.evidence["copies"] >= 95


def test_equal_rows_of_a_few_yes_no_columns_are_coincidence():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({c: rng.integers(0, 2, 2000) for c in "abcd"})
    frame["y"] = (rng.random(2000) < 0.3 + 0.3 * frame["a"]).astype(int)
    assert all(f.severity == "note" for f in found(frame))


def test_no_copies_no_finding():
    assert found(rows(copies=0)) == []


def grouped(frame, **more):
    return Duplicates().examine(Material(frame, "y", task="binary", **more))


def test_copies_that_a_split_by_group_keeps_together_are_silent():
    frame = rows(n=1000, copies=300)
    customer = np.append(np.arange(1000), np.arange(300))  # a copy belongs to the customer of its original
    assert grouped(frame.assign(customer=customer), group="customer") == []


def test_copies_under_another_group_are_found_and_said_so():
    frame = rows(n=1000, copies=300).assign(customer=np.arange(1300) // 2)
    (finding,) = grouped(frame, group="customer")
    assert finding.evidence["copies"] == 300
    assert "another customer" in finding.sentence


def test_rows_without_a_group_are_kept_together_with_nothing():
    frame = rows(n=1000, copies=300).assign(customer=[None] * 1300)
    (finding,) = grouped(frame, group="customer")
    assert finding.evidence["copies"] == 300


@pytest.mark.parametrize("near", [False, True])
def test_twins_across_a_known_split_are_counted_and_not_estimated(near):
    frame = rows(n=1000, copies=100)
    if near:
        frame.loc[1000:, "x"] *= 1 + 1e-6
    held_out = np.arange(1100) >= 1000
    held_out[:40] = True  # 40 originals lie beside their copies
    (finding,) = grouped(frame, held_out=held_out)
    assert finding.evidence["near"] is near
    assert finding.evidence["test_rows_with_twin"] == pytest.approx(60 / 140, abs=0.02 if near else 1e-9)
    assert "of the 140 held-out rows" in finding.sentence


def test_copies_on_one_side_of_a_known_split_are_silent():
    frame = rows(n=1000, copies=100)
    assert grouped(frame, held_out=(np.arange(1100) >= 500) & (np.arange(1100) < 900)) == []
