from __future__ import annotations

import subprocess

import pytest

import increment_factory as made
from specweave.errors import IncrementError
from specweave.increments import create_increment, read_problem
from specweave.problem import Problem

REQUEST = "Build a fraud model from transactions.csv with 99 % precision and answers under 50 ms"


def test_an_increment_has_its_files_and_folders(workspace):
    folder = create_increment(workspace, REQUEST)
    assert folder.id == "0001-fraud-model"
    assert sorted(path.name for path in folder.path.iterdir()) == [
        "data", "experiments", "metadata.json", "models", "notebooks", "plan.md", "reports", "spec.md", "tasks.md", "tests.md",
    ]  # fmt: skip


def test_without_a_problem_the_request_is_read_for_one(workspace):
    problem = read_problem(create_increment(workspace, REQUEST))
    assert problem.data.location == "transactions.csv"
    assert [(c.metric, c.value) for c in problem.success] == [("precision", 0.99)]
    assert problem.constraints.latency_ms == 50
    assert problem.request == REQUEST


def test_a_given_problem_is_taken_as_it_is_and_not_changed(workspace):
    given = Problem(target="churn", folds=3)
    folder = create_increment(workspace, REQUEST, problem=given)
    assert read_problem(folder) == given.model_copy(update={"request": REQUEST})
    assert given.request == ""


def test_the_formats_are_those_specweave_reads(workspace):
    folder = made.increment(workspace)
    spec = folder.spec.read_text("utf-8")
    tasks = (folder.path / "tasks.md").read_text("utf-8")
    assert "\n## Acceptance Criteria\n" in spec
    assert "- [ ] **AC-US1-01**: " in spec
    assert "T-0" not in spec
    assert "### T-001: " in tasks
    assert "**User Story**: US-001\n**Satisfies ACs**: AC-US1-01" in tasks
    assert "**Status**: [ ] pending\n" in tasks
    assert "[ ]" not in (folder.path / "plan.md").read_text("utf-8")


def test_every_criterion_is_served_by_a_task_and_verified_by_a_test(workspace):
    folder = create_increment(workspace, REQUEST)
    spec = folder.spec.read_text("utf-8")
    tasks = (folder.path / "tasks.md").read_text("utf-8")
    tests = (folder.path / "tests.md").read_text("utf-8")
    names = [line[8:17] for line in spec.splitlines() if line.startswith("- [ ] **AC-")]
    assert len(names) == 8
    assert all(name in tasks and f"## {name}" in tests for name in names)


def test_beside_specweave_the_tests_move_to_the_reports(workspace):
    (workspace.folder / "config.json").write_text("{}", "utf-8")
    folder = create_increment(workspace, REQUEST)
    assert not (folder.path / "tests.md").exists()
    assert (folder.reports / "tests.md").exists()


def test_rows_and_models_stay_out_of_version_control_and_the_ledger_does_not(workspace):
    folder = create_increment(workspace, REQUEST)
    subprocess.run(["git", "init", "-q", str(workspace.root)], check=True)
    for path in (
        "data/training.parquet",
        "data/sealed/test.parquet",
        "models/best.skops",
        "data/looks.jsonl",
        "data/split.json",
    ):
        (folder.path / path).parent.mkdir(exist_ok=True)
        (folder.path / path).write_text("x", "utf-8")
    listed = subprocess.run(
        ["git", "-C", str(folder.path), "ls-files", "--others", "--exclude-standard", "data", "models"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert sorted(listed.stdout.split()) == [
        "data/.gitignore",
        "data/looks.jsonl",
        "data/split.json",
        "models/.gitignore",
    ]


def test_an_empty_request_is_refused_and_leaves_no_trace(workspace):
    with pytest.raises(IncrementError, match="empty"):
        create_increment(workspace, "  \n")
    assert not list(workspace.increments.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "--- yes: no ---",
        "| a | b |",
        "# heading\n- [x] done",
        "<!-- end:user-story -->",
        "{{ 1 }}",
        "%% split",
        "a: 'b\" # c",
        "\u2028 odd",
    ],
)
def test_whatever_the_request_holds_the_documents_stay_whole(workspace, text):
    folder = create_increment(workspace, text)
    assert read_problem(folder).request == text
    assert folder.spec.read_text("utf-8").count("\n## ") == 10


def test_a_title_of_its_own_names_the_folder(workspace):
    folder = create_increment(workspace, REQUEST, title="Card  fraud\n2024")
    assert folder.id == "0001-card-fraud-2024"
    assert "# Card fraud 2024\n" in folder.spec.read_text("utf-8")
