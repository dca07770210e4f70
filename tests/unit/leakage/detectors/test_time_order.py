from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.leakage import Material, NotApplicable
from specweave.leakage.conformance import DetectorConformance
from specweave.leakage.detectors.time_order import TimeOrder


def sales(trend=3.0, n=800, seed=0):
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.permutation(n), unit="D")
    y = trend * np.argsort(np.argsort(day)) / n + rng.normal(size=n)
    return pd.DataFrame({"x": rng.normal(size=n), "day": day, "y": y})


def found(frame, task="regression", **more):
    return TimeOrder().examine(Material(frame, "y", task=task, **more))


class TestTimeOrder(DetectorConformance):
    detector = TimeOrder

    def planted(self):
        return Material(sales(), "y", task="regression")


def test_a_drifting_target_is_named_with_both_ends():
    (finding,) = found(sales())
    assert (finding.columns, finding.severity) == (("day",), "suspected")
    assert "its average goes from" in finding.sentence
    assert "time: day" in finding.remedy


def test_drift_of_a_class_is_told_by_its_share():
    frame = sales().assign(y=lambda d: np.where(d["y"] > 1.5, "high", "low"))
    (finding,) = found(frame, "binary")
    assert "% in the first tenth" in finding.sentence


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%Y/%m/%d"])
def test_dates_in_texts_are_understood(form):
    (finding,) = found(sales().assign(day=lambda d: d["day"].dt.strftime(form)))
    assert finding.evidence["explained_by_time"] > 0.3


def test_seconds_since_1970_are_understood_by_name_and_size():
    frame = sales().assign(timestamp=lambda d: d["day"].dt.as_unit("s").astype("int64")).drop(columns="day")
    (finding,) = found(frame)
    assert finding.columns == ("timestamp",)


def test_neighbours_that_share_the_target_are_enough():
    rng = np.random.default_rng(0)
    wave = np.convolve(rng.normal(size=1200), np.ones(8) / 3, "valid")[:800]
    frame = pd.DataFrame({"day": pd.date_range("2022-01-01", periods=800), "y": wave})
    (finding,) = found(frame)
    assert "rows next to each other in time share it" in finding.sentence


def test_a_target_without_drift_is_silent():
    assert sum(len(found(sales(trend=0, seed=s))) for s in range(100)) == 0


def test_a_date_of_birth_is_no_time_of_the_row():
    with pytest.raises(NotApplicable, match="no column holds dates"):
        found(sales().rename(columns={"day": "birth_date"}))


def test_not_applicable_when_the_split_goes_by_time():
    with pytest.raises(NotApplicable, match="already goes by time"):
        found(sales(), time="day")
