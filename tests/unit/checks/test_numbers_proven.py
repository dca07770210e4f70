from __future__ import annotations

import json

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.numbers_proven import NumbersProven
from specweave.evidence import Evidence


def report(folder, name="evaluation-report.md"):
    """A report that cites one number of the evaluation."""
    made.evaluation(folder, value=0.91)
    cited = Evidence(folder.path).cite("0.9100", "evaluation.json", "/estimates/0/value")
    path = folder.reports / name
    path.write_text(f"# Report\n\nroc_auc {cited}\n", "utf-8")
    return path


class TestNumbersProven(CheckConformance):
    def check(self):
        return NumbersProven()

    def broken(self, root):
        folder = made.place(root)
        path = report(folder)
        path.write_text(path.read_text("utf-8").replace("0.9100", "0.9900"), "utf-8")
        return folder

    def sound(self, root):
        folder = made.place(root)
        report(folder)
        (folder.reports / "notes.md").write_text("By hand: 42 customers, 0.5 of them ours.\n", "utf-8")
        return folder

    def unknowable(self, root):
        folder = made.place(root)
        (folder.reports / "data-profile.md").write_text("# Profile\n\n891 rows\n", "utf-8")
        return folder


def test_an_edited_number_is_named_with_its_line(tmp_path):
    folder = made.place(tmp_path)
    path = report(folder)
    path.write_text(path.read_text("utf-8").replace("0.9100", "0.9900"), "utf-8")
    verdict = NumbersProven().run(folder)
    assert "reports/evaluation-report.md: line 3: 0.9900" in verdict.sentence


def test_evidence_that_changed_since_makes_the_report_stale(tmp_path):
    folder = made.place(tmp_path)
    report(folder)
    made.evaluation(folder, value=0.85)
    assert "stale" in NumbersProven().run(folder).sentence


def test_evidence_that_was_stripped_is_missed(tmp_path):
    folder = made.place(tmp_path)
    report(folder).write_text("# Report\n\nroc_auc 0.9900\n", "utf-8")
    verdict = NumbersProven().run(folder)
    assert verdict.outcome == "failed"
    assert "no longer carry their evidence" in verdict.sentence


def test_a_number_of_a_run_is_compared_with_that_run(tmp_path):
    folder = made.place(tmp_path)
    path = made.record(folder)
    cited = Evidence(folder.path).cite("0.9000", path.name, "/roc_auc")
    (folder.reports / "living.md").write_text(f"AUC {cited}\n", "utf-8")
    assert NumbersProven().run(folder).outcome == "passed"
    (path / "metrics.json").write_text(json.dumps({"roc_auc": 0.7}), "utf-8")
    assert NumbersProven().run(folder).outcome == "failed"
