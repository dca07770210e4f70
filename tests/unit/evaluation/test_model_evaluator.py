from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression

from simulated_predictions import binormal
from specweave import ModelEvaluator
from specweave.data import seal
from specweave.errors import DataError, MissingDependencyError, ModelError, ProblemError, SealedError
from specweave.evaluation import model_documents
from specweave.evidence import check_document
from specweave.metrics import score
from specweave.problem import Problem
from specweave.spec_file import write_problem
from specweave.workspace import write_text
from trained_increments import sealed_increment


def rows(n=400, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"signal": rng.normal(size=n), "noise": rng.normal(size=n)})
    return X, np.where(X["signal"] + 0.7 * rng.normal(size=n) > 0.5, "yes", "no")


def fitted(columns=("signal", "noise")):
    X, y = rows(seed=1)
    return LogisticRegression().fit(X[list(columns)], y)


class OnColumn:
    """A model of no known library: probabilities, and no word on which class is which."""

    def __init__(self, model, columns):
        self._model, self._columns = model, columns

    def predict(self, X):
        return self._model.predict(X[self._columns])

    def predict_proba(self, X):
        return self._model.predict_proba(X[self._columns])


@pytest.fixture
def no_figures(monkeypatch):
    """Figures take most of the time and are looked at in other tests."""
    monkeypatch.setattr(model_documents.documents, "make_figures", lambda predictions, target: {})


@pytest.fixture
def sealed(workspace):
    """An increment with sealed rows and its spec.md, and the whole table they come from."""
    X, y = rows(500)
    frame = X.assign(churn=y)
    folder, problem = sealed_increment(workspace, frame, "churn", "binary", positive="yes")
    write_text(folder.spec, "---\nid: 0001\n---\n# Spec\n")
    write_problem(folder, problem)
    return workspace, folder, frame


def test_a_model_on_given_rows_gets_facts_reports_figures_and_predictions(tmp_path):
    out = tmp_path / "Prüf bericht"
    found = ModelEvaluator(fitted(), *rows(), folder=out, positive="yes").evaluate_all()
    assert found.estimate("roc_auc").value == pytest.approx(
        score("roc_auc", ModelEvaluator(fitted(), *rows(), positive="yes").predictions)
    )
    names = {path.name for path in out.iterdir()}
    assert {"evaluation.json", "evaluation-report.md", "evaluation-report.html", "predictions.parquet"} <= names
    assert {"roc_curve.png", "confusion_matrix.png"} <= names
    assert json.loads((out / "evaluation.json").read_text("utf-8"))["verdict"] == found.verdict
    assert "nothing says whether these numbers are good" in (out / "evaluation-report.md").read_text("utf-8")


def test_every_number_of_the_report_has_its_evidence(sealed, no_figures):
    workspace, folder, _ = sealed
    weak = ModelEvaluator(OnColumn(fitted(["noise"]), ["noise"]), *rows(), name="weak")
    ModelEvaluator(fitted(), *rows(), "0001", project=workspace.root, name="mine").evaluate_all(compare_with=weak)
    report = folder.reports / "mine" / "evaluation-report.md"
    assert report.read_text("utf-8").count("<!--e") > 30
    assert check_document(report, folder) == []
    text = report.read_text("utf-8")
    assert "weak" in text
    assert "**better**" in text


def test_better_worse_and_within_noise(tmp_path, no_figures):
    strong, weak = ModelEvaluator(fitted(), *rows()), ModelEvaluator(OnColumn(fitted(["noise"]), ["noise"]), *rows())
    found = ModelEvaluator(fitted(), *rows(), folder=tmp_path, name="mine").evaluate_all(
        compare_with={"strong": strong, "weak": weak}
    )
    assert {one.name: one.verdict for one in found.others} == {"strong": "within noise", "weak": "better"}
    better = found.others[1]
    assert better.comparison.test == "DeLong"
    assert better.p_holm >= better.comparison.p_value
    assert better.effect_size > 0
    assert better.power.difference > 0
    assert found.verdict == "Against 2 others (1 beaten, 1 within noise): mine"
    reverse = ModelEvaluator(OnColumn(fitted(["noise"]), ["noise"]), *rows(), folder=tmp_path, name="weak")
    assert reverse.evaluate_all(compare_with=strong).verdict.startswith("Worse than LogisticRegression")


def test_files_evaluations_and_predictions_can_be_compared_with(tmp_path, no_figures):
    mine = ModelEvaluator(fitted(), *rows(), folder=tmp_path / "a", name="mine", positive="yes")
    first = mine.evaluate_all()
    csv = tmp_path / "other.csv"
    pd.DataFrame({"truth": rows()[1], "score": mine.predictions.positive_scores}).to_csv(csv, index=False)
    found = ModelEvaluator(fitted(), *rows(), folder=tmp_path / "b", positive="yes").evaluate_all(
        compare_with=[csv, tmp_path / "a" / "evaluation.json", mine.predictions, first]
    )
    assert [one.verdict for one in found.others] == ["within noise"] * 4
    assert len({one.name for one in found.others}) == 4


def test_other_rows_cannot_be_compared(tmp_path, no_figures):
    other = ModelEvaluator(fitted(), *rows(seed=5))
    with pytest.raises(DataError, match="different truth"):
        ModelEvaluator(fitted(), *rows(), folder=tmp_path).evaluate_all(compare_with=other)
    with pytest.raises(DataError, match="cannot be compared with"):
        ModelEvaluator(fitted(), *rows(), folder=tmp_path).evaluate_all(compare_with=7)


def test_a_regression_is_recognised_and_judged(tmp_path, no_figures):
    X, _ = rows()
    y = 3 * X["signal"] + 1
    model = RandomForestRegressor(n_estimators=5, random_state=0).fit(X, y)
    found = ModelEvaluator(model, X, y, folder=tmp_path).evaluate_all()
    assert (found.task, found.metric) == ("regression", "rmse")
    assert found.estimate("absolute_error_90").low is not None


def test_several_classes_get_a_table_of_classes(tmp_path, no_figures):
    X, _ = rows()
    y = np.digitize(X["signal"], [-0.5, 0.5])
    found = ModelEvaluator(LogisticRegression().fit(X, y), X, y, folder=tmp_path).evaluate_all()
    assert [one.name for one in found.per_class] == ["0", "1", "2"]
    assert "## By class" in (tmp_path / "evaluation-report.md").read_text("utf-8")


def test_without_test_rows_the_sealed_set_is_opened_and_the_look_counted(sealed, no_figures):
    workspace, folder, _frame = sealed
    training = seal.training_rows(folder)
    model = LogisticRegression().fit(training[["signal", "noise"]], training["churn"])
    evaluator = ModelEvaluator(model, increment="0001", project=workspace.root, training_rows=training)
    with pytest.raises(SealedError, match="evaluate_all"):
        evaluator.predictions  # noqa: B018
    assert seal.looks(folder) == []
    found = evaluator.evaluate_all(purpose="second opinion")
    assert [(look.experiment, look.purpose) for look in seal.looks(folder)] == [
        ("LogisticRegression", "second opinion")
    ]
    assert (found.sealed, found.look, found.n_test) == (True, 1, 100)
    assert found.positive == "yes"
    assert not any("not known which rows" in caution for caution in found.cautions)


def test_a_model_that_learned_from_sealed_rows_is_refused_before_a_look(sealed):
    workspace, folder, frame = sealed
    model = LogisticRegression().fit(frame[["signal", "noise"]], frame["churn"])
    evaluator = ModelEvaluator(model, increment="0001", project=workspace.root, training_rows=frame)
    with pytest.raises(SealedError, match=r"learned from rows of the sealed test set.*100 rows"):
        evaluator.evaluate_all()
    assert seal.looks(folder) == []


def test_sealed_rows_cannot_be_brought_in_as_test_rows(sealed):
    workspace, _folder, frame = sealed
    with pytest.raises(SealedError, match=r"rows of the sealed test set.*100 rows.*counts the look"):
        ModelEvaluator(
            fitted(), frame[["signal", "noise"]], frame["churn"], "0001", project=workspace.root
        ).evaluate_all()


def test_fresh_rows_and_training_rows_are_no_sealed_rows(sealed, no_figures):
    workspace, folder, _ = sealed
    ModelEvaluator(
        fitted(), *rows(seed=9), "0001", project=workspace.root, training_rows=rows(seed=1)[0]
    ).evaluate_all()
    assert seal.looks(folder) == []


def test_a_model_is_not_judged_on_the_rows_it_learned_from():
    X, y = rows()
    with pytest.raises(DataError, match=r"learned from rows it is to be judged on.*400 of 400"):
        ModelEvaluator(fitted(), X, y, training_rows=X).predictions  # noqa: B018


def test_predictions_alone_are_enough(tmp_path, no_figures):
    made = binormal(np.random.default_rng(0), 300, 1.2)
    found = ModelEvaluator.from_predictions(made, folder=tmp_path).evaluate_all()
    assert found.estimate("roc_auc").value == score("roc_auc", made)
    assert found.source == "predictions given by the user"


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"X_test": [[1.0]]}, "belong together"),
        ({}, "no rows to judge"),
        ({"X_test": [[1.0]], "y_test": [1, 2]}, "differ in length"),
    ],
)
def test_wrong_arguments_are_refused_at_once(facts, message):
    with pytest.raises(DataError, match=message):
        ModelEvaluator(fitted(), **facts)


def test_a_metric_of_another_task_is_refused():
    with pytest.raises(ProblemError, match="rmse does not apply"):
        ModelEvaluator(fitted(), *rows(), task="binary", metric="rmse")


def test_an_object_without_predict_is_no_model():
    with pytest.raises(ModelError, match="no predict"):
        ModelEvaluator(object(), *rows()).predictions  # noqa: B018


def test_onnx_without_onnxruntime_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    (tmp_path / "model.onnx").touch()
    with pytest.raises(MissingDependencyError, match="pip install onnxruntime"):
        ModelEvaluator(tmp_path / "model.onnx", *rows()).predictions  # noqa: B018


def test_spec_md_gives_the_metric(sealed, no_figures):
    workspace, folder, _ = sealed
    write_problem(folder, Problem(task="binary", target="churn", positive_label="yes", metric="f1"))
    found = ModelEvaluator(fitted(), *rows(seed=9), "0001", project=workspace.root).evaluate_all()
    assert (found.metric, found.positive) == ("f1", "yes")
