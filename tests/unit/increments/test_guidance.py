from __future__ import annotations

import json

import pytest

import increment_factory as made
from specweave.increments import create_increment, next_step, set_status, write_problem
from specweave.increments.lifecycle import move
from specweave.problem import Constraints


@pytest.fixture
def folder(workspace):
    return made.increment(workspace)


def profiled(folder, columns=("age", "income", "churn")):
    (folder.reports / "profile.json").write_text(json.dumps({"columns": [{"name": name} for name in columns]}), "utf-8")


def test_without_data_the_user_is_asked(workspace):
    folder = create_increment(workspace, "predict churn")
    step = next_step(folder)
    assert step.sentence.startswith("Ask the user which data")
    assert step.call == f'profile_data(increment="{folder.id}", data="path/to/table.csv")'


def test_without_a_target_the_columns_are_offered(workspace):
    folder = create_increment(workspace, "predict churn from churn.csv")
    profiled(folder)
    step = next_step(folder)
    assert "(columns: age, income, churn)" in step.sentence
    assert step.call == f'profile_data(increment="{folder.id}", target="column")'


def test_data_are_profiled_before_training(folder):
    assert next_step(folder).call == f'profile_data(increment="{folder.id}")'
    profiled(folder)
    assert next_step(folder).call == f'run_experiment(increment="{folder.id}")'


def test_baselines_alone_are_not_enough(folder):
    profiled(folder)
    made.record(folder, "majority", "baseline")
    assert next_step(folder).tool == "run_experiment"


def test_running_work_is_waited_for(folder, monkeypatch):
    profiled(folder)
    made.record(folder, status="running", process={"pid": 1})
    monkeypatch.setattr("specweave.experiments.processes.is_alive", lambda process: True)
    assert (next_step(folder).tool, next_step(folder).arguments) == ("job", {"action": "wait"})
    monkeypatch.setattr("specweave.experiments.processes.is_alive", lambda process: False)
    step = next_step(folder)
    assert step.tool == "run_experiment"
    assert "finished folds are kept" in step.sentence


def test_a_trained_model_is_evaluated(folder):
    profiled(folder)
    made.record(folder, "majority", "baseline")
    made.record(folder)
    assert next_step(folder).call == f'evaluate_model(increment="{folder.id}")'


def test_a_judged_model_is_explained_before_the_work_is_completed(folder):
    made.worked(folder)
    (folder.reports / "explanation.json").unlink()
    assert next_step(folder).call == f'explain_model(increment="{folder.id}")'


def test_nothing_is_explained_where_the_spec_asks_for_none(workspace):
    folder = made.increment(workspace, constraints=Constraints(explainable=False))
    made.worked(folder)
    (folder.reports / "explanation.json").unlink()
    assert next_step(folder).tool == "complete_increment"


def test_a_failing_check_comes_with_its_remedy(folder):
    made.worked(folder)
    made.leaks(folder, ("certain", ["age"]))
    made.evaluation(folder, margin=0.0, verdict="within noise")
    step = next_step(folder)
    assert step.sentence.startswith("ML003 fails (1 more fail): ")
    assert step.call.startswith(f'evaluate_model(increment="{folder.id}", experiment="exp-001')


def test_a_better_model_than_the_judged_one_is_judged_while_a_look_is_left(folder):
    made.worked(folder)
    made.evaluation(folder, margin=0.0, verdict="within noise")
    made.record(folder, "better", metrics={"roc_auc": 0.95, "fold_1": 0.95, "fold_2": 0.96})
    assert next_step(folder).call == f'evaluate_model(increment="{folder.id}", experiment="exp-003-better")'
    made.look(folder)
    made.look(folder)
    assert next_step(folder).tool == "run_experiment"


def test_sound_work_is_completed(folder):
    made.worked(folder)
    assert next_step(folder).call == f'complete_increment(increment="{folder.id}")'


@pytest.mark.parametrize("way", [("active", "ready_for_review", "completed"), ("abandoned",)])
def test_at_the_end_nothing_is_left(folder, way):
    move(folder, way)
    assert next_step(folder).tool is None
    assert "Nothing is left to do" in next_step(folder).sentence


def test_a_damaged_spec_is_mended_first(folder):
    folder.spec.write_text(folder.spec.read_text("utf-8").replace("folds: 5", "folds: many"), "utf-8")
    step = next_step(folder)
    assert "ml.folds" in step.sentence
    assert "correct line" in step.sentence


def test_looking_for_the_next_step_changes_nothing(folder):
    made.worked(folder)
    before = {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")}
    next_step(folder)
    assert {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")} == before


def test_a_paused_increment_still_has_a_next_step(folder):
    set_status(folder, "paused")
    assert next_step(folder).tool == "profile_data"
    write_problem(folder, made.problem(data=None))
    assert next_step(folder).arguments["data"] == "path/to/table.csv"
