"""kill -9 of real training at random moments: what was finished stays, nothing is half-written, resuming completes it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import yaml

from datasets import dataset
from specweave import increments, jobs
from specweave.experiments import list_experiments
from specweave.jobs import processes
from specweave.problem import DataSource, Problem
from specweave.workspace import Workspace

TRAIN = "specweave.tools.operations.training:train"
CANDIDATES = ["linear", "lightgbm"]
KILLS = 6


def prepared(root: Path):
    """A project with titanic in it and an increment that asks who survived."""
    (root / "data").mkdir(parents=True)
    workspace = Workspace.find_or_create(root)
    shutil.copy(dataset("tabular/titanic.csv.gz"), root / "data" / "titanic.csv.gz")
    source = DataSource(location="data/titanic.csv.gz")
    request = "predict who survived"
    problem = Problem(request=request, data=source, target="Survived", metric="roc_auc")
    return workspace, increments.create_increment(workspace, request, problem=problem)


def start(workspace, folder) -> jobs.Job:
    arguments = {"increment": folder.id, "candidates": CANDIDATES}
    return jobs.start(workspace, TRAIN, arguments, increment=folder.id)


def finish(job: jobs.Job) -> None:
    while jobs.wait(job, 45) == "running":
        pass
    assert job.state == "finished", job.log.read_text("utf-8")[-3000:]


def kill(job: jobs.Job) -> None:
    """What a power cut does to the processes: all at once, no chance to say anything."""
    for process in processes.members(str(job.folder), job.record()["pid"]):
        os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while job.is_alive():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def read(path: Path) -> None:
    """Raises when the file is not whole."""
    kind = path.suffix
    if kind == ".json":
        json.loads(path.read_text("utf-8"))
    elif kind == ".jsonl":
        # A line is appended, so only the last one can be torn, and the readers pass over it.
        for line in path.read_text("utf-8").split("\n")[:-1]:
            json.loads(line)
    elif kind == ".yaml":
        assert isinstance(yaml.safe_load(path.read_text("utf-8")), dict)
    elif kind == ".parquet":
        pd.read_parquet(path)
    elif kind == ".skops":
        assert zipfile.ZipFile(path).testzip() is None


def visible_files(folder: Path) -> list[Path]:
    """Files with a name of their own; what is being written has a name that begins with a dot."""
    inside = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [folder / path for path in inside if not any(part.startswith(".") for part in path.parts)]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def finished_work(folder) -> set[Path]:
    """The predictions of each finished experiment and of each finished fold."""
    whole = {found.path / "predictions.parquet" for found in list_experiments(folder) if found.status == "finished"}
    folds = {path.with_suffix(".parquet") for path in folder.experiments.glob("*/folds/fold-*.json")}
    # The folds of a finished experiment are removed one file after the other.
    return whole | {path for path in folds if path.exists()}


def wait_for_more(job, folder, known: dict[Path, str]) -> None:
    """Until something was finished that was not before; otherwise chance may kill the start only."""
    while job.state == "running" and finished_work(folder) <= set(known):
        time.sleep(0.05)


def out_of_fold(folder) -> dict[str, pd.DataFrame]:
    """The out-of-fold predictions of each experiment, by its name."""
    return {
        found.name: pd.read_parquet(found.path / "predictions.parquet")
        for found in list_experiments(folder)
        if found.status == "finished"
    }


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_training_killed_at_random_moments_loses_nothing_and_ends_like_one_that_was_not(tmp_path):
    calm_workspace, calm = prepared(tmp_path / "ruhig")
    before = time.monotonic()
    finish(start(calm_workspace, calm))
    usual_seconds = time.monotonic() - before

    workspace, folder = prepared(tmp_path / "gestört und neu")
    seed = random.randrange(10**6)
    print(f"moments of the kills follow from seed {seed}")
    moments = random.Random(seed)
    job = start(workspace, folder)
    known: dict[Path, str] = {}
    kills, kept = 0, 0
    for number in range(KILLS):
        if number % 2:
            wait_for_more(job, folder, known)
        if jobs.wait(job, moments.uniform(0.0, usual_seconds / 4)) != "running":
            break
        kill(job)
        if job.state == "finished":
            break
        kills += 1
        assert job.state == "lost"
        for path in visible_files(workspace.folder):
            read(path)
        now = {path: digest(path) for path in finished_work(folder)}
        # Folds of an experiment are put together into its predictions when it is finished.
        assert {path: content for path, content in known.items() if path.exists()}.items() <= now.items()
        assert {path for path in known if path.name == "predictions.parquet"} <= set(now)
        kept = max(kept, len(now))
        known = now
        jobs.resume(job)
    print(f"{kills} kills, up to {kept} finished experiments and folds lay there")
    assert kills >= 2
    assert kept >= 1
    finish(job)

    expected, found = out_of_fold(calm), out_of_fold(folder)
    assert sorted(found) == sorted(expected)
    for name, predictions in expected.items():
        pd.testing.assert_frame_equal(found[name], predictions, check_exact=True, obj=name)
    assert all(summary.status == "finished" for summary in list_experiments(folder))
    assert job.result()["result"]["best_name"]
