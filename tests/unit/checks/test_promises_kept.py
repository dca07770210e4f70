from __future__ import annotations

import pytest

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.promises_kept import PromisesKept
from specweave.checks.running import run_checks
from specweave.data import seal
from specweave.problem import Criterion
from specweave.spec_file import read_problem

PROMISED = {"success": [Criterion(metric="roc_auc", value=0.9)]}


def looked(root, **changes):
    """An increment whose sealed rows were looked at once, under the problem its spec.md holds."""
    folder = made.place(root, **(PROMISED | changes))
    made.sealed(folder)
    promised = read_problem(folder).model_dump(mode="json")
    seal.open_sealed(folder, experiment="exp-002-lightgbm", purpose="evaluation", who="test", promised=promised)
    return folder


def edited(folder, old, new):
    text = folder.spec.read_text("utf-8")
    assert old in text
    folder.spec.write_text(text.replace(old, new, 1), "utf-8")
    return PromisesKept().run(folder)


class TestPromisesKept(CheckConformance):
    def check(self):
        return PromisesKept()

    def broken(self, root):
        folder = looked(root)
        edited(folder, "value: 0.9", "value: 0.7")
        return folder

    def sound(self, root):
        # Asking for more after the look is no way to succeed.
        folder = looked(root)
        edited(folder, "value: 0.9", "value: 0.95")
        return folder

    def unknowable(self, root):
        folder = made.place(root, **PROMISED)
        made.sealed(folder)
        edited(folder, "value: 0.9", "value: 0.5")
        return folder


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value: 0.9", "value: 0.7", "ml.success was roc_auc >= 0.9 and is roc_auc >= 0.7"),
        ("  - metric: roc_auc\n", "  - metric: recall\n", "ml.success was roc_auc >= 0.9 and is gone"),
        ("margin: 0.2", "margin: 0.01", "ml.margin was 0.2 and is 0.01"),
        ("look_budget: 3", "look_budget: 9", "ml.look_budget was 3 and is 9"),
        ("latency_ms: 100", "latency_ms: 900", "ml.constraints.latency_ms was 100 and is 900"),
        ("explainable: true", "explainable: false", "ml.constraints.explainable was true and is false"),
        ("target: churn", "target: plan", "ml.target was churn and is plan"),
    ],
)
def test_whatever_asks_for_less_after_the_look_is_named(tmp_path, old, new, said):
    found = edited(looked(tmp_path), old, new)
    assert found.outcome == "failed"
    assert f"Changed after look 1: {said}" in found.sentence


def test_another_seed_changes_nothing_about_the_sealed_rows_and_is_told(tmp_path):
    found = edited(looked(tmp_path), "seed: 0", "seed: 7")
    assert found.outcome == "warned"
    assert "Changed after look 1: ml.seed" in found.sentence


def test_the_first_look_counts_not_the_last(tmp_path):
    folder = looked(tmp_path)
    edited(folder, "value: 0.9", "value: 0.7")
    promised = read_problem(folder).model_dump(mode="json")
    seal.open_sealed(folder, experiment="exp-003", purpose="again", who="test", promised=promised)
    assert "Changed after look 1" in PromisesKept().run(folder).sentence


def test_a_person_may_change_a_promise_on_record(tmp_path):
    from specweave.checks import muting

    folder = looked(tmp_path)
    edited(folder, "value: 0.9", "value: 0.7")
    muting.mute(folder, "ML016", "the customer accepts 0.7 by letter of May 3")
    (found,) = [result for result in run_checks(folder) if result.code == "ML016"]
    assert found.verdict == "muted"
    assert found.unmuted_verdict == "failed"
