from __future__ import annotations

import pytest

import increment_factory as made
from specweave.checks.muting import mute
from specweave.errors import CheckError, IncrementError
from specweave.increments import complete_increment, set_status


@pytest.fixture
def folder(workspace):
    return made.worked(made.increment(workspace))


def test_sound_work_is_completed_through_review(folder):
    path = complete_increment(folder)
    metadata = folder.metadata()
    assert path == folder.reports / "COMPLETION-SUMMARY.md"
    assert metadata["status"] == "completed"
    assert [step["to"] for step in metadata["ml"]["status_history"]] == ["active", "ready_for_review", "completed"]
    completion = metadata["ml"]["completion"]
    assert (completion["summary"], completion["override"]) == ("reports/COMPLETION-SUMMARY.md", None)
    assert (folder.reports / "validation-report.md").exists()


def test_what_was_verified_is_ticked_and_the_last_tasks_are_done(folder):
    complete_increment(folder)
    spec = folder.spec.read_text("utf-8")
    assert "[x] **AC-US1-02**" in spec
    assert "[ ] **AC-US1-06**" in spec
    assert (folder.path / "tasks.md").read_text("utf-8").count("[x] completed") == 2


def test_a_failing_check_refuses_and_names_its_remedy(folder):
    made.evaluation(folder, margin=0.01, verdict="within noise")
    made.leaks(folder, ("certain", ["age"]))
    with pytest.raises(CheckError) as caught:
        complete_increment(folder)
    assert "ML003" in caught.value.what
    assert "ML007" in caught.value.what
    assert f'run_experiment(increment="{folder.id}")' in caught.value.next_step
    assert folder.metadata()["status"] == "planning"
    assert not (folder.reports / "COMPLETION-SUMMARY.md").exists()
    assert "checks fail" in (folder.reports / "validation-report.md").read_text("utf-8")


def test_work_that_was_never_done_cannot_be_completed(workspace):
    folder = made.increment(workspace)
    with pytest.raises(CheckError) as caught:
        complete_increment(folder)
    assert "Unfinished" in caught.value.what
    assert "profile_data" in caught.value.next_step


def test_models_nobody_evaluated_cannot_be_completed(folder):
    (folder.reports / "evaluation.json").unlink()
    with pytest.raises(CheckError) as caught:
        complete_increment(folder)
    assert "evaluate_model" in caught.value.next_step


def test_a_persons_reason_overrides_and_is_kept(folder):
    made.evaluation(folder, margin=0.01, verdict="within noise")
    path = complete_increment(folder, "  The bank accepts it, letter of 3 May. ")
    override = folder.metadata()["ml"]["completion"]["override"]
    assert override["reason"] == "The bank accepts it, letter of 3 May."
    assert override["obstacles"][0].startswith("ML003")
    text = path.read_text("utf-8")
    assert "The bank accepts it, letter of 3 May." in text
    assert "ML003" in text.split("## Best model")[0]
    assert folder.metadata()["status"] == "completed"


def test_an_empty_reason_is_none(folder):
    made.evaluation(folder, margin=0.01, verdict="within noise")
    with pytest.raises(CheckError):
        complete_increment(folder, "   ")


def test_a_reason_nobody_needed_is_not_recorded_as_an_override(folder):
    complete_increment(folder, "just in case")
    assert folder.metadata()["ml"]["completion"]["override"] is None


@pytest.mark.parametrize("status", ["paused", "backlog", "abandoned"])
def test_what_is_not_worked_on_is_not_completed(folder, status):
    set_status(folder, status)
    with pytest.raises(IncrementError, match=status):
        complete_increment(folder, "now")


def test_a_completed_increment_is_not_completed_again(folder):
    complete_increment(folder)
    with pytest.raises(IncrementError, match="completed"):
        complete_increment(folder)


def test_muting_shows_in_the_summary(folder):
    made.evaluation(folder, margin=0.01, verdict="within noise")
    mute(folder, "ML003", "agreed with the bank", who="Ada")
    summary = complete_increment(folder).read_text("utf-8")
    assert "muted" in summary
    assert "agreed with the bank" in summary


def test_criteria_nobody_verified_are_named_with_what_is_lacking(folder):
    (folder.reports / "explanation.json").unlink()
    path = complete_increment(folder)
    unverified = folder.metadata()["ml"]["completion"]["unverified"]
    assert [one for one in unverified if one.startswith(("AC-US1-06", "AC-US1-07", "AC-US1-02"))] == [
        "AC-US1-06 (ML011 not applicable)",
        "AC-US1-07 (ML010 warned)",
    ]
    rows = {line[2:11]: line for line in path.read_text("utf-8").splitlines() if line.startswith("| AC-US1-")}
    assert "**not verified** | ML011 not applicable" in rows["AC-US1-06"]
    assert "**not verified** | ML010 warned" in rows["AC-US1-07"]
    assert "| yes | checks ML002, ML003 |" in rows["AC-US1-02"]


def test_an_override_leaves_the_criteria_of_failing_checks_unverified(folder):
    made.leaks(folder, ("certain", ["age"]))
    complete_increment(folder, override_reason="agreed with the bank")
    assert folder.metadata()["ml"]["completion"]["override"]["by"]
    assert "AC-US1-04 (ML007 failed)" in folder.metadata()["ml"]["completion"]["unverified"]


@pytest.mark.parametrize("reason", ["ok", "agreed"])
def test_an_override_without_a_reason_worth_the_name_is_refused(folder, reason):
    made.leaks(folder, ("certain", ["age"]))
    with pytest.raises(CheckError, match="reason a reader can judge"):
        complete_increment(folder, override_reason=reason)
    assert folder.metadata()["status"] != "completed"


def test_what_a_person_ticked_by_hand_is_verified(folder):
    text = folder.spec.read_text("utf-8")
    folder.spec.write_text(text.replace("- [ ] **AC-US1-06**", "- [x] **AC-US1-06**"), "utf-8")
    written = complete_increment(folder).read_text("utf-8")
    rows = {line[2:11]: line for line in written.splitlines() if line.startswith("| AC-US1-")}
    assert "| yes | ticked by a person in spec.md |" in rows["AC-US1-06"]
    assert "| yes | check ML010 |" in rows["AC-US1-07"]
