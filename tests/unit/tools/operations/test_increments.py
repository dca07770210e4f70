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


@pytest.fixture
def table(workspace):
    rows = [f"{n},shop {n % 40},{'yes' if n % 3 else 'no'}" for n in range(120)]
    (workspace.root / "rows.csv").write_text("\n".join(["amount,shop,churn", *rows]) + "\n")
    return "rows.csv"


@pytest.mark.parametrize("role", ["group", "time"])
def test_a_split_by_a_column_that_is_not_there_is_refused_and_nothing_is_written(workspace, table, role):
    call = {"request": "predict churn", "data": table, "target": "churn", role: "shops"}
    with pytest.raises(ProblemError) as caught:
        calls.perform("create_increment", call, root=str(workspace.root))
    error = caught.value
    assert (error.what, error.value) == (f"The {role} column of the split is not in the table", "shops")
    assert "amount, shop, churn" in error.allowed
    assert "did you mean shop?" in error.next_step
    assert workspace.increment_folders() == []


def test_a_split_by_a_column_of_the_table_is_kept(workspace, table):
    call = {"request": "predict churn", "data": table, "target": "churn", "group": "shop"}
    calls.perform("create_increment", call, root=str(workspace.root))
    assert "group: shop" in workspace.increment(1).spec.read_text("utf-8")
