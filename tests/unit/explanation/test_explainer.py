from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import explained_models as known
import trained_increments as trained
from specweave import ModelExplainer
from specweave.data import seal
from specweave.errors import DataError, ModelError, SealedError, SpecweaveError
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


class OnlyProbabilities:
    classes_ = np.array([0, 1])

    def predict_proba(self, rows):
        p = 1 / (1 + np.exp(-2 * rows["x"].to_numpy()))
        return np.column_stack([1 - p, p])


def some(n=80, index=None):
    return pd.DataFrame(np.random.default_rng(0).normal(size=(n, 3)), columns=list("xyz"), index=index)


def test_a_model_with_nothing_but_probabilities_is_taken():
    subject = ModelExplainer(OnlyProbabilities(), some()).subject
    assert (subject.task, subject.classes, subject.positive) == ("binary", ("0", "1"), "1")
    assert subject.model.predict(some()).tolist() == np.where(some()["x"] >= 0, "1", "0").tolist()


def test_a_model_with_nothing_but_labels_is_taken_without_true_answers():
    class Labels:
        def predict(self, rows):
            return np.where(rows["x"] > 0, "yes", "no")

    subject = ModelExplainer(Labels(), some()).subject
    assert (subject.task, subject.classes) == ("binary", ("no", "yes"))
    assert subject.score(some()).tolist() == (some()["x"] > 0).astype(float).tolist()


def refused(answer, rows=None):
    class Model:
        def predict(self, asked):
            return answer(asked)

    with pytest.raises(SpecweaveError) as raised:
        ModelExplainer(Model(), some() if rows is None else rows, task="regression").generate_all_reports()
    return str(raised.value)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda rows: np.zeros((len(rows), 2)), "several values for a row"),
        (lambda rows: np.zeros(3), "3 answers for"),
        (lambda rows: np.where(rows["x"] > 0, np.nan, 1.0), "not all finite"),
        (lambda rows: 1 / 0, "ZeroDivisionError"),
    ],
    ids=["several outputs", "too few answers", "missing answers", "raises"],
)
def test_answers_nothing_can_be_done_with_are_refused_in_words(answer, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert said in refused(answer)


def test_rows_nothing_can_be_done_with_are_refused_in_words(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "named by text" in refused(lambda rows: rows[0], some().set_axis([0, 1, 2], axis=1))
    assert "too few rows" in refused(lambda rows: rows["x"], some(3))
    assert "parts=" in refused(lambda rows: rows["x"], some().assign(z=[[1]] * 80))
    with pytest.raises(ModelError, match="no model file by that name"):
        ModelExplainer("nowhere.onnx", some())


def test_rows_without_numbers_of_their_own_get_some_and_are_found_by_name():
    named = some(index=[f"customer {at // 2}" for at in range(80)])
    subject = ModelExplainer(OnlyProbabilities(), named).subject
    assert subject.held_out.index.tolist() == list(range(80))
    assert subject.held_out["row name"].tolist() == named.index.tolist()
    assert "row name" not in subject.columns
    assert any("row name=" in caution for caution in subject.cautions)


def test_one_row_to_explain_is_enough(tmp_path):
    found = ModelExplainer(
        OnlyProbabilities(), some(), X_test=some(1), y_test=np.array([1]), folder=tmp_path / "told"
    ).generate_all_reports()
    assert len(found.rows) == 1
    assert "only 1 rows with answers" in found.overall.no_permutation
