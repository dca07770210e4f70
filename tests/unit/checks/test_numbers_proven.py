from __future__ import annotations

import hashlib
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


def living(folder, text, name="docs/model.md", *, named=("docs/*.md",)):
    """A document of the project, named in ml.json."""
    path = folder.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    (folder.path.parents[1] / "ml.json").write_text(json.dumps({"docs": list(named)}), "utf-8")
    return path


def cited(folder):
    made.evaluation(folder, value=0.91)
    place = Evidence(folder.path).cite("0.9100", f"{folder.id}:evaluation.json", "/estimates/0/value")
    return f"# Model of {folder.id}\n\nIts roc_auc is {place}.\n"


def test_a_living_document_of_the_project_is_checked_against_the_increment_it_names(tmp_path):
    folder = made.place(tmp_path)
    path = living(folder, cited(folder))
    assert NumbersProven().run(folder).outcome == "passed"
    path.write_text(path.read_text("utf-8").replace("0.9100", "0.9900"), "utf-8")
    assert "docs/model.md: line 3: 0.9900 is not what its evidence says" in NumbersProven().run(folder).sentence


def test_a_claim_without_evidence_is_named_with_its_line(tmp_path):
    folder = made.place(tmp_path)
    living(folder, cited(folder) + "\nOn fresh rows the recall is 0.97.\n")
    verdict = NumbersProven().run(folder)
    assert verdict.outcome == "failed"
    assert "docs/model.md: line 5: recall 0.97 is claimed without evidence" in verdict.sentence


def test_evidence_in_a_document_of_the_project_names_its_increment(tmp_path):
    folder = made.place(tmp_path)
    text = cited(folder).replace(f"{folder.id}:evaluation", "evaluation")
    living(folder, text)
    assert "names no increment" in NumbersProven().run(folder).sentence


def test_documents_that_speak_of_other_increments_are_left_to_those(tmp_path):
    folder = made.place(tmp_path)
    report(folder)
    living(folder, "# Another model\n\nIts accuracy is 0.99.\n")
    assert NumbersProven().run(folder).outcome == "passed"


def test_markdown_in_the_increment_that_cites_is_a_living_document(tmp_path):
    folder = made.place(tmp_path)
    text = cited(folder).replace(f"{folder.id}:", "")
    (folder.path / "deployment").mkdir()
    (folder.path / "deployment" / "DEPLOYMENT.md").write_text(text + "\nAccuracy: 93 %\n", "utf-8")
    assert "deployment/DEPLOYMENT.md: line 5: Accuracy 93 %" in NumbersProven().run(folder).sentence


def test_a_picture_from_another_run_is_named(tmp_path):
    folder = made.place(tmp_path)
    path = report(folder)
    (folder.reports / "roc_curve.png").write_bytes(b"drawn by this run")
    digest = hashlib.sha256(b"drawn by this run").hexdigest()
    made.evaluation(folder, value=0.91, figures_sha256={"roc_curve.png": digest})
    path.write_text(path.read_text("utf-8") + "\n![ROC](roc_curve.png)\n", "utf-8")
    assert NumbersProven().run(folder).outcome == "passed"
    (folder.reports / "roc_curve.png").write_bytes(b"of a better run")
    assert "line 5: the picture roc_curve.png is not the one" in NumbersProven().run(folder).sentence
    (folder.reports / "roc_curve.png").unlink()
    assert "line 5: the picture roc_curve.png is missing" in NumbersProven().run(folder).sentence


def test_the_readme_is_a_living_document_without_being_named(tmp_path):
    folder = made.place(tmp_path)
    report(folder)
    (folder.root / "README.md").write_text(f"{folder.id} has an accuracy of 0.99.\n", "utf-8")
    assert "README.md: line 1: accuracy 0.99 is claimed without evidence" in NumbersProven().run(folder).sentence
    (folder.root / ".specweave/ml.json").write_text('{"docs": []}', "utf-8")
    assert NumbersProven().run(folder).outcome == "passed"
