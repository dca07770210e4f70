from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from specweave.errors import ProblemError
from specweave.leakage import Material, NotApplicable, find_leaks
from specweave.leakage.conformance import DetectorConformance, noise
from specweave.leakage.detectors.distribution_shift import DistributionShift


def rows(moved=0.5, n=1000, seed=0):
    """A number that is `moved` standard deviations higher in the held-out fifth, and a colour rarer there."""
    rng = np.random.default_rng(seed)
    held_out = rng.random(n) < 0.2
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n) + moved * held_out,
            "same": rng.normal(size=n),
            "colour": np.where(rng.random(n) < np.where(held_out, 0.3 - moved / 2, 0.3), "red", "blue"),
            "y": rng.integers(0, 2, n),
        }
    )
    return frame, held_out


def found(frame, held_out=None, **more):
    return DistributionShift().examine(Material(frame, "y", task="binary", held_out=held_out, **more))


class TestDistributionShift(DetectorConformance):
    detector = DistributionShift

    def planted(self):
        frame, held_out = rows()
        return Material(frame, "y", task="binary", held_out=held_out)


def test_the_columns_that_moved_are_named_with_their_distance():
    frame, held_out = rows()
    (finding,) = found(frame, held_out)
    assert (set(finding.columns), finding.severity) == ({"size", "colour"}, "suspected")
    measured = {shift["column"]: shift for shift in finding.evidence["shifts"]}
    reference = stats.ks_2samp(frame["size"][~held_out], frame["size"][held_out], method="asymp")
    assert measured["size"]["distance"] == pytest.approx(reference.statistic)
    assert measured["size"]["p_value"] == pytest.approx(reference.pvalue)
    red = frame["colour"] == "red"
    assert measured["colour"]["distance"] == pytest.approx(abs(red[held_out].mean() - red[~held_out].mean()))


def test_same_distributions_are_called_different_no_more_often_than_said():
    """One in a hundred tables at most, whatever the number of columns; 100 random splits of tables with gaps and categories."""
    alarms = 0
    for seed in range(100):
        material = noise("binary", seed % 5, n=600)
        frame = material.features.assign(y=material.y)
        held_out = np.random.default_rng(1000 + seed).random(len(frame)) < 0.25
        alarms += len(found(frame, held_out))
    assert alarms <= 4  # 1 expected; more than 4 has a probability below 0.5 %


def test_a_difference_too_small_to_matter_is_silent_however_sure():
    frame, held_out = rows(moved=0.1, n=40_000)
    assert found(frame, held_out) == []


def test_gaps_that_are_more_frequent_on_one_side():
    frame, held_out = rows(moved=0)
    frame.loc[held_out & (np.arange(len(frame)) % 2 == 0), "same"] = np.nan
    (finding,) = found(frame, held_out)
    assert finding.evidence["shifts"][0]["of"] == "missing"
    assert "same (missing or not)" in finding.sentence


def test_under_a_split_by_time_a_difference_is_a_note():
    frame, held_out = rows()
    (finding,) = found(frame.assign(day=np.arange(len(frame))), held_out, time="day")
    assert finding.severity == "note"
    assert "to be expected" in finding.sentence


@pytest.mark.parametrize("name", ["split", "data_set", "Partition"])
def test_a_column_that_names_the_split_is_enough(name):
    frame, held_out = rows()
    (finding,) = found(frame.assign(**{name: np.where(held_out, "Test", "train")}))
    assert name not in finding.columns


def test_a_flag_that_names_the_split_is_enough():
    frame, held_out = rows()
    assert len(found(frame.assign(is_train=~held_out))) == 1


def test_not_applicable_when_nothing_says_which_rows_are_held_out():
    frame, _ = rows()
    with pytest.raises(NotApplicable, match="nothing says which rows"):
        found(frame.assign(set="A", split=0))


def test_not_applicable_with_a_handful_of_held_out_rows():
    frame, _ = rows()
    with pytest.raises(NotApplicable, match="10 rows are held out"):
        found(frame, np.arange(len(frame)) < 10)


def test_a_mask_of_another_length_is_refused():
    frame, held_out = rows()
    with pytest.raises(ProblemError, match="held_out"):
        found(frame, held_out[:-1])


def test_rows_without_a_target_are_left_out_of_the_mask_too():
    frame, held_out = rows()
    frame["y"] = frame["y"].astype("Int64").mask(np.arange(len(frame)) % 10 == 0)
    leaks = find_leaks(frame, "y", task="binary", held_out=held_out)
    (finding,) = (leak for leak in leaks if leak.code == "distribution-shift")
    assert finding.evidence["held_out_rows"] == int((held_out & (np.arange(len(frame)) % 10 != 0)).sum())
