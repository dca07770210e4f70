import pytest

from specweave.errors import ProblemError
from specweave.extensions import extensions
from specweave.problems import check_candidates, spelled


@pytest.mark.parametrize("name", ["hist_boosting", "hist-boosting", "Hist-Boosting "])
def test_a_name_has_one_spelling(name):
    assert spelled(name) == "hist-boosting"
    check_candidates("tabular", [name])


def test_every_family_and_what_it_tries_may_be_named():
    check_candidates("tabular", [*extensions("model_families"), "splines", "splines-weighted", "extra-trees"])
    check_candidates("tabular", ["lightgbm-of-this-table"])


def test_an_unknown_name_is_refused_with_each_name_once():
    with pytest.raises(ProblemError, match="did you mean forest") as caught:
        check_candidates("tabular", ["linear", "forrest"])
    assert caught.value.value == "forrest"
    assert caught.value.allowed.count("hist-boosting") == 1
    assert "hist_boosting" not in caught.value.allowed
