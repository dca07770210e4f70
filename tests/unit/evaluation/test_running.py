from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from datasets import dataset
from specweave.data import seal
from specweave.errors import ExperimentError, ModelError, SealedError
from specweave.evaluation import Evaluation, documents, evaluate
from specweave.evidence import check_document, citations
from specweave.metrics import Predictions, compare, score
from specweave.problem import Criterion, ExcludedColumn
from specweave.workspace import IncrementFolder, Workspace, write_json
from trained_increments import add_experiment, sealed_increment


def made_up(n=600, seed=0):
    rng = np.random.default_rng(seed)
    signal, noise = rng.normal(size=n), rng.normal(size=n)
    return pd.DataFrame(
        {
            "signal": signal,
            "noise": noise,
            "household": np.arange(n) // 3,
            "churn": np.where(signal + 0.7 * rng.normal(size=n) > 0.5, "yes", "no"),
            "value": 50 + 10 * signal + rng.normal(size=n),
            "kind": pd.cut(signal + 0.4 * rng.normal(size=n), [-9, -0.5, 0.5, 9], labels=["low", "mid", "high"]).astype(
                str
            ),
        }
    )


def binary(workspace, **problem):
    frame = made_up()[["signal", "noise", "churn"]]
    folder, problem = sealed_increment(workspace, frame, "churn", "binary", positive="yes", **problem)
    add_experiment(folder, problem, "noise", "baseline", columns=["noise"])
    add_experiment(folder, problem, "linear", "candidate", threshold=0.4)
    return folder, problem


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """One evaluation, for tests that only read it: folder, problem and result."""
    root = tmp_path_factory.mktemp("Prüf projekt")
    problem = {
        "success": [Criterion(metric="roc_auc", value=0.7), Criterion(metric="log_loss", comparison="<=", value=0.01)]
    }
    folder, problem = binary(Workspace.find_or_create(root), **problem)
    return folder, problem, look(folder, problem)


@pytest.fixture
def no_figures(monkeypatch):
    """Figures take most of an evaluation's time and are looked at in other tests."""
    monkeypatch.setattr(documents, "make_figures", lambda predictions, target: {})
    monkeypatch.setattr(documents, "diagnosis_figures", lambda diagnosis: {})


def look(folder, problem, **facts):
    return evaluate(folder, problem, **{"who": "test", "purpose": "checking", **facts})


def test_an_evaluation_takes_one_look_and_leaves_facts_reports_and_figures(judged):
    folder, _, found = judged
    assert [(one.n, one.experiment, one.purpose) for one in seal.looks(folder)] == [(1, found.experiment, "checking")]
    written = {path.name for path in folder.reports.iterdir()}
    assert written == {
        "evaluation.json",
        "evaluation-report.md",
        "evaluation-report.html",
        "comparison.md",
        "confusion_matrix.png",
        "roc_curve.png",
        "precision_recall_curve.png",
        "calibration.png",
        "threshold.png",
        "slices.png",
        "residuals_by_feature.png",
        "hardest-rows.csv",
        "evaluations",
    }
    assert all((folder.path / name).exists() for name in (*found.documents, *found.figures))
    assert Evaluation.model_validate_json((folder.reports / "evaluation.json").read_text("utf-8")) == found


def test_the_numbers_are_those_of_the_stored_predictions(judged):
    folder, _, found = judged
    mine = Predictions.load(folder.path / found.predictions.file)
    theirs = Predictions.load(folder.path / found.baseline_predictions.file)
    assert len(mine) == found.n_test == 120
    assert set(mine.rows) == set(theirs.rows)
    assert set(mine.rows).isdisjoint(seal.training_rows(folder).index)
    for one in found.estimates:
        assert one.value == pytest.approx(score(one.metric, mine))
        assert one.low <= one.value <= one.high
    assert found.comparison == compare(found.metric, mine, theirs)
    baseline = next(one.value for one in found.baseline_estimates if one.metric == found.metric)
    assert found.margin == pytest.approx((found.estimate("roc_auc").value - baseline) / (1 - baseline))
    assert found.threshold == 0.4
    assert np.array_equal(mine.labels == "yes", mine.positive_scores >= 0.4)


def test_the_verdict_stands_in_the_first_three_lines(judged):
    folder, _, found = judged
    first, _, third, *_ = (folder.reports / "evaluation-report.md").read_text("utf-8").splitlines()
    assert found.comparison.verdict == "better"
    assert first == f"# Better than the best baseline: {found.experiment}"
    assert "roc_auc" in third
    assert "120" in third
    assert str(found).startswith(found.verdict)


def test_every_document_proves_its_numbers_until_one_is_edited(judged, tmp_path):
    folder, _, found = judged
    for name in ("evaluation-report.md", "comparison.md", "evaluation-report.html"):
        document = folder.reports / name
        text = document.read_text("utf-8")
        assert check_document(document, folder) == []
        assert citations(text) > 10
    value = f"{found.estimate('roc_auc').value:.4f}"
    report = (folder.reports / "evaluation-report.md").read_text("utf-8")
    edited = tmp_path / "edited.md"
    edited.write_text(report.replace(value, "0.9999"), "utf-8")
    assert {problem.text for problem in check_document(edited, folder)} == {"0.9999"}


def test_the_page_needs_no_other_file_and_escapes_names(workspace):
    frame = made_up()[["signal", "noise", "churn"]].replace({"churn": {"yes": "<b>yes</b>"}})
    folder, problem = sealed_increment(workspace, frame, "churn", "binary", positive="<b>yes</b>")
    add_experiment(folder, problem, "linear", "candidate")
    look(folder, problem)
    page = (folder.reports / "evaluation-report.html").read_text("utf-8")
    assert page.count("data:image/png;base64,") == 7
    assert "http://" not in page
    assert "https://" not in page
    assert "<b>yes" not in page


@pytest.mark.usefixtures("no_figures")
def test_a_model_no_better_than_the_baseline_is_within_noise(workspace):
    folder, problem = sealed_increment(
        workspace, made_up()[["signal", "noise", "churn"]], "churn", "binary", positive="yes"
    )
    add_experiment(folder, problem, "linear", "baseline", columns=["signal"])
    add_experiment(folder, problem, "linear-too", "candidate")
    found = look(folder, problem)
    assert found.comparison.verdict == "within noise"
    assert found.verdict.startswith("Within noise of the best baseline")
    assert next(one for one in found.contenders if one.kind == "candidate").verdict != "better"


@pytest.mark.parametrize(("target", "task"), [("value", "regression"), ("kind", "multiclass")])
def test_other_tasks_are_evaluated_alike(workspace, target, task):
    folder, problem = sealed_increment(workspace, made_up()[["signal", "noise", target]], target, task)
    add_experiment(folder, problem, "noise", "baseline", columns=["noise"])
    add_experiment(folder, problem, "linear", "candidate")
    found = look(folder, problem)
    assert found.comparison.verdict == "better"
    names = {path.removeprefix("reports/") for path in found.figures}
    assert ({"residuals.png", "predicted_vs_actual.png"} if task == "regression" else {"confusion_matrix.png"}) <= names
    assert "threshold.png" not in names
    assert check_document(folder.reports / "evaluation-report.md", folder) == []


def test_criteria_are_judged_on_the_sealed_rows(judged):
    folder, _, found = judged
    assert [(one.met, one.certain) for one in found.criteria] == [(True, True), (False, True)]
    report = (folder.reports / "evaluation-report.md").read_text("utf-8")
    assert "| `roc_auc` >= 0.7000" in report


@pytest.mark.usefixtures("no_figures")
def test_a_precision_is_reported_with_its_recall_and_proven_numbers(workspace):
    folder, problem = binary(workspace, success=[Criterion(metric="precision", value=0.5)])
    found = look(folder, problem)
    mine = Predictions.load(folder.path / found.predictions.file)
    assert (found.n_positive, found.n_flagged) == ((mine.truth == "yes").sum(), (mine.labels == "yes").sum())
    said = next(reason for reason in found.reasons if reason.startswith("Success criteria"))
    assert f"{found.n_flagged} of 120 rows predicted as yes" in said
    assert check_document(folder.reports / "evaluation-report.md", folder) == []


@pytest.mark.usefixtures("no_figures")
def test_looks_beyond_the_budget_are_called_by_their_name(workspace):
    folder, problem = binary(workspace, look_budget=1)
    first = look(folder, problem)
    assert not first.look_taken.over_budget
    second = look(folder, problem)
    assert second.look == 2
    assert second.look_taken.inflation > 0
    report = (folder.reports / "evaluation-report.md").read_text("utf-8")
    assert "lost its value as an honest test" in report
    assert (folder.data / "sealed-predictions-1.parquet").exists()
    assert (folder.data / "sealed-predictions-2.parquet").exists()


@pytest.mark.usefixtures("no_figures")
def test_the_best_candidate_is_taken_unless_one_is_named(workspace):
    folder, problem = binary(workspace)
    add_experiment(folder, problem, "noise-only", "candidate", columns=["noise"])
    assert look(folder, problem).experiment == "exp-002-linear"
    named = look(folder, problem, experiment="exp-003")
    assert named.experiment == "exp-003-noise-only"
    assert named.comparison.verdict == "within noise"


@pytest.mark.usefixtures("no_figures")
def test_a_model_that_uses_an_excluded_column_is_not_taken_for_the_best(workspace):
    folder, problem = binary(workspace)
    add_experiment(folder, problem, "clean", "candidate", columns=["noise"])
    problem = problem.model_copy(update={"excluded": [ExcludedColumn(column="signal", reason="known afterwards")]})
    assert look(folder, problem).experiment == "exp-003-clean"


@pytest.mark.usefixtures("no_figures")
def test_without_a_baseline_the_report_says_so(workspace):
    folder, problem = sealed_increment(
        workspace, made_up()[["signal", "noise", "churn"]], "churn", "binary", positive="yes"
    )
    add_experiment(folder, problem, "linear", "candidate")
    found = look(folder, problem)
    assert (found.baseline, found.comparison, found.no_baseline) == (None, None, "no other baseline has finished")
    assert "No comparison: no other baseline has finished." in (folder.reports / "evaluation-report.md").read_text(
        "utf-8"
    )


@pytest.mark.usefixtures("no_figures")
def test_the_choice_of_the_training_stands_and_a_baseline_is_compared_with_the_next(workspace):
    folder, problem = binary(workspace)
    strong = add_experiment(folder, problem, "strong", "baseline", columns=["signal"])
    compared = [{"experiment": one} for one in ("exp-001-noise", "exp-002-linear", strong.id)]
    write_json(folder.reports / "training.json", {"best": strong.id, "leaderboard": compared})
    found = look(folder, problem)
    assert (found.experiment, found.baseline) == (strong.id, "exp-001-noise")


@pytest.mark.usefixtures("no_figures")
def test_rows_that_belong_together_count_together(workspace):
    frame = made_up()[["signal", "noise", "household", "churn"]]
    folder, problem = sealed_increment(workspace, frame, "churn", "binary", positive="yes", group="household")
    add_experiment(folder, problem, "noise", "baseline", columns=["noise"])
    add_experiment(folder, problem, "linear", "candidate", columns=["signal"])
    found = look(folder, problem)
    assert all("groups" in one.method for one in found.estimates)
    assert "groups" in found.comparison.test
    assert "groups" in found.contenders[0].comparison.test


def test_a_failure_before_the_seal_costs_no_look(workspace):
    folder, problem = binary(workspace)
    (folder.experiments / "exp-002-linear" / "model.skops").write_bytes(b"damaged")
    with pytest.raises(ModelError):
        look(folder, problem)
    assert seal.looks(folder) == []


def test_nothing_to_evaluate_names_the_call_that_helps(workspace):
    folder, problem = sealed_increment(workspace, made_up()[["signal", "churn"]], "churn", "binary", positive="yes")
    with pytest.raises(ExperimentError, match="run_experiment"):
        look(folder, problem)
    add_experiment(folder, problem, "unsaved", "candidate", store=False)
    with pytest.raises(ExperimentError, match="stored no model"):
        look(folder, problem, experiment="exp-001")
    assert seal.looks(folder) == []


def test_nothing_sealed_is_an_error(workspace):
    _, problem = binary(workspace)
    with pytest.raises(SealedError):
        look(IncrementFolder(workspace.increments / "0002-other"), problem)


@pytest.mark.usefixtures("no_figures")
def test_a_class_unseen_in_training_is_a_miss_and_no_crash(workspace):
    frame = made_up()[["signal", "noise", "kind"]]
    folder, _ = sealed_increment(workspace, frame, "kind", "multiclass")
    sealed_rows = sorted(set(range(len(frame))) - set(seal.training_rows(folder).index))
    frame.loc[sealed_rows[0], "kind"] = "new"
    other = sealed_increment(type(workspace).find_or_create(_sub(workspace)), frame, "kind", "multiclass")
    add_experiment(*other, "linear", "candidate")
    found = look(*other)
    assert found.classes == ("high", "low", "mid", "new")
    assert found.estimate("accuracy").value < 1


def _sub(workspace):
    made = workspace.root / "second"
    (made / ".specweave").mkdir(parents=True)
    return made


@pytest.mark.usefixtures("no_figures")
def test_progress_runs_to_its_end(workspace):
    folder, problem = binary(workspace)
    steps = []
    look(folder, problem, progress=lambda done, total, message: steps.append((done, total, len(message) <= 200)))
    assert [done for done, _, _ in steps] == sorted(done for done, _, _ in steps)
    assert steps[-1] == (7, 7, True)


@pytest.mark.usefixtures("no_figures")
def test_titanic_is_judged_with_few_rows_honestly(workspace):
    frame = pd.read_csv(dataset("tabular/titanic.csv.gz")).drop(columns=["Name", "Ticket", "Cabin", "PassengerId"])
    folder, problem = sealed_increment(workspace, frame, "Survived", "binary", positive="1")
    add_experiment(folder, problem, "sex", "baseline", columns=["Sex"])
    add_experiment(folder, problem, "boosting", "candidate", strong=True)
    found = look(folder, problem)
    assert 0.8 < found.estimate("roc_auc").value < 0.92
    assert found.estimate("roc_auc").high - found.estimate("roc_auc").low > 0.08
    stored = json.loads((folder.reports / "evaluation.json").read_text("utf-8"))
    assert stored["data"]["n_test"] == 179


def test_looks_another_increment_took_at_the_same_rows_count_and_are_named(workspace, no_figures):
    folder, problem = binary(workspace)
    other = IncrementFolder(workspace.increments / "0002-again")
    shutil.copytree(folder.data, other.data)
    seal.open_sealed(other, experiment="exp-009-x", purpose="a try", who="tester")
    found = look(folder, problem)
    assert (found.look, found.look_taken.number, found.look_taken.elsewhere) == (1, 2, {"0002-again": 1})
    said = "Look 2 of 3 at the sealed test set (1 of them in 0002-again)."
    assert said in found.reasons
    report = (folder.reports / "evaluation-report.md").read_text("utf-8")
    assert "1 of them in 0002-again" in re.sub(r"\s*<!--.*?-->", "", report)
    assert check_document(folder.reports / "evaluation-report.md", folder) == []
