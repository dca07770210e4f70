from __future__ import annotations

import json

import pandas as pd
import pytest

from specweave.deployment.ab.units import read_units
from specweave.errors import DataError, DataReadError, StorageError

EXPOSED = pd.DataFrame(
    {
        "time": ["2026-01-03", "2026-01-01", "2026-01-02", "2026-01-04", "2026-01-05"],
        "unit": ["c", "a", "b", "a", "d"],
        "arm": ["treatment", "control", "treatment", "control", "control"],
    }
)
OUTCOMES = pd.DataFrame({"unit": ["a", "b", "c", "c", "z"], "spend": [1.0, 2.0, 3.0, 4.0, 9.0], "note": list("vwxyz")})


def files(tmp_path, exposed=EXPOSED, outcomes=OUTCOMES):
    paths = tmp_path / "exposures.csv", tmp_path / "outcomes.csv"
    exposed.to_csv(paths[0], index=False)
    outcomes.to_csv(paths[1], index=False)
    return paths


def test_units_come_in_order_of_their_first_exposure_with_their_outcomes_added_up(tmp_path):
    found = read_units(*files(tmp_path))
    assert found.column("spend").tolist() == [1.0, 2.0, 7.0]
    assert found.treated.tolist() == [False, True, True]
    counted = found.counted
    assert (counted.control, counted.treatment, counted.control_with_outcome) == (2, 2, 1)
    assert counted.without_exposure == 1
    assert found.numeric() == ["spend"]


def test_units_without_an_outcome_may_count_as_none(tmp_path):
    found = read_units(*files(tmp_path), absent=0)
    assert found.column("spend").tolist() == [1.0, 2.0, 7.0, 0.0]


def test_units_that_met_both_arms_are_left_out(tmp_path):
    both = pd.concat([EXPOSED, pd.DataFrame({"time": ["2026-01-06"], "unit": ["a"], "arm": ["treatment"]})])
    found = read_units(*files(tmp_path, both))
    assert len(found) == 2
    assert found.counted.in_both == 1


def test_reads_the_log_of_the_service(tmp_path):
    lines = [
        {"time": f"2026-01-0{i + 1}T00:00:00Z", "test": "t", "unit": u, "arm": a, "mode": "ab"}
        for i, (u, a) in enumerate((("a", "control"), ("b", "treatment"), ("c", "treatment")))
    ]
    (tmp_path / "exposures.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    outcomes = files(tmp_path)[1]
    assert read_units(tmp_path / "exposures.jsonl", outcomes).treated.tolist() == [False, True, True]


def test_number_ids_match_text_ids(tmp_path):
    (tmp_path / "exposures.jsonl").write_text('{"unit": "1", "arm": "a"}\n{"unit": "2", "arm": "B"}\n', "utf-8")
    outcomes = files(tmp_path, outcomes=pd.DataFrame({"user_id": [1, 2], "bought": [True, False]}))[1]
    found = read_units(tmp_path / "exposures.jsonl", outcomes)
    assert found.column("bought").tolist() == [1.0, 0.0]
    assert found.treated.tolist() == [False, True]


@pytest.mark.parametrize(
    ("exposed", "outcomes", "said"),
    [
        (EXPOSED.assign(arm="blue"), OUTCOMES, "unknown name"),
        (EXPOSED.rename(columns={"unit": "who"}), OUTCOMES, "no column with the unit"),
        (EXPOSED.drop(columns="arm"), OUTCOMES, "no column with the arm"),
        (EXPOSED, OUTCOMES[["unit", "note"]], "no number"),
        (EXPOSED, OUTCOMES.assign(unit="other"), "No exposed unit"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, exposed, outcomes, said):
    with pytest.raises(DataError, match=said):
        read_units(*files(tmp_path, exposed, outcomes))


def test_wrong_columns_and_gaps_are_told(tmp_path):
    gaps = OUTCOMES.assign(clicks=[1, None, None, None, 2])
    found = read_units(*files(tmp_path, outcomes=gaps))
    with pytest.raises(DataError, match="2 of 3"):
        found.column("clicks")
    with pytest.raises(DataError, match="no column by that name"):
        found.column("speed")


def test_a_damaged_log_names_its_line(tmp_path):
    outcomes = files(tmp_path)[1]
    log = tmp_path / "exposures.jsonl"
    log.write_text('{"unit": "a", "arm": "control"}\n{"unit": "b", ', "utf-8")
    with pytest.raises(DataReadError, match="Line 2"):
        read_units(log, outcomes)
    with pytest.raises(StorageError, match="No such file"):
        read_units(tmp_path / "none.csv", outcomes)
