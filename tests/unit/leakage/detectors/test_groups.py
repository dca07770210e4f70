from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.leakage import Material, NotApplicable
from specweave.leakage.conformance import DetectorConformance
from specweave.leakage.detectors.groups import Groups


def visits(effect=1.0, n=1200, patients=150, seed=0):
    rng = np.random.default_rng(seed)
    patient = rng.integers(0, patients, n)
    y = effect * rng.normal(size=patients)[patient] + rng.normal(size=n)
    return pd.DataFrame({"x": rng.normal(size=n), "patient": patient, "y": y})


def found(frame, task="regression", **more):
    return Groups().examine(Material(frame, "y", task=task, **more))


class TestGroups(DetectorConformance):
    detector = Groups

    def planted(self):
        return Material(visits(), "y", task="regression")


def test_patients_that_share_the_target_are_found_with_the_right_share():
    (finding,) = found(visits())
    assert (finding.columns, finding.severity) == (("patient",), "suspected")
    assert finding.evidence["between_groups"] == pytest.approx(0.5, abs=0.1)  # var 1 between, 1 within
    assert finding.evidence["groups"] == 150


def test_classes_shared_within_a_household():
    frame = visits(2).assign(y=lambda d: np.where(d["y"] > 0, "yes", "no"))
    assert len(found(frame, "binary")) == 1


def test_a_nameless_text_with_very_many_values_is_an_entity_too():
    frame = visits().assign(ticket=lambda d: "T" + d["patient"].astype(str)).drop(columns="patient")
    assert len(found(frame.rename(columns={"ticket": "label"}))) == 1


def test_entities_that_share_nothing_are_silent():
    alarms = sum(len(found(visits(effect=0, seed=s))) for s in range(60))
    assert alarms <= 1


def test_a_number_that_is_a_quantity_is_no_entity():
    frame = visits().rename(columns={"patient": "area"})
    with pytest.raises(NotApplicable, match="no column names an entity"):
        found(frame)


def test_an_ordinary_category_is_no_entity():
    rng = np.random.default_rng(0)
    kind = rng.choice(list("abcdefghijkl"), 1200)
    frame = pd.DataFrame({"quarter": kind, "y": (kind == "a") + rng.normal(size=1200)})
    with pytest.raises(NotApplicable):
        found(frame)


def test_an_id_given_in_the_order_of_time_shares_only_what_time_explains():
    rng = np.random.default_rng(0)
    customer = np.sort(rng.integers(0, 300, 1500))
    frame = pd.DataFrame({"customer_id": customer, "y": customer / 60 + rng.normal(size=1500)})
    assert found(frame) == []


def test_not_applicable_when_the_split_keeps_groups():
    with pytest.raises(NotApplicable, match="already keeps groups"):
        found(visits(), group="patient")
