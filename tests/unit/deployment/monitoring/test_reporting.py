"""Logs of a served model, from file to report."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from made_tables import made
from specweave.cli import main
from specweave.data import seal
from specweave.deployment.monitoring.reference import FILE, reference_of, write_reference
from specweave.deployment.monitoring.reporting import report_on
from specweave.errors import DataError, DataReadError, StorageError
from specweave.evaluation import evaluate
from specweave.evaluation.choice import chosen_experiment
from specweave.evaluation.recorded_model import load_recorded
from specweave.evidence import check_document, citations
from specweave.problem import Problem
from specweave.spec_file import write_problem
from specweave.workspace import Workspace, write_json, write_text
from trained_increments import add_experiment, sealed_increment

COLUMNS = ["size", "colour", "town", "y"]


def increment(root, task="binary", rows=2000):
    frame = made(rows, task=task)[COLUMNS]
    positive = "yes" if task == "binary" else None
    folder, problem = sealed_increment(Workspace.find_or_create(root), frame, "y", task, positive=positive)
    add_experiment(folder, problem, "linear", "candidate")
    return folder, problem


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A judged model and its problem; reports are written over each other."""
    folder, problem = increment(tmp_path_factory.mktemp("Prüf projekt"))
    evaluate(folder, problem, who="test", purpose="evaluation")
    return folder, problem


def logged(folder, problem, n=1600, *, seed=5, change=None, **more):
    """What the model was asked and said about new rows, and their truth."""
    rows = made(n, seed=seed, task=problem.task)[COLUMNS]
    if change:
        rows = change(rows)
    record = chosen_experiment(folder, problem, None)
    answers = load_recorded(record, problem, "y").predict(rows)
    table = rows.drop(columns="y").assign(
        id=[f"r{i}" for i in range(n)], time=pd.date_range("2026-03-01", periods=n, freq="h").astype(str)
    )
    if problem.task == "binary":
        table["score"] = answers.positive_scores
    return table.assign(label=answers.labels), rows["y"]


def written(tmp_path, table, name="log.csv"):
    table.to_csv(tmp_path / name, index=False)
    return tmp_path / name


def larger(rows):
    return rows.assign(size=rows["size"] + 1.0)


def test_a_healthy_log_with_labels_is_as_good_as_promised(served, tmp_path):
    folder, problem = served
    table, truth = logged(folder, problem)
    labels = written(
        tmp_path, pd.DataFrame({"id": table["id"], "y": truth}).sample(frac=0.6, random_state=0), "labels.csv"
    )
    found = report_on(folder, problem, written(tmp_path, table), labels=labels)
    assert found.verdict.startswith("As good as the sealed evaluation promised")
    assert not found.alarming
    assert (found.labels.labelled, found.labels.logged, found.labels.matched_by) == (960, 1600, "id")
    assert len(found.periods) == 8
    assert found.start == "2026-03-01 00:00"


def test_takes_no_look_at_the_sealed_rows(served, tmp_path):
    folder, problem = served
    before = seal.looks(folder)
    table, truth = logged(folder, problem)
    report_on(folder, problem, written(tmp_path, table.assign(y=truth)))
    assert seal.looks(folder) == before


def test_tells_drift_and_decline_and_proves_its_numbers(served, tmp_path):
    folder, problem = served
    table, truth = logged(folder, problem, change=larger)
    wrong = np.random.default_rng(0).permutation(truth.to_numpy())
    found = report_on(folder, problem, written(tmp_path, table.assign(y=wrong)))
    assert (
        found.verdict
        == "Worse than the sealed evaluation promised, and 1 of 3 logged inputs have changed since training."
    )
    assert found.columns[0].name == "size"
    assert found.columns[0].findings == ("drifted",)
    assert any(one.verdict == "worse" for one in found.over_time)
    page = folder.reports / "monitoring.md"
    assert check_document(page, folder) == []
    assert citations(page.read_text("utf-8")) > 50
    assert all((folder.path / name).stat().st_size > 5000 for name in found.figures)
    assert found.figures == ("reports/monitoring-drift.png", "reports/monitoring-performance.png")


def test_the_last_stretches_are_told_from_the_first(served, tmp_path):
    folder, problem = served
    calm, _ = logged(folder, problem, 800)
    moved, _ = logged(folder, problem, 800, seed=6, change=larger)
    found = report_on(folder, problem, written(tmp_path, pd.concat([calm, moved.assign(time="2026-12-01")])))
    severity = [one.severity["size"] for one in found.periods]
    assert max(severity[:4]) < 1 < min(severity[4:])
    assert found.labels is None
    assert "No labels yet" in found.sentences[0]


def test_missing_values_and_new_categories_are_told(served, tmp_path):
    folder, problem = served
    table, _ = logged(folder, problem)
    some = np.random.default_rng(1).random(len(table)) < 0.3
    changed = table.assign(
        size=table["size"].where(~some), colour=table["colour"].mask(some & table["colour"].notna(), "mauve")
    )
    found = report_on(folder, problem, written(tmp_path, changed))
    told = {one.name: one.findings for one in found.columns}
    assert "more missing" in told["size"]
    assert "unknown categories" in told["colour"]
    assert told["town"] == ()
    assert any("never saw" in sentence for sentence in found.sentences)


@pytest.mark.parametrize("nested", [True, False])
def test_reads_json_lines_with_the_row_inside(served, tmp_path, nested):
    folder, problem = served
    table, truth = logged(folder, problem, 400)
    rows = table[["size", "colour", "town"]].astype(object).where(table[["size", "colour", "town"]].notna(), None)
    with (tmp_path / "log.jsonl").open("w", encoding="utf-8") as out:
        for i, row in enumerate(rows.to_dict("records")):
            asked = {"row": row} if nested else row
            out.write(json.dumps({**asked, "score": table["score"][i], "y": truth[i]}) + "\n")
    found = report_on(folder, problem, tmp_path / "log.jsonl")
    assert len(found.columns) == 3
    assert found.labels.labelled == 400
    assert found.start == "row 1"
    assert not found.alarming


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_other_tasks_are_watched_too(tmp_path, task):
    folder, problem = increment(tmp_path / "project" if (tmp_path / "project").mkdir() is None else tmp_path, task)
    evaluate(folder, problem, who="test", purpose="evaluation")
    table, truth = logged(folder, problem, 1000)
    found = report_on(folder, problem, written(tmp_path, table.assign(y=truth)))
    assert not found.alarming, str(found)
    assert found.overall
    assert (found.answers is None) == (task == "regression")


def test_the_reference_of_the_deployed_service_is_taken(served, tmp_path):
    folder, problem = served
    record = chosen_experiment(folder, problem, None)
    made_ = reference_of(folder, record, load_recorded(record, problem, "y"))
    kept = folder.path / "deployment" / "api" / FILE
    write_reference(kept, made_.model_copy(update={"rows": 7777}))
    table, _ = logged(folder, problem, 300)
    assert report_on(folder, problem, written(tmp_path, table)).reference_rows == 7777
    write_json(kept, {"rows": 1})
    with pytest.raises(StorageError, match="cannot be read"):
        report_on(folder, problem, written(tmp_path, table))
    kept.unlink()


def test_columns_that_were_not_logged_are_named(served, tmp_path):
    folder, problem = served
    table, _ = logged(folder, problem, 300)
    found = report_on(folder, problem, written(tmp_path, table[["size", "score"]]))
    assert found.not_logged == ("colour", "town")
    assert any("Not logged" in sentence for sentence in found.sentences)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.head(50), "too short"),
        (lambda table: table[["id", "time"]], "neither inputs"),
        (lambda table: table.assign(score="high"), "scores are numbers"),
    ],
)
def test_logs_that_cannot_be_judged_are_told(served, tmp_path, change, said):
    folder, problem = served
    table, _ = logged(folder, problem, 300)
    with pytest.raises(DataError, match=said):
        report_on(folder, problem, written(tmp_path, change(table)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda labels: labels.rename(columns={"id": "number"}), "no key in common"),
        (lambda labels: labels.rename(columns={"y": "outcome"}), "no column with the truth"),
        (lambda labels: labels.assign(id="x" + labels["id"]), "Too few predictions have a label"),
    ],
)
def test_labels_that_do_not_fit_are_told(served, tmp_path, change, said):
    folder, problem = served
    table, truth = logged(folder, problem, 300)
    labels = change(pd.DataFrame({"id": table["id"], "y": truth}))
    with pytest.raises(DataError, match=said):
        report_on(folder, problem, written(tmp_path, table), labels=written(tmp_path, labels, "labels.csv"))


def test_an_empty_or_damaged_log_is_told(served, tmp_path):
    folder, problem = served
    for text in ("", "[1, 2]\n", '{"a": '):
        with pytest.raises(DataReadError):
            report_on(folder, problem, write_text(tmp_path / "log.jsonl", text))


def test_the_command_tells_and_exits_by_what_it_found(served, tmp_path):
    folder, problem = served
    folder.spec.write_text("---\n---\n", "utf-8")
    write_problem(folder, Problem(**problem.model_dump()))
    project = ["--project", str(folder.root)]

    def run(change=None):
        table, truth = logged(folder, problem, 800, change=change)
        log = written(tmp_path, table.assign(y=truth))
        return CliRunner().invoke(main, ["monitor", "1", "--predictions", str(log), *project])

    calm, moved = run(), run(larger)
    assert (calm.exit_code, moved.exit_code) == (0, 1), calm.output + moved.output
    assert "size has drifted" in moved.output
    assert "reports/monitoring.md" in moved.output
