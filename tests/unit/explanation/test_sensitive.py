import pytest

from specweave.explanation.sensitive import _protected


@pytest.mark.parametrize(
    "name",
    ["age", "customer_age", "Sex", "marital.status", "AgeGroup", "house_owner_sex", "SeniorCitizen", "native-country"],
)
def test_a_name_that_speaks_of_a_protected_property_is_known(name):
    assert _protected(name)


@pytest.mark.parametrize(
    "name",
    ["housing_median_age", "vehicleAge", "AccountAge", "page", "income", "wages", "senior_engineer", "native_app"],
)
def test_the_age_of_a_thing_is_nobodys(name):
    assert not _protected(name)
