from __future__ import annotations

import json

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.explained import Explained
from specweave.checks.running import run_checks
from specweave.problem import Constraints


class TestExplained(CheckConformance):
    def check(self):
        return Explained()

    def broken(self, root):
        folder = made.place(root)
        made.record(folder, "majority", "baseline")
        made.record(folder)
        made.explanation(folder, model_sha256="of another file")
        return folder

    def sound(self, root):
        folder = made.place(root)
        made.record(folder, "majority", "baseline")
        made.record(folder)
        made.evaluation(folder)
        made.explanation(folder)
        return folder

    def unknowable(self, root):
        return made.place(root)


def test_a_missing_explanation_warns_and_names_the_call(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder)
    found = Explained().run(folder)
    assert found.outcome == "warned"
    assert found.remedy.tool == "explain_model"
    assert found.remedy.arguments == {"increment": folder.id}


def test_an_explanation_of_another_file_or_another_experiment_fails(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder, "ridge")
    made.record(folder, "lightgbm")
    made.evaluation(folder, "exp-002-lightgbm")
    made.explanation(folder, "exp-001-ridge")
    found = Explained().run(folder)
    assert found.outcome == "failed"
    assert "exp-001-ridge" in found.sentence
    made.explanation(folder, "exp-002-lightgbm", model_sha256="0" * 64)
    assert Explained().run(folder).outcome == "failed"
    made.explanation(folder, "exp-002-lightgbm")
    assert Explained().run(folder).outcome == "passed"


def test_it_does_not_apply_where_the_spec_asks_for_none(tmp_path):
    folder = made.place(tmp_path, constraints=Constraints(explainable=False))
    made.record(folder)
    found = Explained().run(folder)
    assert found.outcome == "not applicable"
    assert "explainable" in found.sentence


def test_a_damaged_file_is_a_failed_check_that_names_it(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder)
    (folder.reports / "explanation.json").write_text(json.dumps({"experiment": "x"})[:-2], "utf-8")
    (result,) = run_checks(folder, [Explained()])
    assert result.verdict == "failed"
    assert "explanation.json" in result.sentence
