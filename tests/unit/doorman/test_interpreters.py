from __future__ import annotations

import sys
from pathlib import Path

import pytest

from doorman import interpreters


def _script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def _claims(path: Path, major: int, minor: int, implementation: str = "CPython") -> Path:
    return _script(path, f"printf '%s\\n' {path} {major} {minor} {implementation}")


def test_a_working_interpreter_is_examined_by_running_it():
    found = interpreters.examine(Path(sys.executable))
    assert found.version == sys.version_info[:2]
    assert found.tag == "cp{}{}".format(*sys.version_info[:2])


@pytest.mark.parametrize("text", ["exit 127", "echo pyenv: no such version", "exit 0"])
def test_a_wrapper_that_fails_is_no_interpreter(tmp_path, text):
    assert interpreters.examine(_script(tmp_path / "python3", text)) is None
    assert interpreters.examine(tmp_path / "missing") is None


def test_another_implementation_is_no_interpreter(tmp_path):
    assert interpreters.examine(_claims(tmp_path / "pypy", 3, 11, "PyPy")) is None


def test_too_old_and_too_new_ones_are_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(interpreters, "_candidates", lambda *_: [
        _claims(tmp_path / "a", 3, 10), _claims(tmp_path / "b", 3, 14), _claims(tmp_path / "c", 3, 12), _claims(tmp_path / "d", 3, 13)
    ])  # fmt: skip
    assert [found.version for found in interpreters.find_interpreters({}, None)] == [(3, 12), (3, 13)]


def test_the_users_python_comes_first_then_the_doormans_own_then_others_then_those_of_uv(tmp_path):
    users = _claims(tmp_path / "bin/python3", 3, 11)
    path = _claims(tmp_path / "bin/python3.12", 3, 12)
    only_uv = _claims(tmp_path / "uv/python", 3, 13)
    uv = _script(tmp_path / "uv/uv", f"echo {only_uv}")
    found = [one.path for one in interpreters.find_interpreters({"PATH": str(path.parent), "HOME": str(tmp_path)}, uv)]
    assert found[0] == users
    assert found[1].resolve() == Path(sys.executable).resolve()
    assert found[2] == path
    assert found[-1] == only_uv


def test_uv_is_found_where_its_installer_puts_it(tmp_path):
    assert interpreters.find_uv({"PATH": str(tmp_path), "HOME": str(tmp_path)}) in (
        None,
        Path("/usr/local/bin/uv"),
        Path("/opt/homebrew/bin/uv"),
    )
    uv = _script(tmp_path / ".local/bin/uv", "exit 0")
    assert interpreters.find_uv({"PATH": "", "HOME": str(tmp_path)}) == uv
