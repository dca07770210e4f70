from __future__ import annotations

import os
import subprocess
import sys

from specweave.experiments import processes


def test_this_process_is_alive():
    assert processes.is_alive(processes.this_process()) is True


def test_ended_process_is_not_alive():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = {**processes.this_process(), "pid": child.pid, "started": processes.start_mark(child.pid)}
    assert processes.is_alive(mark) is True
    child.communicate(b"\n")
    assert processes.is_alive(mark) is False


def test_number_given_out_again_is_another_process():
    mark = {**processes.this_process(), "started": "1@0"}
    assert processes.is_alive(mark) is False


def test_process_of_another_host_cannot_be_judged():
    assert processes.is_alive({"pid": os.getpid(), "started": None, "host": "elsewhere"}) is None


def test_record_without_a_process_has_none():
    assert processes.is_alive({}) is False
