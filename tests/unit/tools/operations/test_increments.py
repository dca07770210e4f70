import pytest

from specweave.errors import ProblemError
from specweave.tools import calls


@pytest.mark.parametrize(
    ("success", "said"),
    [("precision >= 7", "numbers from 0 to 1"), ("goodness >= 0.5", "No metric by that name")],
)
def test_an_impossible_criterion_makes_no_increment(workspace, success, said):
    with pytest.raises(ProblemError, match=said):
        calls.perform("create_increment", {"request": "predict churn", "success": [success]}, root=str(workspace.root))
    assert list(workspace.increments.glob("0*")) == []
