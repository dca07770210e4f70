from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from specweave.checks.metrics_recomputed import MetricsRecomputed
from specweave.checks.numbers_proven import NumbersProven
from specweave.evaluation import evaluate
from specweave.evaluation.unedited import edited_documents, foreign_pictures
from specweave.workspace import IncrementFolder, Workspace, read_json
from trained_increments import add_experiment, sealed_increment


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """One evaluation with its reports and pictures, in a project of its own."""
    root = tmp_path_factory.mktemp("Prüf projekt")
    rng = np.random.default_rng(0)
    signal = rng.normal(size=300)
    frame = pd.DataFrame({"signal": signal, "churn": np.where(signal + rng.normal(size=300) > 0, "yes", "no")})
    folder, problem = sealed_increment(Workspace.find_or_create(root), frame, "churn", "binary", positive="yes")
    add_experiment(folder, problem, "linear", "candidate")
    evaluate(folder, problem, who="test", purpose="checking")
    return root


@pytest.fixture
def folder(written, tmp_path):
    shutil.copytree(written, tmp_path / "copy")
    (path,) = (tmp_path / "copy" / ".specweave" / "increments").iterdir()
    return IncrementFolder(path)


def facts(folder):
    return read_json(folder.reports / "evaluation.json")


def edit(folder, name, old, new):
    path = folder.reports / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_what_an_evaluation_wrote_is_unedited(folder):
    assert list(edited_documents(folder, facts(folder))) == []
    assert list(foreign_pictures(folder, facts(folder), folder.reports / "evaluation-report.md")) == []
    assert NumbersProven().run(folder).outcome == "passed"
    assert MetricsRecomputed().run(folder).outcome == "passed"


@pytest.mark.parametrize("name", ["evaluation-report.md", "comparison.md", "evaluation-report.html"])
def test_an_edit_that_touches_no_number_is_named_with_its_line(folder, name):
    lines = (folder.reports / name).read_text("utf-8").splitlines()
    place = next(n for n, line in enumerate(lines) if len(line) > 10)
    edit(folder, name, lines[place], lines[place] + " And it is wonderful.")
    ((where, said),) = edited_documents(folder, facts(folder))
    assert where == f"reports/{name}"
    assert said == f"line {place + 1} was edited after look 1 wrote it"


def test_a_number_replaced_together_with_its_mark_and_its_evidence_is_found(folder):
    path = folder.reports / "evaluation-report.md"
    text = path.read_text("utf-8")
    marked = text[text.index("rows that no model learned from") - 30 :]
    mark = marked[marked.index("<!--") + 4 : marked.index("-->")]
    kept = [line for line in text.replace(f"<!--{mark}-->", "").splitlines() if not line.startswith(f"{mark} ")]
    path.write_text("\n".join(kept) + "\n", "utf-8")
    verdict = NumbersProven().run(folder)
    assert verdict.outcome == "failed"
    assert "was edited after look 1 wrote it" in verdict.sentence


def test_a_picture_of_another_run_is_named_with_its_line(folder):
    shutil.copy(folder.reports / "roc_curve.png", folder.reports / "calibration.png")
    (said,) = foreign_pictures(folder, facts(folder), folder.reports / "evaluation-report.md")
    assert "calibration.png is not the one this evaluation drew" in said


def test_an_evaluation_nobody_witnessed_is_judged_by_its_numbers_alone(folder):
    (folder.path.parents[1] / "looks-witness.jsonl").unlink()
    edit(folder, "comparison.md", "#", "# ")
    assert list(edited_documents(folder, facts(folder))) == []
