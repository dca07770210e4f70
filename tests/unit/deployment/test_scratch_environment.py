from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest

from specweave.deployment import scratch_environment as scratch
from specweave.errors import DeploymentError

HASHED = """\
numpy=={numpy} \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
# a comment
click==0.0.1 ; sys_platform == 'none' \\
    --hash=sha256:cccc
"""


@pytest.fixture
def requirements(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text(HASHED.format(numpy=metadata.version("numpy")), "utf-8")
    return path


@pytest.fixture
def installer(monkeypatch):
    """Stands in for uv and pip: notes what is called, makes the interpreter, or fails with a text."""
    made = SimpleNamespace(calls=[], fails_with=None, uv="/somewhere/uv")
    monkeypatch.setattr(scratch.shutil, "which", lambda name: made.uv if name == "uv" else None)

    def run(argv, **options):
        made.calls.append(argv)
        if "install" in argv and made.fails_with:
            return subprocess.CompletedProcess(argv, 1, "", made.fails_with)
        if "venv" in argv:
            python = scratch.Path(argv[-1]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.touch()
        assert "PYTHONPATH" not in options.get("env", {})
        return subprocess.CompletedProcess(argv, 0, "", "")

    monkeypatch.setattr(scratch.subprocess, "run", run)
    return made


def installs(installer):
    return [call for call in installer.calls if "install" in call]


def test_requirements_are_installed_once_and_kept(requirements, installer, tmp_path):
    first = scratch.scratch_environment(requirements, cache=tmp_path / "cache")
    again = scratch.scratch_environment(requirements, cache=tmp_path / "cache")
    assert (first.reused, again.reused) == (False, True)
    assert first.python == again.python
    assert len(installs(installer)) == 1
    assert "--require-hashes" in installs(installer)[0]
    assert "uv" in first.how


def test_other_requirements_get_an_environment_of_their_own(requirements, installer, tmp_path):
    first = scratch.scratch_environment(requirements, cache=tmp_path / "cache")
    requirements.write_text("numpy==1.0\n", "utf-8")
    assert scratch.scratch_environment(requirements, cache=tmp_path / "cache").python != first.python


@pytest.mark.parametrize("uv", [None, "/a/shim/without/uv"])
def test_without_uv_pip_does_it(requirements, installer, tmp_path, uv, monkeypatch):
    installer.uv = uv
    monkeypatch.setattr(scratch, "_works", lambda argv: False)
    found = scratch.scratch_environment(requirements, cache=tmp_path / "cache")
    assert "pip" in found.how
    assert installs(installer)[0][1:4] == ["-m", "pip", "install"]


def test_a_half_made_environment_is_made_anew(requirements, installer, tmp_path):
    made = scratch.scratch_environment(requirements, cache=tmp_path / "cache")
    (made.python.parents[1] / "complete.json").unlink()
    assert not scratch.scratch_environment(requirements, cache=tmp_path / "cache").reused


def test_without_a_registry_the_present_interpreter_serves_if_it_has_every_pin(requirements, installer, tmp_path):
    installer.fails_with = "error: dns error: failed to lookup address"
    found = scratch.scratch_environment(requirements, cache=tmp_path / "cache")
    assert (str(found.python), found.own) == (sys.executable, False)
    assert found.how.startswith("the present interpreter, which has every pinned version (the package registry")
    assert not list((tmp_path / "cache").glob("*/"))


def test_without_a_registry_and_without_the_pins_nothing_is_pretended(requirements, installer, tmp_path):
    installer.fails_with = "Could not connect"
    requirements.write_text("numpy==0.0.1\nno-such-thing==2\n", "utf-8")
    with pytest.raises(DeploymentError, match="registry does not answer") as caught:
        scratch.scratch_environment(requirements, cache=tmp_path / "cache")
    assert f"numpy==0.0.1 (has {metadata.version('numpy')})" in str(caught.value)
    assert "no-such-thing==2 (has none)" in str(caught.value)


def test_a_wrong_hash_is_not_taken_for_a_silent_registry(requirements, installer, tmp_path):
    installer.fails_with = "hash mismatch for numpy"
    requirements.write_text("numpy==0.0.1\n", "utf-8")
    with pytest.raises(DeploymentError, match="cannot be installed") as caught:
        scratch.scratch_environment(requirements, cache=tmp_path / "cache")
    assert "hash mismatch" in str(caught.value)


def test_pins_of_other_platforms_do_not_count(requirements):
    assert scratch.pins(requirements.read_text("utf-8")) == [("numpy", metadata.version("numpy"))]
    with pytest.raises(DeploymentError, match="cannot be read"):
        scratch.pins("what is this ===\n")


def test_the_folder_is_the_users_cache_unless_named(monkeypatch, tmp_path):
    monkeypatch.delenv(scratch.FOLDER_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert scratch.environments_folder() == tmp_path / "specweave" / "services"
    monkeypatch.setenv(scratch.FOLDER_VARIABLE, str(tmp_path / "named"))
    assert scratch.environments_folder() == tmp_path / "named"


def test_an_environment_is_stamped_with_what_it_was_made_from(requirements, installer, tmp_path):
    made = scratch.scratch_environment(requirements, cache=tmp_path / "cache")
    stamp = json.loads((made.python.parents[1] / "complete.json").read_text("utf-8"))
    assert stamp["installer"] == "uv"
    assert len(stamp["requirements"]) == 64
