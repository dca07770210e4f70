"""The command line as a person uses it, in processes of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from datasets import dataset


def command(*words):
    return [sys.executable, "-m", "specweave.cli", *words]


def run(cwd, *words, code=0):
    done = subprocess.run(command(*words), cwd=cwd, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "Mein Projekt ü"
    folder.mkdir()
    shutil.copy(dataset("tabular/titanic.csv.gz"), folder / "titanic.csv.gz")
    return folder


@pytest.mark.timeout(240)
def test_build_goes_on_after_an_interrupt_and_ends_with_an_evaluation(project):
    words = [
        "build",
        "predict who survives",
        "--data",
        "titanic.csv.gz",
        "--target",
        "Survived",
        "--candidate",
        "linear",
        "--candidate",
        "forest",
    ]
    first = subprocess.Popen(
        command(*words),
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background makes its children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    deadline = time.monotonic() + 100
    while (
        not list(project.glob(".specweave/increments/*/experiments/exp-*/metrics.json")) and time.monotonic() < deadline
    ):
        time.sleep(0.1)
    os.kill(first.pid, signal.SIGINT)
    out, err = first.communicate(timeout=30)
    assert first.returncode == 130, out + err
    assert "repeat the command" in out
    finished = {p.parent.name for p in project.glob(".specweave/increments/*/experiments/exp-*/metrics.json")}
    said = run(project, *words)
    assert "Continuing increment 0001-" in said
    assert re.search(r"reports/evaluation-report\.md", said)
    after = {p.parent.name for p in project.glob(".specweave/increments/*/experiments/exp-*/metrics.json")}
    assert finished <= after
    again = run(project, *words)
    assert "already evaluated; nothing was done again" in again
    assert len(list(project.glob(".specweave/increments/*"))) == 1
    looks = next(project.glob(".specweave/increments/*/data/looks.jsonl")).read_text("utf-8").splitlines()
    assert len(looks) == 1


@pytest.mark.timeout(240)
def test_a_missed_criterion_is_exit_code_1(project):
    words = [
        "build",
        "predict who survives",
        "--data",
        "titanic.csv.gz",
        "--target",
        "Survived",
        "--candidate",
        "hist-boosting",
    ]
    said = run(project, *words, "--success", "roc_auc >= 0.999", code=1)
    assert "not met" in said or "missed" in said


def test_profile_works_without_an_increment(project):
    said = run(project, "profile", "titanic.csv.gz", "--target", "Survived")
    assert "891 rows × 12 columns" in said
    assert list(project.glob(".specweave/profiles/*/data-profile.html"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["next"], "sw-ml init"),
        (["build", "x", "--data", "none.csv"], "No such file"),
        (["build", "x", "--data", "titanic.csv.gz", "--target", "survived?"], "did you mean Survived"),
        (["profile", "titanic.csv.gz", "--encoding", "klingon"], "encoding"),
    ],
)
def test_errors_are_a_sentence_with_the_cure_and_exit_code_2(project, words, expected):
    said = run(project, *words, code=2)
    assert expected in said


def test_a_file_of_predictions_named_on_the_command_line_may_lie_outside(project):
    rows = "".join(f"{truth},{truth * 0.6 + i % 7 * 0.05}\n" for i in range(60) for truth in (0, 1))
    (project.parent / "other model.csv").write_text("truth,score\n" + rows, "utf-8")
    run(project, "create", "judge another model")
    said = run(project, "evaluate", "1", "--predictions", "../other model.csv")
    assert "on 120 rows" in said
