from __future__ import annotations

import os
import sys
import time

import psutil
import pytest

from specweave.errors import JobError
from specweave.jobs.script_process import run_process


@pytest.fixture
def run(tmp_path):
    def run(code: str, *, timeout: float | None = 30, on_line=lambda line: None):
        return run_process(
            [sys.executable, "-u", "-c", code],
            cwd=tmp_path,
            environment=os.environ | {"PYTHONIOENCODING": "utf-8"},
            timeout=timeout,
            on_line=on_line,
        )

    return run


def test_both_outputs_are_relayed_line_by_line(run):
    lines = []
    ending = run("import sys\nprint('größe 1')\nprint('two', file=sys.stderr)\n", on_line=lines.append)
    assert ending.exit_code == 0
    assert ending.reason is None
    assert sorted(lines) == ["größe 1", "two"]
    assert sorted(ending.output.splitlines()) == ["größe 1", "two"]


def test_lines_arrive_while_the_script_runs(run):
    arrived = []
    run("import time\nprint('early')\ntime.sleep(0.5)\n", on_line=lambda line: arrived.append(time.monotonic()))
    assert time.monotonic() - arrived[0] > 0.3


def test_a_failure_is_explained_by_the_end_of_standard_error(run):
    ending = run("print('fine')\nraise ValueError('no such column: age')")
    assert ending.exit_code == 1
    assert ending.reason.startswith("exit code 1: ")
    assert ending.reason.endswith("ValueError: no such column: age")


def test_progress_bars_and_bytes_that_are_no_text_do_no_harm(run):
    lines = []
    code = "import sys\nsys.stdout.buffer.write(b'10%\\r20%\\r\\xff\\xfe\\n' + b'x' * 20_000)"
    assert run(code, on_line=lines.append).exit_code == 0
    assert lines[:2] == ["10%", "20%"]
    assert max(map(len, lines)) <= 8192
    assert sum(line.count("x") for line in lines) == 20_000


def test_a_script_that_takes_too_long_is_ended_with_its_children(run):
    pids = []
    code = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(p.pid)\ntime.sleep(60)"
    )
    before = time.monotonic()
    ending = run(code, timeout=1, on_line=lambda line: pids.append(int(line)))
    assert time.monotonic() - before < 10
    assert ending.failed
    assert "timeout of 1 s" in ending.reason
    assert not psutil.pid_exists(pids[0]) or psutil.Process(pids[0]).status() == psutil.STATUS_ZOMBIE


def test_the_timeout_holds_for_a_script_that_closed_its_outputs(run):
    before = time.monotonic()
    ending = run("import os, time\nos.close(1)\nos.close(2)\ntime.sleep(60)", timeout=0.5)
    assert ending.failed
    assert time.monotonic() - before < 10


def test_a_background_process_does_not_hold_up_the_end(run, monkeypatch):
    monkeypatch.setattr("specweave.jobs.script_process._LINGER_SECONDS", 0.3)
    pids = []
    code = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)\n"
        "print(p.pid)"
    )
    before = time.monotonic()
    ending = run(code, on_line=lambda line: pids.append(int(line)))
    psutil.Process(pids[0]).kill()
    assert ending.exit_code == 0
    assert time.monotonic() - before < 15


def test_an_interruption_ends_the_script(run):
    pids = []

    def stop(line):
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("import os, time\nprint(os.getpid())\ntime.sleep(60)", on_line=stop)
    assert not psutil.pid_exists(pids[0])


def test_standard_input_is_empty(run):
    assert run("assert input() == ''").reason.endswith("EOFError: EOF when reading a line")


def test_an_interpreter_that_does_not_start_is_named(tmp_path):
    with pytest.raises(JobError, match="does not start"):
        run_process([str(tmp_path)], cwd=tmp_path, environment={}, timeout=1, on_line=print)
