from __future__ import annotations

import json

import pytest

import increment_factory as made
from specweave.checks.muting import mute, mutings, unmute
from specweave.data.muting_log import FILE, mutings_in_force
from specweave.errors import CheckError
from specweave.problem import Problem
from specweave.spec_file import read_problem

REASON = "twelve rows a class; folds cannot agree"


@pytest.fixture
def folder(workspace):
    return made.increment(workspace)


def found(folder):
    return mutings(folder, read_problem(folder))


def test_a_muting_names_who_did_it_when_and_why(folder):
    mute(folder, "ml004", f"  {REASON} ", who="Ada")
    muting = found(folder)["ML004"]
    assert (muting.reason, muting.who, muting.place, muting.invalid) == (REASON, "Ada", "spec.md", None)
    assert muting.time in muting.by
    assert "not typed at a terminal" in muting.by


def test_nothing_is_muted_by_default(folder):
    assert mutings(folder, Problem()) == {}
    assert mutings(folder, None) == {}


@pytest.mark.parametrize("entry", [{"code": " ml004 ", "reason": REASON}, {"code": "ML004"}, "ML004"])
def test_a_line_somebody_wrote_into_the_spec_silences_nothing(folder, entry):
    muting = mutings(folder, Problem(muted_checks=[entry]))["ML004"]
    assert muting.invalid
    assert muting.who is None


def test_another_reason_than_the_recorded_one_silences_nothing(folder):
    mute(folder, "ML004", REASON, who="Ada")
    folder.spec.write_text(folder.spec.read_text("utf-8").replace("twelve rows", "few rows"), "utf-8")
    assert "not the one Ada recorded" in found(folder)["ML004"].invalid


def test_a_touched_log_mutes_nothing(folder):
    mute(folder, "ML004", REASON, who="Ada")
    path = folder.path.parents[1] / FILE
    path.write_text(path.read_text("utf-8").replace("Ada", "Eve"), "utf-8")
    assert "entry 1 was changed" in found(folder)["ML004"].invalid
    with pytest.raises(CheckError, match="tampered"):
        mute(folder, "ML005", REASON)


def test_muting_for_one_increment_leaves_the_others_heard(folder, workspace):
    other = made.increment(workspace)
    mute(folder, "ML004", REASON)
    assert mutings_in_force(other) == {}
    mute(folder, "ML005", REASON, whole_project=True)
    assert set(mutings_in_force(other)) == {"ML005"}
    assert found(other)["ML005"].place == ".specweave/ml.json"
    assert json.loads((workspace.folder / "ml.json").read_text("utf-8"))["muted_checks"][0]["code"] == "ML005"


def test_a_check_can_be_heard_again_and_the_log_keeps_both(folder):
    mute(folder, "ML004", REASON)
    unmute(folder, "ML004")
    assert found(folder) == {}
    assert len((folder.path.parents[1] / FILE).read_text("utf-8").splitlines()) == 2
    with pytest.raises(CheckError, match="not muted"):
        unmute(folder, "ML004")


def test_the_rest_of_the_spec_stays_as_it_was(folder):
    before = folder.spec.read_text("utf-8").splitlines()
    mute(folder, "ML004", REASON)
    after = folder.spec.read_text("utf-8").splitlines()
    assert [line for line in after if line not in before] == [
        "  muted_checks:",
        "    - code: ML004",
        f"      reason: {REASON}",
    ]


@pytest.mark.parametrize(("code", "reason"), [("ML999", REASON), ("ML004", "because")])
def test_no_check_of_that_code_and_no_reason_worth_the_name_are_refused(folder, code, reason):
    with pytest.raises(CheckError) as caught:
        mute(folder, code, reason)
    assert caught.value.allowed
    assert found(folder) == {}
