"""Recording held to its promise: kill -9 at random moments of runs that log, and eight processes in one increment."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from specweave.experiments import list_experiments
from specweave.experiments.metric_history import read_history
from specweave.workspace import IncrementFolder

REPOSITORY = Path(__file__).resolve().parents[2]
KILLS = 200
AT_ONCE = 4
# Of one record, so many that most kills hit between its first and its last.
STEPS = 100

# Each `say` is a line on stdout, written only after the call has returned: what was said must be in the record.
LOGS = f"""
import sys
from specweave.experiments import create_experiment
from specweave.workspace import IncrementFolder
from pathlib import Path

folder = IncrementFolder(Path(sys.argv[1]))

def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\\n")
    sys.stdout.flush()

while True:
    experiment = create_experiment(folder, sys.argv[2], kind="script", params={{"who": sys.argv[2]}})
    say("start", experiment.id)
    for step in range({STEPS}):
        experiment.log_metric("loss", 1 / (step + 1), step=step)
        say("metric", experiment.id, step)
        experiment.log_param(f"p{{step}}", step)
        say("param", experiment.id, step)
        if step % 8 == 0:
            experiment.log_note(f"note {{step}}")
            say("note", experiment.id, step)
            experiment.set_tags({{f"t{{step}}": "x"}})
            say("tag", experiment.id, step)
    experiment.finish()
    say("end", experiment.id)
"""


@pytest.fixture
def folder(workspace) -> IncrementFolder:
    path = workspace.increments / "0001-churn"
    path.mkdir()
    (path / "metadata.json").write_text(json.dumps({"id": path.name, "status": "active"}), "utf-8")
    return IncrementFolder(path)


def start(code, *arguments, said=None):
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "server")}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=said, env=environment)


def killed(folder, name, seconds):
    """Start a process that logs, kill it so long after its first call that logs; what it has said."""
    # A file: a pipe nobody reads would hold the process up in what it says, and that is where it would be killed.
    heard = folder.path.with_name(f"{name}.txt")
    with heard.open("wb") as said:
        process = start(LOGS, folder.path, name, said=said)
    try:
        while b"metric" not in heard.read_bytes():
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(seconds)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    # The last line may be torn.
    return [line.split() for line in heard.read_text("utf-8").split("\n")[:-1]]


def check(records, said):
    """Everything said before the kill is in the record it was said of."""
    for deed, identifier, *rest in said:
        found = records[identifier]
        step = int(rest[0]) if rest else None
        if deed == "metric":
            assert found.metrics["loss"] <= 1 / (step + 1)
        elif deed == "param":
            assert found.params[f"p{step}"] == step
        elif deed == "note":
            assert f"note {step}" in (found.path / "notes.md").read_text("utf-8")
        elif deed == "tag":
            assert found.metadata["tags"][f"t{step}"] == "x"
        elif deed == "end":
            assert found.status == "finished"
            assert found.params == {"who": found.name, **{f"p{number}": number for number in range(STEPS)}}


def check_files(folder):
    """Every file with a name of its own is whole."""
    for path in folder.experiments.rglob("*"):
        if path.name.startswith(".") or not path.is_file():
            continue
        if path.suffix == ".json":
            json.loads(path.read_text("utf-8"))
        elif path.suffix == ".yaml":
            assert isinstance(yaml.safe_load(path.read_text("utf-8")), dict)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_hundred_kills_lose_nothing_that_was_logged(folder):
    from concurrent.futures import ThreadPoolExecutor

    seed = random.randrange(10**6)
    print(f"moments of the kills follow from seed {seed}")
    moments = random.Random(seed)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waits = [moments.uniform(0.0, 0.2) for _ in range(KILLS)]
        heard = list(pool.map(lambda item: killed(folder, f"run-{item[0]}", item[1]), enumerate(waits)))
    records = {found.id: found for found in list_experiments(folder)}
    for said in heard:
        check(records, said)
    assert all(found.damage == () for found in records.values())
    check_files(folder)
    interrupted = sum(found.interrupted for found in records.values())
    facts = sum(len(said) for said in heard)
    print(f"{len(records)} records, {interrupted} interrupted in the middle, {facts} facts checked")
    assert all(found.status == "finished" or found.interrupted for found in records.values())
    assert interrupted > KILLS / 4
    assert facts > KILLS * 10


TOGETHER = """
import sys
from specweave.experiments import track_experiment
for run in range(int(sys.argv[3])):
    with track_experiment(sys.argv[2], sys.argv[1], params={"run": run}) as experiment:
        for step in range(20):
            experiment.log_metric(f"loss_{sys.argv[2]}", run + step / 100, step=step)
        experiment.log_table([{"who": sys.argv[2]}], "who")
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_eight_processes_in_one_increment_lose_and_mix_no_record(folder):
    processes = [start(TOGETHER, folder.path, f"worker-{number}", 25) for number in range(8)]
    assert [process.wait() for process in processes] == [0] * 8
    records = list_experiments(folder)
    assert [found.number for found in records] == list(range(1, 201))
    for found in records:
        run = found.params["run"]
        assert (found.status, found.damage) == ("finished", ())
        assert found.metrics == {f"loss_{found.name}": run + 0.19}
        assert [(line["name"], line["step"]) for line in read_history(found.path)] == [
            (f"loss_{found.name}", step) for step in range(20)
        ]
        assert found.name in (found.path / "tables" / "who.csv").read_text("utf-8")
    assert sorted((found.name, found.params["run"]) for found in records) == [
        (f"worker-{number}", run) for number in range(8) for run in range(25)
    ]
