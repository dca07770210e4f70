from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from datasets import dataset
from specweave.data import Reading, Table, profile, profile_table
from specweave.errors import ProblemError
from specweave.problem import DataSource


@pytest.fixture
def profiled(workspace):
    return lambda path, target: profile(DataSource(location=str(dataset(path)), allow_outside=True), workspace, target)


def of_frame(frame: pd.DataFrame, target: str | None = None):
    return profile_table(Table(frame, Reading(location="memory", format="text")), target)


def codes(found) -> set[str]:
    return {f.code for f in found.findings}


def sentences(found, code: str) -> str:
    return " ".join(f.sentence for f in found.findings if f.code == code)


def test_titanic(profiled):
    found = profiled("tabular/titanic.csv.gz", "Survived")
    roles = {c.name: c.role for c in found.columns}
    assert roles["PassengerId"] == "id"
    assert roles["Name"] == "text"
    assert roles["Sex"] == "categorical"
    assert found.associations[0].column == "Sex"
    assert found.missing_cells == 866
    assert "Cabin" in sentences(found, "missing")
    assert [g.column for g in found.groups] == ["Ticket"]
    assert found.estimated == []


def test_california_target_is_capped(profiled):
    found = profiled("tabular/california_housing.csv.gz", "median_house_value")
    assert found.target.capped_at == 500_001
    assert found.target.capped_share == pytest.approx(965 / 20640)
    assert "500,001" in sentences(found, "target-capped")


def test_vehicle_claims_hide_missing_ages_as_zero(profiled):
    found = profiled("imbalanced/vehicle_claim_fraud.csv.gz", "FraudFound_P")
    assert found.column("Age").hidden_codes[0].count == 320
    assert found.target.rarest.count == 923
    assert found.column("PolicyNumber").role == "id"
    assert {"imbalance", "hidden-missing", "drift", "near-constant"} <= codes(found)


def test_bike_rides_have_time_drift_and_a_column_too_good(profiled):
    found = profiled("tabular/bike_sharing_hour.csv.gz", "cnt")
    assert found.time_columns == ["dteday"]
    assert found.drift[0].order == "dteday"
    assert "registered" in sentences(found, "too-good")


def test_duplicates_are_counted(profiled):
    assert profiled("tabular/adult_train.csv.gz", "income").duplicate_rows == 24
    # 403 as written; 11 more once the blanks at the ends of the messages are gone.
    assert profiled("text/sms_spam.csv.gz", "label").duplicate_rows == 414
    assert profiled("dirty/made/titanic_repeated_headers_made.csv", None).duplicate_rows == 9


def test_duplicates_but_for_an_id():
    frame = pd.DataFrame({"id": range(40), "a": [1, 2] * 20})
    found = of_frame(frame)
    assert (found.duplicate_rows, found.duplicate_rows_without_ids) == (0, 38)


def test_rows_sorted_by_the_target_are_noticed():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"y": [0] * 200 + [1] * 200, "x": rng.normal(size=400) + np.repeat([0, 2], 200)})
    found = of_frame(frame, "y")
    assert "sorted-rows" in codes(found)
    assert "drift" not in codes(found)


def test_a_healthy_table_gives_no_warning():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({f"x{j}": rng.normal(size=3000) for j in range(6)})
    frame["word"] = rng.choice(["red", "green", "blue"], 3000)
    frame["y"] = np.where(frame["x0"] + rng.normal(size=3000) > 0, "good", "bad")
    assert of_frame(frame, "y").findings == []


@pytest.mark.parametrize(
    ("target", "code"),
    [("same", "target-unsuitable"), ("id", "target-unsuitable"), ("rare", "rare-class"), ("gaps", "target-missing")],
)
def test_troubles_of_the_target(target, code):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "same": ["x"] * 300,
            "id": [f"{i:04x}" for i in range(300)],
            "rare": ["a"] * 150 + ["b"] * 147 + ["c"] * 3,
            "gaps": [None, *rng.choice(["u", "v"], 299)],
        }
    )
    assert code in codes(of_frame(frame, target))


def test_an_unknown_target_is_refused(profiled):
    with pytest.raises(ProblemError, match="Survived"):
        profiled("tabular/titanic.csv.gz", "survived")


def test_progress_is_told(workspace):
    told = []
    source = DataSource(location=str(dataset("tabular/titanic.csv.gz")), allow_outside=True)
    profile(source, workspace, progress=lambda done, total, message: told.append((done, message)))
    assert told[0] == (0, "reading the table")
    assert [d for d, _ in told] == sorted(d for d, _ in told)
