from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest

from specweave import jobs
from specweave.errors import JobError, UnknownIncrementError
from specweave.workspace import write_json


def test_a_job_runs_in_another_process_and_leaves_its_result(workspace, operations):
    job = jobs.start(workspace, f"{operations}:add", {"a": 2, "b": 3})
    assert jobs.wait(job, 30) == "finished"
    result = job.result()
    assert result["sum"] == 5
    assert result["root"] == str(workspace.root)
    assert result["pid"] == job.record()["pid"] != os.getpid()


def test_the_record_tells_what_was_asked_and_which_process_does_it(workspace, operations, increment):
    job = jobs.start(workspace, f"{operations}:sleep", {"seconds": 30}, increment=1)
    record = job.record()
    assert record["operation"] == f"{operations}:sleep"
    assert record["arguments"] == {"seconds": 30}
    assert record["increment"] == increment.id
    assert record["argv"][-2:] == ["specweave.jobs.child", str(job.folder)]
    assert record["started"] == pytest.approx(psutil.Process(record["pid"]).create_time())
    assert os.getsid(record["pid"]) == record["pid"]


def test_the_environment_reaches_the_work_and_no_file(workspace, operations, increment, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "s3cr3t-värde")
    job = jobs.start(workspace, f"{operations}:environment", increment=1)
    jobs.wait(job, 30)
    (job.folder / "result.json").rename(job.folder.parent / "seen")
    seen = json.loads((job.folder.parent / "seen").read_text())
    assert seen == {
        "SECRET_TOKEN": "s3cr3t-värde",
        "SPECWEAVE_INCREMENT": increment.id,
        "CLAUDE_PROJECT_DIR": str(workspace.root),
    }
    for path in job.folder.rglob("*"):
        assert path.is_dir() or "s3cr3t" not in path.read_text()


def test_modules_of_the_project_do_not_shadow_ours(workspace, operations):
    (workspace.root / "json.py").write_text("raise SystemExit('shadowed')")
    job = jobs.start(workspace, f"{operations}:add", {"a": 1, "b": 1})
    assert jobs.wait(job, 30) == "finished"


def test_a_second_identical_job_is_refused_with_the_id_of_the_first(workspace, operations, increment):
    first = jobs.start(workspace, f"{operations}:sleep", {"seconds": 30}, increment=1)
    with pytest.raises(JobError) as caught:
        jobs.start(workspace, f"{operations}:sleep", {"seconds": 31}, increment="0001")
    assert first.id in str(caught.value)
    assert "cancel" in caught.value.next_step
    jobs.cancel(first, grace_seconds=0.5)
    assert jobs.start(workspace, f"{operations}:add", {"a": 1, "b": 1}, increment=1).id != first.id


def test_other_arguments_may_run_beside_it_without_an_increment_or_when_not_exclusive(workspace, operations, increment):
    running = [
        jobs.start(workspace, f"{operations}:sleep", {"seconds": 30}),
        jobs.start(workspace, f"{operations}:sleep", {"seconds": 31}),
        jobs.start(workspace, f"{operations}:sleep", {"seconds": 30}, increment=1, exclusive=False),
        jobs.start(workspace, f"{operations}:sleep", {"seconds": 31}, increment=1, exclusive=False),
    ]
    assert {job.state for job in running} == {"running"}
    with pytest.raises(JobError, match="already running"):
        jobs.start(workspace, f"{operations}:sleep", {"seconds": 30})


@pytest.mark.parametrize("operation", ["no colon", "os:path:join", "a-b:c", ":x"])
def test_an_operation_that_is_no_function_name_is_refused(workspace, operation):
    with pytest.raises(JobError, match="module:function"):
        jobs.start(workspace, operation)


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}])
def test_arguments_that_cannot_be_stored_are_refused(workspace, value):
    with pytest.raises(JobError, match="cannot be stored"):
        jobs.start(workspace, "a:b", {"x": value})


def test_an_unknown_increment_starts_nothing(workspace):
    with pytest.raises(UnknownIncrementError):
        jobs.start(workspace, "a:b", increment=7)
    assert jobs.list_jobs(workspace) == []


def test_an_interpreter_that_does_not_start_leaves_no_folder(workspace):
    with pytest.raises(JobError, match="does not start"):
        jobs.start(workspace, "a:b", python=workspace.root / "no-python")
    assert jobs.list_jobs(workspace) == []


def test_another_interpreter_finds_our_package_and_none_of_our_libraries(workspace, operations, tmp_path, bare_venv):
    (tmp_path / "operations" / "lonely.py").write_text(
        "import importlib.util, sys\n"
        "def look(workspace, progress):\n"
        "    return [sys.prefix, importlib.util.find_spec('pandas') is None]\n"
    )
    job = jobs.start(workspace, "lonely:look", python=bare_venv / "bin" / "python")
    assert jobs.wait(job, 30) == "finished", job.log.read_text()
    assert job.result() == [str(bare_venv), True]


def test_the_job_outlives_the_process_that_started_it(workspace, operations, until):
    starter = (
        "import os, signal, sys\n"
        "from specweave import jobs\n"
        "from specweave.workspace import Workspace\n"
        "job = jobs.start(Workspace.find(sys.argv[1]), 'job_operations:steps', {'n': 10, 'pause': 0.1})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", starter, str(workspace.root)], check=False)
    assert ended.returncode == -signal.SIGKILL
    job = jobs.get(workspace, "latest")
    assert job.state == "running"
    assert jobs.wait(job, 30) == "finished"


def test_a_starter_killed_before_it_wrote_the_number_is_made_good_by_the_job(workspace, operations, until):
    job = jobs.start(workspace, f"{operations}:sleep", {"seconds": 30})
    record = job.record()
    from specweave.jobs.launch import claim

    write_json(job.folder / "job.json", record | {"pid": None, "started": None})
    assert claim(job, record["pid"]) == record


def test_resume_does_the_same_work_again_in_the_same_folder(workspace, operations):
    job = jobs.start(workspace, f"{operations}:crash")
    assert jobs.wait(job, 30) == "failed"
    (workspace.root.parent / "operations" / "job_operations.py").write_text(
        "def crash(workspace, progress):\n    return 'mended'\n"
    )
    again = jobs.resume(job)
    assert again.id == job.id
    assert jobs.wait(job, 30) == "finished"
    assert job.result() == "mended"
    assert job.record()["attempt"] == 2
    assert (job.folder / "error-1.json").exists()


@pytest.mark.parametrize("state", ["running", "finished"])
def test_a_job_that_runs_or_has_its_result_is_not_resumed(workspace, operations, state):
    job = jobs.start(workspace, f"{operations}:sleep", {"seconds": 0 if state == "finished" else 30})
    jobs.wait(job, 30 if state == "finished" else 0)
    with pytest.raises(JobError, match="nothing to resume") as caught:
        jobs.resume(job)
    assert job.id in caught.value.next_step


def test_resume_ends_what_the_lost_attempt_left_running(workspace, operations, until):
    job = jobs.start(workspace, f"{operations}:family")
    until((workspace.root / "family.json").exists)
    orphans = json.loads((workspace.root / "family.json").read_text())
    os.kill(job.record()["pid"], signal.SIGKILL)
    until(lambda: job.state == "lost")
    assert all(psutil.pid_exists(pid) for pid in orphans)
    (workspace.root / "family.json").unlink()
    jobs.resume(job)
    until(lambda: not any(psutil.pid_exists(pid) for pid in orphans))


def test_the_package_is_light_to_import():
    code = (
        "import sys; from specweave import jobs\n"
        "print(sorted({'psutil', 'pydantic', 'pandas', 'numpy', 'yaml', 'jinja2'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"


def test_many_starters_at_once_get_a_job_each_and_lose_none(workspace, operations):
    code = (
        "import sys\n"
        "from specweave import jobs\n"
        "from specweave.workspace import Workspace\n"
        "print(jobs.start(Workspace.find(sys.argv[1]), 'job_operations:add', {'a': int(sys.argv[2]), 'b': 1}).id)\n"
    )
    starters = [
        subprocess.Popen([sys.executable, "-c", code, workspace.root, str(n)], stdout=subprocess.PIPE, text=True)
        for n in range(6)
    ]
    ids = {starter.communicate(timeout=60)[0].strip() for starter in starters}
    assert {job.id for job in jobs.list_jobs(workspace)} == ids
    assert len(ids) == 6
    assert all(jobs.wait(job, 30) == "finished" for job in jobs.list_jobs(workspace))


def test_of_many_identical_starters_one_succeeds(workspace, operations, increment):
    code = (
        "import sys\n"
        "from specweave import jobs\n"
        "from specweave.errors import JobError\n"
        "from specweave.workspace import Workspace\n"
        "try:\n"
        "    jobs.start(Workspace.find(sys.argv[1]), 'job_operations:sleep', increment=1)\n"
        "    print('started')\n"
        "except JobError as error:\n"
        "    print('refused')\n"
    )
    starters = [
        subprocess.Popen([sys.executable, "-c", code, workspace.root], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = [starter.communicate(timeout=60)[0].strip() for starter in starters]
    assert sorted(answers) == ["refused", "refused", "refused", "started"]
