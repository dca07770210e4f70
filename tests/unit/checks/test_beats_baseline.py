from __future__ import annotations

import pytest

import increment_factory as made
from specweave.checks.beats_baseline import BeatsBaseline
from specweave.checks.conformance import CheckConformance


class TestBeatsBaseline(CheckConformance):
    def check(self):
        return BeatsBaseline()

    def broken(self, root):
        folder = made.place(root)
        made.evaluation(folder, margin=0.1, verdict="within noise")
        return folder

    def sound(self, root):
        folder = made.place(root)
        made.evaluation(folder, margin=0.2)
        return folder

    def unknowable(self, root):
        return made.place(root)


@pytest.mark.parametrize(
    ("margin", "verdict", "outcome"),
    [
        (0.5, "better", "passed"),
        (0.5, "within noise", "failed"),
        (0.19, "better", "warned"),
        (-0.3, "worse", "failed"),
    ],
)
def test_chance_refuses_and_the_margin_warns(tmp_path, margin, verdict, outcome):
    folder = made.place(tmp_path)
    made.evaluation(folder, margin=margin, verdict=verdict)
    found = BeatsBaseline().run(folder)
    assert found.outcome == outcome
    assert verdict in found.sentence
    assert "DeLong" in found.sentence


def test_the_margin_of_the_spec_counts(tmp_path):
    folder = made.place(tmp_path, margin=0.6)
    made.evaluation(folder, margin=0.55)
    found = BeatsBaseline().run(folder)
    assert found.outcome == "warned"
    assert "60 % wanted" in found.sentence


def test_an_evaluation_without_a_baseline_fails_with_the_reason(tmp_path):
    folder = made.place(tmp_path)
    made.evaluation(folder, baseline=None, comparison=None, margin=None, no_baseline="no baseline has finished")
    found = BeatsBaseline().run(folder)
    assert found.outcome == "failed"
    assert "no baseline has finished" in found.sentence
    assert found.remedy.tool == "run_experiment"


def test_a_perfect_baseline_is_for_a_person_to_look_at(tmp_path):
    folder = made.place(tmp_path)
    made.evaluation(folder, margin=None, verdict="within noise")
    assert BeatsBaseline().run(folder).outcome == "warned"


def test_a_damaged_evaluation_is_named(tmp_path):
    from specweave.checks import run_checks

    folder = made.place(tmp_path)
    (folder.reports / "evaluation.json").write_text('{"experiment": 3}')
    (result,) = run_checks(folder, [BeatsBaseline()])
    assert result.verdict == "failed"
    assert "does not hold an evaluation" in result.sentence


def test_a_judged_baseline_is_called_one(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder, "linear", "baseline")
    made.evaluation(folder, "exp-001-linear", baseline="exp-002-one-rule")
    found = BeatsBaseline().run(folder)
    assert "exp-001-linear, itself a baseline" in found.sentence
    assert "exp-002-one-rule" in found.sentence
