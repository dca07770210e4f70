import numpy as np
import pandas as pd
import pytest

from specweave.data.split_evidence import combine_groups, duplicate_groups, is_entity_name, ordered_share, time_values
from specweave.problem import Problem


@pytest.mark.parametrize(
    "name", ["user_id", "customerID", "PatientNo", "patient", "subject", "device_id", "Account Number", "driver-code"]
)
def test_names_of_entities_are_known(name):
    assert is_entity_name(name)


@pytest.mark.parametrize(
    "name", ["education-num", "native-country", "DriverRating", "AgeOfVehicle", "zip_code", "width", "hr", "1", ""]
)
def test_other_names_are_none(name):
    assert not is_entity_name(name)


def test_times_are_seconds_whatever_they_are_written_as():
    moments = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02", None]))
    expected = [1704067200.0, 1704153600.0]
    for column in (moments, moments.dt.strftime("%Y-%m-%d"), moments.dt.tz_localize("UTC")):
        found = time_values(column)
        assert list(found[:2]) == expected
        assert np.isnan(found[2])
    assert list(time_values(pd.Series([3, 1]))) == [3.0, 1.0]
    assert time_values(pd.Series(["a", "b"])) is None


def test_order_counts_in_either_direction_but_not_of_few_values():
    assert ordered_share(np.arange(50.0)) == 1.0
    assert ordered_share(-np.arange(50.0)) == 1.0
    assert ordered_share(np.repeat([1.0, 2.0], 50)) == 0.0
    assert ordered_share(np.random.default_rng(0).permutation(500).astype(float)) < 0.6


def test_copies_share_a_group_whatever_their_id():
    frame = pd.DataFrame({"id": range(6), "a": [1.0, 1.0, 2.0, np.nan, np.nan, 3.0], "y": [0, 0, 1, 1, 1, 0]})
    found = duplicate_groups(frame, Problem(target="y"), {"id": "id"})
    codes = found.codes
    assert codes[0] == codes[1]
    assert codes[3] == codes[4]
    assert len(set(codes)) == 4
    assert found.facts["rows_with_copies"] == 4


def test_groups_that_touch_become_one():
    combined = combine_groups(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 2, 3]))
    assert len(set(combined[:4])) == 1
    assert combined[4] != combined[0]
