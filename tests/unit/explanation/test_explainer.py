from __future__ import annotations

import numpy as np
import pytest

import explained_models as known
import trained_increments as trained
from specweave import ModelExplainer
from specweave.data import seal
from specweave.errors import DataError, SealedError
from specweave.evidence import check_document
from specweave.spec_file import write_problem
from specweave.workspace import Workspace


def linear(kind="binary"):
    subject = known.subject(kind)
    return subject.model, subject.held_out.reset_index(drop=True), subject.truth


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_any_object_with_predict_is_explained(tmp_path, kind):
    model, rows, truth = linear(kind)
    found = ModelExplainer(
        model, rows[:300], rows[300:], truth[300:], target="granted", folder=tmp_path / "why"
    ).generate_all_reports()
    assert found.task == kind
    assert not found.exact  # a class of our own has no exact route
    assert {one.column for one in found.overall.columns[:3]} == {"income", "late", "job"}
    for name in found.documents:
        assert (tmp_path / name).is_file()
    for name in ("explainability-report.md", "explanation.html", "model-card.md"):
        assert check_document(tmp_path / "why" / name, tmp_path) == []


def test_a_function_of_rows_is_a_model(tmp_path):
    model, rows, truth = linear()
    found = ModelExplainer(
        lambda table: model.predict_proba(table)[:, 1],
        rows[:300],
        rows[300:],
        truth[300:],
        classes=["no", "yes"],
        folder=tmp_path / "why",
    ).generate_all_reports(rows=[305, "borderline"], allow_change=["late down"])
    assert found.rows[0].row == 305
    assert all(one.counterfactuals.allowed == ("late down",) for one in found.rows)
    job = {share.column: share.amount for share in found.rows[0].shares}
    assert set(job) == set(known.COLUMNS)


def test_wrong_wishes_are_refused_before_the_long_work(tmp_path):
    model, rows, truth = linear()
    explainer = ModelExplainer(model, rows[:300], rows[300:], truth[300:], folder=tmp_path / "why")
    with pytest.raises(DataError, match="no such row"):
        explainer.generate_all_reports(rows=[3])
    with pytest.raises(DataError, match="no column by that name"):
        explainer.generate_all_reports(allow_change=["incme"])
    assert not (tmp_path / "why").exists()


def test_an_increment_says_task_and_place_and_its_sealed_rows_are_refused(workspace):
    frame = known.loans(500).drop(columns="customer_id")
    folder, problem = trained.sealed_increment(workspace, frame, "granted", "binary", positive="yes")
    folder.spec.write_text("---\nml: {}\n---\n\n# Spec\n", "utf-8")
    write_problem(folder, problem)
    training = seal.training_rows(folder)

    def answer(rows):
        return np.clip(rows["income"].to_numpy(float) / 60_000, 0, 1)

    explainer = ModelExplainer(
        answer,
        training[known.FEATURES],
        increment="1",
        name="by hand",
        classes=["no", "yes"],
        y_train=training["granted"],
        project=workspace.root,
    )
    found = explainer.generate_all_reports(rows=["typical"])
    assert found.increment == folder.id
    assert found.target == "granted"
    assert (folder.reports / "by-hand" / "explanation.json").is_file()
    assert check_document(folder.reports / "by-hand" / "explainability-report.md", folder) == []
    assert seal.looks(folder) == []
    with pytest.raises(SealedError, match="look nobody counts"):
        ModelExplainer(answer, frame[known.FEATURES], increment="1", classes=["no", "yes"], project=workspace.root)
    assert Workspace.find(workspace.root).increment("1").path == folder.path
