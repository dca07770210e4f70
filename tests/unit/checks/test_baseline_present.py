from __future__ import annotations

import increment_factory as made
from specweave.checks.baseline_present import BaselinePresent
from specweave.checks.conformance import CheckConformance


class TestBaselinePresent(CheckConformance):
    def check(self):
        return BaselinePresent()

    def broken(self, root):
        folder = made.place(root)
        made.record(folder)
        made.record(folder, "majority", "baseline", status="failed")
        return folder

    def sound(self, root):
        folder = made.place(root)
        made.record(folder, "majority", "baseline")
        made.record(folder)
        return folder

    def unknowable(self, root):
        folder = made.place(root)
        made.record(folder, "look", "eda")
        return folder


def test_a_baseline_that_measured_nothing_is_none(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder, "majority", "baseline", metrics={})
    made.record(folder)
    assert BaselinePresent().run(folder).outcome == "failed"


def test_the_users_own_script_needs_a_baseline_too(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder, "mine", "script")
    verdict = BaselinePresent().run(folder)
    assert verdict.outcome == "failed"
    assert verdict.remedy.call == f'run_experiment(increment="{folder.id}")'
