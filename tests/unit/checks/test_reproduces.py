from __future__ import annotations

import json

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.reproduces import Reproduces
from specweave.checks.running import run_checks
from specweave.witness_file import vouch


def reproduced(folder, experiment="exp-001-lightgbm", verdict="reproduced exactly", recorded=0.9):
    facts = {
        "experiment": experiment,
        "verdict": verdict,
        "sentence": f"{experiment} was {verdict}: roc_auc 0.9 before, 0.8 now",
        "how": "same interpreter",
        "items": [{"what": "metric", "name": "roc_auc", "recorded": recorded, "now": 0.9, "outcome": "equal"}],
    }
    number = experiment.split("-")[1]
    path = folder.reports / f"reproduction-exp-{number}.json"
    path.write_text(json.dumps(facts), "utf-8")
    vouch(folder, path)


class TestReproduces(CheckConformance):
    def check(self):
        return Reproduces()

    def broken(self, root):
        folder = made.place(root)
        made.record(folder)
        reproduced(folder, verdict="not reproduced")
        return folder

    def sound(self, root):
        # Another experiment did not reproduce; the one that counts did.
        folder = made.place(root)
        made.record(folder)
        made.record(folder, "weak", metrics={"roc_auc": 0.6, "fold_1": 0.6, "fold_2": 0.6})
        reproduced(folder)
        reproduced(folder, "exp-002-weak", "not reproduced")
        return folder

    def unknowable(self, root):
        folder = made.place(root)
        made.record(folder)
        return folder


def test_it_warns_and_never_stops_completion(tmp_path):
    (result,) = run_checks(TestReproduces().broken(tmp_path), [Reproduces()])
    assert result.verdict == "warned"
    assert "0.9 before, 0.8 now" in result.sentence


def test_the_call_that_answers_the_question_is_given(tmp_path):
    folder = TestReproduces().unknowable(tmp_path)
    remedy = Reproduces().run(folder).remedy
    assert remedy.call == f'reproduce_experiment(increment="{folder.id}", experiment="exp-001-lightgbm")'


def test_the_judged_model_counts(tmp_path):
    folder = TestReproduces().sound(tmp_path)
    made.evaluation(folder, "exp-002-weak")
    assert Reproduces().run(folder).outcome == "warned"


def test_a_record_changed_since_was_not_reproduced(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder)
    reproduced(folder, recorded=0.85)
    assert "has changed since" in Reproduces().run(folder).sentence


def test_a_report_about_another_experiment_proves_nothing(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder)
    reproduced(folder, "exp-001-earlier")
    assert Reproduces().run(folder).outcome == "not applicable"


def test_a_result_no_tool_wrote_proves_nothing(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder)
    reproduced(folder)
    path = folder.reports / "reproduction-exp-001.json"
    path.write_text(path.read_text("utf-8").replace("0.9", "0.8"), "utf-8")
    found = Reproduces().run(folder)
    assert found.outcome == "warned"
    assert "was edited since a tool wrote it" in found.sentence
