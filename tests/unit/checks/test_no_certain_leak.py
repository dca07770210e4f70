from __future__ import annotations

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.no_certain_leak import NoCertainLeak, leak_findings


class TestNoCertainLeak(CheckConformance):
    def check(self):
        return NoCertainLeak()

    def broken(self, root):
        folder = made.place(root)
        made.leaks(folder, ("certain", ["age"]))
        made.record(folder)
        return folder

    def sound(self, root):
        # A certain leak in a column no model uses, and a suspected one in a column that is used.
        folder = made.place(root)
        made.leaks(folder, ("certain", ["tax"]), ("suspected", ["age"]))
        made.record(folder)
        return folder

    def unknowable(self, root):
        return made.place(root)


def test_before_training_the_columns_of_the_problem_count(tmp_path):
    folder = made.place(tmp_path)
    made.leaks(folder, ("certain", ["tax"]))
    verdict = NoCertainLeak().run(folder)
    assert verdict.outcome == "failed"
    assert "tax" in verdict.remedy.sentence


def test_an_excluded_column_is_no_leak_any_more(tmp_path):
    folder = made.place(tmp_path, excluded=[{"column": "tax", "reason": "a leak"}])
    made.leaks(folder, ("certain", ["tax"]))
    assert NoCertainLeak().run(folder).outcome == "passed"


def test_an_old_model_with_the_leak_does_not_spoil_a_clean_one(tmp_path):
    folder = made.place(tmp_path, excluded=[{"column": "tax", "reason": "a leak"}])
    made.leaks(folder, ("certain", ["tax"]))
    made.record(folder, "leaky", model={"file": "model.skops", "sha256": "x", "features": ["tax"]})
    assert NoCertainLeak().run(folder).outcome == "failed"
    made.record(folder, "clean")
    assert NoCertainLeak().run(folder).outcome == "passed"


def test_judging_the_leaky_one_fires(tmp_path):
    folder = made.place(tmp_path)
    made.leaks(folder, ("certain", ["tax"]))
    made.record(folder, "leaky", model={"file": "model.skops", "sha256": "x", "features": ["tax"]})
    made.record(folder, "clean")
    made.evaluation(folder, "exp-002-clean")
    assert NoCertainLeak().run(folder).outcome == "passed"
    made.evaluation(folder, "exp-001-leaky")
    assert NoCertainLeak().run(folder).outcome == "failed"


def test_a_certain_leak_between_rows_counts_always(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder)
    made.leaks(folder, ("certain", []))
    verdict = NoCertainLeak().run(folder)
    assert verdict.outcome == "failed"
    assert verdict.remedy.sentence.startswith("Mend the split")


def test_no_search_is_not_an_empty_search(tmp_path):
    folder = made.place(tmp_path)
    assert leak_findings(folder) is None
    made.leaks(folder)
    assert leak_findings(folder) == []
