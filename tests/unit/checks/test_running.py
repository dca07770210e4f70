from __future__ import annotations

import json

import pytest

import increment_factory as made
from specweave.checks import NextStep, any_failed, failed, passed, run_checks, write_validation_report
from specweave.data.muting_log import MutingEntry, write_muting
from specweave.errors import SealedError


class Fake:
    """A check with the verdict it is given."""

    title = "A practice of the test"

    def __init__(self, code, verdict, severity="error"):
        self.code, self.verdict, self.severity = code, verdict, severity

    def run(self, folder):
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict


BAD = failed("Two | three rows are wrong.", "data/split.json", remedy=NextStep(sentence="Train", tool="run_experiment"))


@pytest.fixture
def folder(workspace):
    return made.increment(workspace)


def edit_spec(folder, text):
    folder.spec.write_text(folder.spec.read_text("utf-8").replace("  seed: 0\n", f"  seed: 0\n{text}"), "utf-8")


def test_results_come_by_code(folder):
    results = run_checks(folder, [Fake("XX002", BAD), Fake("XX001", passed("Good."))])
    assert [(r.code, r.verdict) for r in results] == [("XX001", "passed"), ("XX002", "failed")]
    assert any_failed(results)


def test_a_crash_is_a_failure_and_hides_no_other_check(folder):
    results = run_checks(folder, [Fake("XX001", ValueError("odd\ninput")), Fake("XX002", passed("Good."))])
    assert results[0].verdict == "failed"
    assert "ValueError: odd input" in results[0].sentence
    assert results[1].verdict == "passed"


def test_an_error_of_ours_is_told_in_its_own_words(folder):
    error = SealedError("The ledger was changed", value="entry 3", next_step="restore it")
    (result,) = run_checks(folder, [Fake("XX001", error)])
    assert result.verdict == "failed"
    assert result.sentence == "The ledger was changed (entry 3)."
    assert result.remedy.sentence == "restore it"


def test_a_failed_warning_is_a_warning(folder):
    results = run_checks(folder, [Fake("XX001", BAD, severity="warning")])
    assert results[0].verdict == "warned"
    assert not any_failed(results)


def test_a_damaged_spec_stops_no_check(folder):
    folder.spec.write_text("---\nml: [\n---\n", "utf-8")
    assert [r.verdict for r in run_checks(folder, [Fake("XX001", passed("Good."))])] == ["passed"]


def silence(folder, code, reason, increment=None):
    write_muting(folder.path.parents[1], MutingEntry(code, increment, reason, "Ada", "2026-01-05", True, "mute"))


@pytest.mark.parametrize(
    "form",
    ["  muted_checks:\n    - code: xx001\n      reason: too few rows\n", "  muted_checks: {XX001: too few rows}\n"],
)
def test_a_muting_on_record_shows_reason_person_and_finding(folder, form):
    edit_spec(folder, form)
    silence(folder, "XX001", "too few rows", folder.id)
    results = run_checks(folder, [Fake("XX001", BAD)])
    assert results[0].verdict == "muted"
    assert (results[0].muted_because, results[0].muted_by) == ("too few rows", "Ada, 2026-01-05")
    assert results[0].unmuted_verdict == "failed"
    assert not any_failed(results)
    report = write_validation_report(folder, results).read_text("utf-8")
    assert "Muted by Ada, 2026-01-05, with the reason: too few rows" in report
    assert "spec.md" in report
    assert "are wrong" in report


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("  muted_checks: [XX001]\n", "gives no reason"),
        ("  muted_checks:\n    - code: XX001\n      reason: '  '\n", "gives no reason"),
        ("  muted_checks: {XX001: an assistant wrote this}\n", "nobody is on record for it"),
    ],
)
def test_muting_without_a_reason_or_a_record_has_no_effect_and_says_so(folder, form, why):
    edit_spec(folder, form)
    results = run_checks(folder, [Fake("XX001", BAD)])
    assert results[0].verdict == "failed"
    assert why in results[0].sentence


def test_muting_for_the_project_stands_in_ml_json_and_the_increment_has_the_last_word(workspace, folder):
    (workspace.folder / "ml.json").write_text(
        json.dumps({"muted_checks": {"XX001": "project", "XX002": "project"}}), "utf-8"
    )
    edit_spec(folder, "  muted_checks: {XX001: increment}\n")
    silence(folder, "XX001", "increment", folder.id)
    silence(folder, "XX002", "project")
    results = run_checks(folder, [Fake("XX001", BAD), Fake("XX002", BAD)])
    assert [r.muted_because for r in results] == ["increment", "project"]


@pytest.mark.parametrize("content", ["{", "[]", '{"muted_checks": 5}'])
def test_settings_that_make_no_sense_mute_nothing(workspace, folder, content):
    (workspace.folder / "ml.json").write_text(content, "utf-8")
    assert [r.verdict for r in run_checks(folder, [Fake("XX001", BAD)])] == ["failed"]


def test_the_report_says_what_fails_with_evidence_and_call(folder):
    path = write_validation_report(folder, run_checks(folder, [Fake("XX001", BAD), Fake("XX002", passed("Good."))]))
    text = path.read_text("utf-8")
    assert path == folder.reports / "validation-report.md"
    assert "**1 of 2 checks fail.**" in text
    assert "| XX001 A practice of the test | failed | Two \\| three rows are wrong. |" in text
    assert "- data/split.json" in text
    assert "    run_experiment()" in text


def test_the_report_of_a_clean_run_says_so(folder):
    path = write_validation_report(folder, run_checks(folder, [Fake("XX002", passed("Good."))]))
    assert "**No check fails** (1 run)." in path.read_text("utf-8")


def test_every_registered_check_passes_on_sound_work(folder):
    results = run_checks(made.worked(folder))
    assert {r.verdict for r in results} == {"passed", "not applicable"}
    assert [r.code for r in results if r.verdict == "not applicable"] == [
        "ML005", "ML008", "ML011", "ML012", "ML013", "ML014", "ML015", "ML016", "ML017",
    ]  # fmt: skip
