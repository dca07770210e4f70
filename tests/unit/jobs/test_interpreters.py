from __future__ import annotations

import sys
from pathlib import Path

import pytest

from specweave.errors import JobError
from specweave.jobs.interpreters import find_interpreter, has_module
from specweave.workspace import write_json


def fake_python(path: Path, version: str = "[3, 12, 1]", exit_code: int = 0) -> Path:
    """A program that answers as a Python of that version would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '[{version}, \"{path.parent.parent}\"]'\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


def fake_environment(folder: Path, **facts) -> Path:
    fake_python(folder / "bin" / "python", **facts)
    (folder / "pyvenv.cfg").write_text("")
    return folder


def test_the_plugins_own_python_serves_where_the_project_has_none(workspace):
    found = find_interpreter(workspace)
    assert (found.path, found.source) == (Path(sys.executable), "plugin")
    assert found.version == ".".join(map(str, sys.version_info[:3]))
    assert found.passed_over == ()


def test_a_named_path_wins_over_everything(workspace, bare_venv, monkeypatch):
    write_json(workspace.folder / "ml.json", {"python": "nowhere"})
    fake_environment(workspace.root / ".venv")
    monkeypatch.setenv("VIRTUAL_ENV", str(workspace.root / ".venv"))
    found = find_interpreter(workspace, bare_venv / "bin" / "python")
    assert found.source == "argument"
    # The link is the environment: followed, it would be the Python that made it.
    assert found.path == bare_venv / "bin" / "python"
    assert found.prefix == bare_venv


@pytest.mark.parametrize("named", ["tools/py/bin/python", "tools/py", "./tools/../tools/py"])
def test_a_relative_path_or_the_folder_of_an_environment_is_meant_in_the_project(workspace, named):
    environment = fake_environment(workspace.root / "tools" / "py")
    assert find_interpreter(workspace, named).path == environment / "bin" / "python"


def test_a_command_is_looked_up_on_the_path(workspace, tmp_path, monkeypatch):
    program = fake_python(tmp_path / "bin dir" / "mypython")
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    assert find_interpreter(workspace, "mypython").path == program


def test_ml_json_names_one_for_the_whole_project(workspace):
    fake_environment(workspace.root / "py")
    fake_environment(workspace.root / ".venv")
    write_json(workspace.folder / "ml.json", {"python": "py/bin/python"})
    found = find_interpreter(workspace)
    assert (found.path, found.source) == (workspace.root / "py" / "bin" / "python", "ml.json")


@pytest.mark.parametrize(
    ("version", "exit_code", "reason"),
    [
        ("[3, 9, 18]", 0, "3.9.18, and 3.11 or newer"),
        ("nonsense", 0, "does not run"),
        ("[3, 12, 1]", 3, "does not run"),
    ],
)
def test_one_that_was_named_and_does_not_serve_is_an_error(workspace, version, exit_code, reason):
    fake_environment(workspace.root / "old", version=version, exit_code=exit_code)
    with pytest.raises(JobError, match=reason):
        find_interpreter(workspace, "old")
    write_json(workspace.folder / "ml.json", {"python": "old"})
    with pytest.raises(JobError, match=r"ml\.json"):
        find_interpreter(workspace)


def test_one_that_does_not_exist_is_an_error_with_the_next_step(workspace):
    with pytest.raises(JobError) as caught:
        find_interpreter(workspace, "no/such/python")
    assert "no such file" in caught.value.what
    assert caught.value.next_step


def test_one_that_was_only_found_and_does_not_serve_is_passed_over_with_the_reason(workspace):
    fake_environment(workspace.root / ".venv", version="[3, 8, 10]")
    fake_environment(workspace.root / "venv")
    found = find_interpreter(workspace)
    assert found.source == "venv"
    assert found.passed_over == (
        f".venv ({workspace.root}/.venv/bin/python): it is Python 3.8.10, and 3.11 or newer is needed",
    )


def test_a_broken_environment_is_passed_over(workspace):
    (workspace.root / ".venv").mkdir()
    found = find_interpreter(workspace)
    assert found.source == "plugin"
    assert "no such file" in found.passed_over[0]


def test_the_active_environment_comes_before_the_projects_folder(workspace, tmp_path, monkeypatch):
    fake_environment(workspace.root / ".venv")
    active = fake_environment(tmp_path / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    assert find_interpreter(workspace).path == active / "bin" / "python"


def test_the_plugins_environment_is_not_mistaken_for_the_users(workspace, monkeypatch):
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    monkeypatch.setenv("CONDA_PREFIX", sys.prefix)
    assert find_interpreter(workspace).source == "plugin"


def test_uv_may_keep_the_environment_elsewhere(workspace, monkeypatch):
    fake_environment(workspace.root / "envs" / "here")
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", "envs/here")
    assert find_interpreter(workspace).source == "UV_PROJECT_ENVIRONMENT"


def test_a_uv_project_that_was_never_synchronised_says_so(workspace):
    (workspace.root / "pyproject.toml").touch()
    (workspace.root / "uv.lock").touch()
    assert "uv sync" in find_interpreter(workspace).passed_over[-1]
    fake_environment(workspace.root / ".venv")
    assert find_interpreter(workspace).passed_over == ()


def test_the_declared_conda_environment_comes_before_the_active_one(workspace, tmp_path, monkeypatch):
    active, declared = tmp_path / "base", tmp_path / "envs" / "fraud"
    for folder in (active, declared):
        fake_python(folder / "bin" / "python")
        (folder / "conda-meta").mkdir()
    monkeypatch.setenv("CONDA_PREFIX", str(active))
    assert find_interpreter(workspace).source == "CONDA_PREFIX"
    (workspace.root / "environment.yml").write_text("name: fraud\n")
    monkeypatch.setenv("CONDA_ENVS_PATH", str(tmp_path / "envs"))
    found = find_interpreter(workspace)
    assert (found.source, found.path) == ("conda", declared / "bin" / "python")
    assert "fraud" in found.why


def test_the_facts_are_fit_for_a_record(workspace):
    facts = find_interpreter(workspace).as_dict()
    assert set(facts) == {"path", "source", "why", "version", "prefix", "passed_over"}
    assert all(isinstance(value, (str, list)) for value in facts.values())


def test_modules_are_looked_for_in_the_interpreter_that_is_asked(bare_venv):
    python = bare_venv / "bin" / "python"
    assert has_module(python, "json", {})
    assert not has_module(python, "pandas", {})
