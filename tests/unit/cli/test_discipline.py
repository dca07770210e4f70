from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import increment_factory as made
from specweave.cli import main
from specweave.increments import set_status


@pytest.fixture
def folder(workspace):
    found = made.worked(made.increment(workspace))
    set_status(found, "active")
    return found


def run(folder, *arguments):
    return CliRunner().invoke(main, [*arguments, "--project", str(folder.root)])


def test_check_answers_by_its_exit_code_and_opens_with_the_mission(folder):
    done = run(folder, "check", "1")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0] == f"{folder.id}: no check fails."
    assert done.output.splitlines()[1].startswith("- [x] All experiments logged: 2 records")
    assert (folder.reports / "validation-report.md").is_file()
    made.leaks(folder, ("certain", ["age"]))
    assert run(folder, "check", "1").exit_code == 1


def test_json_is_the_only_output_and_holds_every_result(folder):
    made.leaks(folder, ("certain", ["age"]))
    done = run(folder, "check", "1", "--json", "--no-report")
    facts = json.loads(done.stdout)
    assert facts["failed"] is True
    failed = [one["code"] for one in facts["increments"][folder.id] if one["verdict"] == "failed"]
    assert failed == ["ML007"]
    assert not (folder.reports / "validation-report.md").exists()


def test_all_takes_what_is_under_way_and_leaves_the_rest(folder, workspace):
    planned = made.increment(workspace)
    done = run(folder, "check", "--all", "--no-report")
    assert done.exit_code == 0
    assert folder.id in done.output
    assert planned.id not in done.output
    planned.metadata_file.write_text("{", "utf-8")
    assert planned.id in run(folder, "check", "--all", "--no-report").output


def test_a_muting_is_written_shown_and_taken_back(folder):
    made.leaks(folder, ("certain", ["age"]))
    muted = run(folder, "mute", "1", "ml007", "--reason", "age is known on the day of the contract")
    assert muted.exit_code == 0, muted.output
    assert "not typed at a terminal" in muted.output
    assert "ML007 muted: Muted in spec.md by" in run(folder, "check", "1").output
    assert run(folder, "mute", "1", "ML007", "--undo").exit_code == 0
    assert run(folder, "check", "1").exit_code == 1


def test_a_muting_without_a_reason_is_refused_with_what_is_wanted(folder):
    done = run(folder, "mute", "1", "ML007")
    assert done.exit_code == 2
    assert "needs a reason" in done.output
