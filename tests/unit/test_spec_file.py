from __future__ import annotations

import pytest

import increment_factory as made
from specweave.errors import LockedError, ProblemError
from specweave.problem import Criterion, Problem
from specweave.spec_file import lock_path, read_problem, write_problem
from specweave.workspace import lock


@pytest.fixture
def folder(workspace):
    return made.increment(workspace)


def edit(folder, old, new):
    text = folder.spec.read_text("utf-8")
    assert old in text
    folder.spec.write_text(text.replace(old, new, 1), "utf-8")


def test_what_was_created_reads_back(folder):
    assert read_problem(folder) == made.problem()


def test_a_change_rewrites_only_its_lines(folder):
    edit(folder, "ml:\n", "# asked by Zoë\nml:\n  # checked twice\n")
    before = folder.spec.read_text("utf-8")
    problem = read_problem(folder)
    problem.look_budget = 1
    write_problem(folder, problem)
    assert folder.spec.read_text("utf-8") == before.replace("look_budget: 3", "look_budget: 1")
    assert read_problem(folder).look_budget == 1


def test_writing_what_stands_there_touches_nothing(folder):
    before = folder.spec.stat()
    write_problem(folder, read_problem(folder))
    assert folder.spec.stat().st_mtime_ns == before.st_mtime_ns


def test_unknown_keys_survive(folder):
    edit(folder, "  seed: 0\n", "  seed: 0\n  cost_of_a_miss: 12\n")
    problem = read_problem(folder)
    problem.metric = "f1"
    write_problem(folder, problem)
    assert "cost_of_a_miss: 12" in folder.spec.read_text("utf-8")


@pytest.mark.parametrize("typed", ["1", "1.0", "yes", "No", "2024-01-01", "true", "007", "'1'"])
def test_a_label_is_taken_as_typed(folder, typed):
    edit(folder, "positive_label: 'yes'", f"positive_label: {typed}")
    assert read_problem(folder).positive_label == typed.strip("'")


@pytest.mark.parametrize(
    ("old", "new", "field", "allowed"),
    [
        ("strategy: auto", "strategy: by-hand", "ml.split.strategy", "'stratified'"),
        ("test_share: 0.2", "test_share: 1.5", "ml.split.test_share", "less than 1"),
        ("folds: 5", "folds: 1", "ml.folds", "at least 2"),
        ("folds: 5", "folds: many", "ml.folds", "whole number"),
        ("task: binary", "task: ranking", "ml.task", "'regression'"),
        ("success: []", "success:\n    - metric: f1", "ml.success.0.value", "must be there"),
        ("success: []", "success: high", "ml.success", "list"),
        ("metric: roc_auc", "metrik: roc_auc", "ml.metrik", "did you mean metric"),
        ("latency_ms: 100.0", "latencyms: 20", "ml.constraints.latencyms", "did you mean latency_ms"),
    ],
)
def test_a_wrong_value_names_line_field_value_and_what_is_allowed(folder, old, new, field, allowed):
    edit(folder, old, new)
    with pytest.raises(ProblemError) as caught:
        read_problem(folder)
    assert f"{field}:" in caught.value.what
    assert allowed in (caught.value.allowed or "")
    line = int(caught.value.what.split("line ")[1].split(",")[0])
    assert folder.spec.read_text("utf-8").splitlines()[line - 1].strip() == new.splitlines()[-1].strip()
    assert str(line) in (caught.value.next_step or "")


def test_a_misspelt_key_inside_a_list_is_found(folder):
    edit(folder, "success: []", "success:\n    - metric: f1\n      value: 0.9\n      comparisson: '>='")
    with pytest.raises(ProblemError, match=r"ml\.success\.0\.comparisson"):
        read_problem(folder)


def test_damaged_yaml_names_the_file(folder):
    edit(folder, "metric: roc_auc", "metric: [roc_auc")
    with pytest.raises(ProblemError, match="not valid YAML") as caught:
        read_problem(folder)
    assert str(folder.spec) in str(caught.value.value)


def test_no_spec_and_no_block_are_said(folder):
    edit(folder, "ml:\n", "other:\n")
    with pytest.raises(ProblemError, match="no key `ml`"):
        read_problem(folder)
    edit(folder, "other:\n", "ml: 5\nother:\n")
    with pytest.raises(ProblemError, match="not a block"):
        read_problem(folder)
    folder.spec.unlink()
    with pytest.raises(ProblemError, match=r"no spec\.md"):
        read_problem(folder)


def test_a_second_writer_waits_and_then_gives_up(folder):
    before = folder.spec.read_bytes()
    with lock(lock_path(folder)), pytest.raises(LockedError):
        write_problem(folder, Problem(metric="f1"), timeout=0.1)
    assert folder.spec.read_bytes() == before


def test_a_person_can_add_a_criterion(folder):
    edit(folder, "success: []", "success:\n    - {metric: recall, value: 0.8}")
    assert read_problem(folder).success == [Criterion(metric="recall", value=0.8)]
