from __future__ import annotations

import json

import pytest

from specweave import jobs
from specweave.errors import ExperimentError, OutsideWorkspaceError, StorageError, UnknownIncrementError
from specweave.experiments import list_experiments
from specweave.jobs.scripts import run_script

TRACKED = """
import json, os, sys
from specweave import track_experiment
with track_experiment("forest") as experiment:
    experiment.log_param("argument", sys.argv[1:])
    experiment.log_metric("roc_auc", 0.75)
    experiment.log_param("cwd", os.getcwd())
"""


@pytest.fixture
def write(workspace):
    def write(name: str, code: str):
        path = workspace.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
        return path

    return write


@pytest.fixture
def project_python(workspace, make_venv):
    """The project's own environment, with nothing installed in it."""
    return make_venv(workspace.root / ".venv") / "bin" / "python"


def test_a_script_records_into_the_increment_from_the_projects_own_environment(
    workspace, increment, write, project_python
):
    write("skripte für uns/trainiere.py", TRACKED)
    run = run_script(workspace, 1, "skripte für uns/trainiere.py", arguments=["--n", "5"])
    (record,) = list_experiments(increment)
    assert run.tracked
    assert run.experiments == [f".specweave/increments/{increment.id}/experiments/{record.id}"]
    assert record.params == {"argument": ["--n", "5"], "cwd": str(workspace.root)}
    assert record.metrics == {"roc_auc": 0.75}
    assert record.status == "finished"
    assert record.metadata["python"]["executable"] == str(project_python)
    assert record.metadata["interpreter"]["source"] == ".venv"
    assert run.interpreter["path"] == str(project_python)
    summary = run.summary()
    assert "exp-001-forest (by the code itself)" in summary
    assert f"{project_python} (.venv: " in summary


def test_a_script_that_records_nothing_becomes_an_experiment_without_guessed_metrics(workspace, increment, write):
    write("plain.py", "print('roc_auc: 0.99')\n")
    run = run_script(workspace, increment.id, "plain.py", arguments=["--token", "s3cr3t", "x"])
    (record,) = list_experiments(increment)
    assert not run.tracked
    assert run.last_lines == ["roc_auc: 0.99"]
    assert "track_experiment" in run.summary()
    assert run.summary().endswith("> roc_auc: 0.99")
    assert (record.kind, record.status, record.metrics) == ("script", "finished", {})
    assert record.params == {"file": "plain.py", "arguments": ["--token", "***", "x"]}
    assert record.metadata["interpreter"]["source"] == "plugin"
    assert record.metadata["run"] == {"exit_code": 0}
    assert len(record.metadata["entry"]["sha256"]) == 64
    assert record.metadata["duration_s"] >= round(run.seconds, 3)
    assert (record.path / "artifacts" / "output.txt").read_text() == "roc_auc: 0.99\n"


def test_a_failed_script_is_recorded_as_failed_and_raises_with_its_last_words(workspace, increment, write):
    write("bad.py", "print('started')\nraise ValueError('no column age')\n")
    with pytest.raises(ExperimentError) as caught:
        run_script(workspace, 1, "bad.py")
    (record,) = list_experiments(increment)
    assert "exit code 1" in caught.value.what
    assert "ValueError: no column age" in caught.value.what
    assert record.id in caught.value.value
    assert record.status == "failed"
    assert record.metadata["run"]["exit_code"] == 1
    assert "no column age" in record.metadata["run"]["reason"]


def test_a_missing_library_leads_to_the_interpreter_it_is_missing_in(workspace, increment, write, project_python):
    write("needs.py", "import pandas.core\n")
    with pytest.raises(ExperimentError) as caught:
        run_script(workspace, 1, "needs.py")
    assert f"install pandas for {project_python}" in caught.value.next_step


def test_records_a_failing_script_finished_before_are_kept_and_named(workspace, increment, write):
    write("half.py", TRACKED + "\nraise SystemExit('stopped half way')\n")
    with pytest.raises(ExperimentError, match="stopped half way") as caught:
        run_script(workspace, 1, "half.py")
    (record,) = list_experiments(increment)
    assert record.status == "finished"
    assert record.id in caught.value.value


def test_a_record_left_open_by_a_killed_script_is_closed_as_failed(workspace, increment, write):
    code = "import os, signal\nfrom specweave import track_experiment\nwith track_experiment('doomed') as e:\n"
    write("doomed.py", code + "    e.log_metric('auc', 0.5)\n    os.kill(os.getpid(), signal.SIGKILL)\n")
    with pytest.raises(ExperimentError, match="SIGKILL"):
        run_script(workspace, 1, "doomed.py")
    (record,) = list_experiments(increment)
    assert (record.status, record.metrics) == ("failed", {"auc": 0.5})


def test_a_record_another_process_makes_meanwhile_is_not_claimed(workspace, increment, write):
    write("other.py", TRACKED)
    write(
        "plain.py",
        "import os, subprocess, sys\nos.environ.pop('SPECWEAVE_SCRIPT')\n"
        "subprocess.run([sys.executable, 'other.py'], check=True)\n",
    )
    run = run_script(workspace, 1, "plain.py")
    assert not run.tracked
    assert [r.name for r in list_experiments(increment)] == ["forest", "plain"]


def test_modules_beside_the_script_are_importable(workspace, increment, write):
    write("src/helper.py", "VALUE = 3\n")
    write("src/main.py", "import helper\nprint(helper.VALUE)\n")
    assert run_script(workspace, 1, "src/main.py").last_lines == ["3"]


def test_a_script_that_takes_too_long_is_recorded_as_failed(workspace, increment, write):
    write("slow.py", "import time\nprint('begun')\ntime.sleep(60)\n")
    with pytest.raises(ExperimentError, match="timeout of 1 s"):
        run_script(workspace, 1, "slow.py", timeout=1)
    assert [r.status for r in list_experiments(increment)] == ["failed"]


def test_progress_follows_the_output(workspace, increment, write):
    write("talk.py", "print('epoch 1')\nprint()\nprint('epoch 2')\n")
    seen = []
    run_script(workspace, 1, "talk.py", progress=lambda done, total, message: seen.append(message))
    assert seen[1:] == ["epoch 1", "epoch 2"]


def test_a_named_interpreter_is_used_and_recorded(workspace, increment, write, bare_venv):
    write("where.py", "import sys\nprint(sys.prefix)\n")
    run = run_script(workspace, 1, "where.py", python=str(bare_venv))
    assert run.last_lines == [str(bare_venv)]
    assert run.interpreter["source"] == "argument"


def test_a_file_outside_the_project_needs_permission(workspace, increment, tmp_path):
    outside = tmp_path / "outside.py"
    outside.write_text("print('out')\n")
    with pytest.raises(OutsideWorkspaceError):
        run_script(workspace, 1, outside)
    (workspace.root / "link.py").symlink_to(outside)
    with pytest.raises(OutsideWorkspaceError):
        run_script(workspace, 1, "link.py")
    assert run_script(workspace, 1, outside, allow_outside=True).file == outside.as_posix()


@pytest.mark.parametrize(("name", "kind"), [("run.sh", None), ("folder.py", None), ("a.py", "notebook")])
def test_what_is_no_script_or_notebook_is_refused(workspace, increment, write, name, kind):
    if name == "folder.py":
        (workspace.root / name).mkdir()
    else:
        write(name, "")
    with pytest.raises(ExperimentError, match="can be run"):
        run_script(workspace, 1, name, kind=kind)


def test_a_missing_file_or_increment_is_named(workspace, increment):
    with pytest.raises(StorageError, match="No such file"):
        run_script(workspace, 1, "none.py")
    with pytest.raises(UnknownIncrementError):
        run_script(workspace, 9, "none.py")


def test_a_script_runs_as_a_job(workspace, increment, write, project_python):
    write("train.py", TRACKED)
    arguments = {"increment_id": "0001", "path": "train.py"}
    job = jobs.start(workspace, "specweave.jobs.scripts:run_script", arguments, increment=1)
    assert jobs.wait(job, 45) == "finished", job.log.read_text()
    result = job.result()
    assert result["tracked"] is True
    assert result["interpreter"]["path"] == str(project_python)
    assert (workspace.root / result["experiments"][0] / "metrics.json").exists()


def test_cancelling_the_job_ends_the_script(workspace, increment, write, until):
    write("long.py", "import os, time\nopen('pid', 'w').write(str(os.getpid()))\nprint('up')\ntime.sleep(60)\n")
    job = jobs.start(
        workspace, "specweave.jobs.scripts:run_script", {"increment_id": 1, "path": "long.py"}, increment=1
    )
    until(lambda: (line := job.progress()) and line.message == "up")
    pid = int((workspace.root / "pid").read_text())
    assert jobs.cancel(job) == "cancelled"
    import psutil

    until(lambda: not psutil.pid_exists(pid))


def test_a_failed_script_fails_the_job_with_the_same_error(workspace, increment, write):
    write("bad.py", "raise ValueError('no column age')\n")
    job = jobs.start(workspace, "specweave.jobs.scripts:run_script", {"increment_id": 1, "path": "bad.py"})
    assert jobs.wait(job, 45) == "failed"
    assert isinstance(job.error(), ExperimentError)
    assert "no column age" in json.loads((job.folder / "error.json").read_text())["what"]
    assert "Traceback" in job.log.read_text()
