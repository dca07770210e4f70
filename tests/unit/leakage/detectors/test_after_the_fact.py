from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.leakage import Material, NotApplicable
from specweave.leakage.conformance import DetectorConformance
from specweave.leakage.detectors.after_the_fact import AfterTheFact


def policies(name="refund_amount", told=0.8, n=1500):
    rng = np.random.default_rng(8)
    cancels = (rng.random(n) < 0.3).astype(int)
    amount = np.where((cancels == 1) & (rng.random(n) < told), rng.lognormal(size=n), 0)
    return pd.DataFrame({"age": rng.normal(40, 9, n) + 2 * cancels, name: amount, "cancels": cancels})


def found(frame, **more):
    return AfterTheFact().examine(Material(frame, "cancels", task="binary", **more))


class TestAfterTheFact(DetectorConformance):
    detector = AfterTheFact

    def planted(self):
        return Material(policies(), "cancels", task="binary")


def test_a_telling_name_and_more_knowledge_than_all_others_is_suspected_only():
    (finding,) = found(policies())
    assert finding.columns == ("refund_amount",)
    assert finding.severity == "suspected"
    assert "(refund)" in finding.sentence


def test_a_telling_name_alone_is_silent():
    assert found(policies(told=0.02)) == []


def test_a_name_that_says_nothing_is_not_looked_at():
    with pytest.raises(NotApplicable, match="named like an outcome"):
        found(policies(name="balance"))


def test_strong_others_make_a_name_harmless():
    frame = policies().assign(tenure=lambda d: d["cancels"] * 5 + np.random.default_rng(0).normal(size=len(d)))
    assert found(frame) == []


def test_a_date_after_the_rows_own_time_is_suspected():
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(1500), unit="h")
    frame = policies(name="balance").assign(
        day=day, settled_on=day + pd.Timedelta("3D"), signed_on=day - pd.Timedelta("1D")
    )
    (finding,) = found(frame, time="day")
    assert finding.columns == ("settled_on",)
    assert "1,500 of 1,500" in finding.sentence
