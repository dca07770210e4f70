from __future__ import annotations

import queue
import sys
import time

import pytest

from doorman.child import Child


@pytest.fixture
def start(tmp_path):
    children = []

    def run(source: str) -> tuple[Child, queue.Queue]:
        package = tmp_path / "specweave" / "tools"
        package.mkdir(parents=True)
        for folder in (package.parent, package):
            (folder / "__init__.py").touch()
        (package / "server.py").write_text(source, "utf-8")
        heard: queue.Queue = queue.Queue()
        child = Child(
            python=sys.executable,
            server=tmp_path,
            variables={"PATH": "/usr/bin:/bin", "PYTHONHOME": "/wrong"},
            error_log=tmp_path / "server.log",
            on_line=lambda _, line: heard.put(line),
            on_exit=lambda _, code: heard.put(code),
        )
        children.append(child)
        return child, heard

    yield run
    for child in children:
        child.stop()
        for pipe in (child._process.stdin, child._process.stdout):
            pipe.close()


def test_lines_pass_both_ways_and_the_end_of_input_ends_it(start):
    child, heard = start("import sys\nfor line in sys.stdin: print(line.strip()[::-1], flush=True)")
    child.send(b"abc")
    child.send(b"def\n")
    assert [heard.get(timeout=20), heard.get(timeout=20)] == [b"cba\n", b"fed\n"]
    child.stop()
    assert heard.get(timeout=20) == 0


def test_a_child_that_does_not_read_blocks_nobody(start):
    child, _ = start("import time; time.sleep(60)")
    began = time.monotonic()
    child.send(b"x" * 5_000_000)
    assert time.monotonic() - began < 20


def test_a_stubborn_child_is_ended(start, monkeypatch):
    monkeypatch.setattr("doorman.child.PATIENCE", 0.3)
    child, heard = start(
        "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(60)"
    )
    assert heard.get(timeout=20) == b"up\n"
    child.stop()
    assert heard.get(timeout=20) == -9


def test_its_errors_go_to_the_log(start, tmp_path):
    _, heard = start("import sys; sys.exit('a reason')")
    assert heard.get(timeout=20) == 1
    assert "a reason" in (tmp_path / "server.log").read_text("utf-8")
