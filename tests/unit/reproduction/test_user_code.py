"""Scripts and notebooks run again from their recorded commit, difference and data; each cause of a difference is named."""

from __future__ import annotations

import json
import os
import subprocess
import time

import pytest

from specweave.errors import ExperimentError
from specweave.experiments import list_experiments, open_experiment
from specweave.jobs.scripts import run_script
from specweave.reproduction import reproduce_experiment
from specweave.reproduction.user_code import arguments_of
from specweave.workspace import IncrementFolder, write_json

SCRIPT = """
import csv, random, sys
from specweave import track_experiment

SEEDED = True
if SEEDED:
    random.seed(7)
rows = list(csv.DictReader(open("data/rows.csv", encoding="utf-8")))
with track_experiment("mean") as experiment:
    factor = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    experiment.log_param("factor", factor)
    noisy = [float(row["x"]) * factor + random.random() for row in rows]
    experiment.log_metric("mean", sum(noisy) / len(noisy))
    experiment.log_metric("fit_seconds", random.SystemRandom().random())
    experiment.log_table([{"row": i, "prediction": value} for i, value in enumerate(noisy)], "predictions")
"""


def git(folder, *arguments):
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def project(workspace):
    """A project in a repository: train.py committed and then changed, data/rows.csv ignored by git."""
    folder = IncrementFolder(workspace.increments / "0001-mittel")
    write_json(folder.metadata_file, {"id": folder.id, "status": "active"})
    root = workspace.root
    (root / "data").mkdir()
    (root / "data" / "rows.csv").write_text("x\n" + "\n".join(str(i) for i in range(40)) + "\n", "utf-8")
    (root / ".gitignore").write_text("data/\n.specweave/\n", "utf-8")
    (root / "train.py").write_text("print('an older version')\n", "utf-8")
    git(root, "init", "-q")
    git(root, "add", ".gitignore", "train.py")
    git(root, "commit", "-q", "-m", "first")
    (root / "train.py").write_text(SCRIPT, "utf-8")
    yesterday = time.time() - 86400
    os.utime(root / "data" / "rows.csv", (yesterday, yesterday))
    return workspace


def recorded(workspace, *arguments, file="train.py"):
    run_script(workspace, 1, file, arguments=arguments)
    return list_experiments(workspace.increment(1))[-1]


def again(workspace, record, **options):
    return reproduce_experiment(workspace.increment(1), record.id, **options)


def kinds(found):
    return {(change.kind, change.effect) for change in found.changes}


def test_a_script_is_reproduced_from_commit_difference_and_arguments(project):
    record = recorded(project, "3")
    (project.root / "train.py").write_text("raise SystemExit('rewritten since')\n", "utf-8")
    git(project.root, "commit", "-q", "-a", "-m", "rewritten")
    found = again(project, record)
    assert found.verdict == "reproduced exactly", str(found)
    assert "commit" in found.how
    assert "recorded difference" in found.how
    assert {item.name: item.outcome for item in found.items} == {
        "factor": "equal",
        "mean": "equal",
        "tables/predictions.csv": "equal",
    }
    assert "fit_seconds" in " ".join(found.notes)
    folder = project.increment(1)
    assert (folder.reports / "reproduction-exp-001.md").is_file()
    assert json.loads((folder.reports / "reproduction-exp-001.json").read_text("utf-8"))["verdict"] == found.verdict


def test_nothing_of_the_project_is_changed_but_the_report(project):
    record = recorded(project)
    before = {p: p.stat().st_mtime_ns for p in project.root.rglob("*") if p.is_file() and ".git" not in p.parts}
    again(project, record)
    after = {p: p.stat().st_mtime_ns for p in project.root.rglob("*") if p.is_file() and ".git" not in p.parts}
    assert {p.name for p in after.keys() - before.keys()} == {"reproduction-exp-001.md", "reproduction-exp-001.json"}
    # The witness has heard of the report.
    assert {p.name for p, t in after.items() if before.get(p, t) != t} == {"looks-witness.jsonl"}
    listed = subprocess.run(
        ["git", "-C", str(project.root), "worktree", "list"], capture_output=True, text=True, check=True
    )
    assert len(listed.stdout.splitlines()) == 1


def test_an_unseeded_script_is_called_nondeterministic(project):
    file = project.root / "train.py"
    file.write_text(SCRIPT.replace("SEEDED = True", "SEEDED = False"), "utf-8")
    found = again(project, recorded(project))
    assert found.verdict == "not reproduced"
    assert ("nondeterministic code", "cause") in kinds(found)
    assert "because nondeterministic code" in found.sentence


def test_a_changed_data_row_is_named_with_its_file(project):
    record = recorded(project)
    file = project.root / "data" / "rows.csv"
    file.write_text(file.read_text("utf-8").replace("\n39\n", "\n93\n"), "utf-8")
    found = again(project, record)
    assert found.verdict == "not reproduced"
    assert kinds(found) == {("data changed", "cause")}
    assert "data/rows.csv" in found.sentence


def test_a_missing_file_is_named(project):
    record = recorded(project)
    (project.root / "data" / "rows.csv").unlink()
    found = again(project, record)
    assert found.verdict == "not reproduced"
    assert [c.kind for c in found.changes] == ["missing file"]
    assert "data/rows.csv" in found.sentence


def test_a_changed_package_is_named_and_has_no_effect_while_the_result_is_equal(project):
    record = recorded(project)
    edit_packages(record, "scikit-learn", "1.0.2")
    found = again(project, record)
    assert found.verdict == "reproduced exactly"
    assert ("package changed", "no effect") in kinds(found)
    assert any("scikit-learn 1.0.2 is now" in change.sentence for change in found.changes)


def test_a_changed_package_is_the_cause_when_nothing_else_changed(project):
    record = recorded(project)
    edit_packages(record, "numpy", "1.0.0")
    write_json(record.path / "metrics.json", {**record.metrics, "mean": 3.0})
    found = again(project, record)
    assert found.verdict == "not reproduced"
    assert kinds(found) == {("package changed", "cause")}
    assert "numpy 1.0.0 is now" in found.sentence


def test_a_difference_without_any_change_is_called_unexplained(project):
    record = recorded(project)
    write_json(record.path / "metrics.json", {**record.metrics, "mean": 3.0})
    found = again(project, record)
    assert [c.kind for c in found.changes] == ["unexplained"]


def test_without_git_the_present_files_run_and_changed_code_is_named(workspace, project):
    import shutil

    shutil.rmtree(project.root / ".git")
    record = recorded(project)
    assert again(project, record).verdict == "reproduced exactly"
    (project.root / "train.py").write_text(SCRIPT.replace("random.random()", "2 * random.random()"), "utf-8")
    found = again(project, record)
    assert found.verdict == "not reproduced"
    assert "code changed" in {c.kind for c in found.changes}
    assert "train.py" in found.sentence


def test_a_commit_that_is_gone_is_said(project):
    record = recorded(project)
    metadata = record.path / "metadata.yaml"
    commit = record.metadata["git"]["commit"]
    metadata.write_text(metadata.read_text("utf-8").replace(commit, "0" * 40), "utf-8")
    found = again(project, record)
    assert any("not in this repository any more" in change.sentence for change in found.changes)


def test_code_that_records_nothing_is_judged_by_what_it_printed(project):
    (project.root / "plain.py").write_text("print(6 * 7)\n", "utf-8")
    record = recorded(project, file="plain.py")
    assert again(project, record).verdict == "reproduced exactly"
    (project.root / "silent.py").write_text("pass\n", "utf-8")
    silent = recorded(project, file="silent.py")
    found = again(project, silent)
    assert found.verdict == "not reproduced"
    assert "nothing recorded" in found.sentence


def test_of_several_records_of_one_name_the_same_place_is_compared(project):
    loop = 'from specweave import track_experiment\nfor i in range(3):\n    with track_experiment("step") as e:\n        e.log_metric("i", i)\n'
    (project.root / "loop.py").write_text(loop, "utf-8")
    run_script(project, 1, "loop.py")
    found = reproduce_experiment(project.increment(1), 2)
    assert found.verdict == "reproduced exactly"
    assert found.items[0].recorded == 1


def test_a_notebook_is_reproduced_with_its_parameters(project):
    cells = [
        {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "factor = 1", "outputs": [], "execution_count": None, "id": "a"},
        {"cell_type": "code", "metadata": {}, "source": "from specweave import track_experiment\nwith track_experiment('book') as e:\n    e.log_metric('value', factor * 21)", "outputs": [], "execution_count": None, "id": "b"},
    ]  # fmt: skip
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (project.root / "book.ipynb").write_text(json.dumps(notebook), "utf-8")
    record = recorded(project, "factor=2", file="book.ipynb")
    assert record.metrics == {"value": 42}
    found = again(project, record)
    assert found.verdict == "reproduced exactly", str(found)


def test_a_failed_or_nameless_experiment_is_refused_with_the_reason(project):
    (project.root / "bad.py").write_text("1 / 0\n", "utf-8")
    with pytest.raises(ExperimentError):
        run_script(project, 1, "bad.py")
    with pytest.raises(ExperimentError, match="is failed, so there is no result"):
        reproduce_experiment(project.increment(1), 1)
    record = recorded(project)
    open_experiment(project.increment(1), record.id).replace_metadata(entry={"by": "interactive"})
    with pytest.raises(ExperimentError, match="names no script"):
        again(project, record)


def test_a_masked_secret_cannot_be_run_again(project):
    record = recorded(project, "1", "--token=abc123secret")
    with pytest.raises(ExperimentError, match="started with a secret"):
        arguments_of(record)


def edit_packages(record, name, version):
    """As if the experiment had been recorded with another version."""
    packages = dict(record.metadata["packages"])
    open_experiment(IncrementFolder(record.path.parents[1]), record.id).replace_metadata(
        packages={**packages, name: version}
    )
