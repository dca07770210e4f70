from __future__ import annotations

import subprocess
from pathlib import Path

import specweave
from specweave.jobs.surroundings import expose_package, user_environment


def test_the_exposed_folder_holds_our_package_only(tmp_path):
    folder = expose_package(tmp_path / "mit leer zeichen")
    assert [path.name for path in folder.iterdir()] == ["specweave"]
    assert (folder / "specweave" / "__init__.py").samefile(specweave.__file__)
    assert expose_package(folder) == folder


def test_without_links_the_package_is_copied(tmp_path, monkeypatch):
    def refuse(self, target, target_is_directory=False):
        raise OSError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    folder = expose_package(tmp_path)
    assert not (folder / "specweave").is_symlink()
    assert (folder / "specweave" / "errors.py").is_file()


def test_the_environment_is_theirs_with_our_package_first(increment, bare_venv, tmp_path):
    base = {
        "PATH": "/usr/bin",
        "PYTHONPATH": f"{Path(specweave.__file__).parents[1]}:/theirs",
        "PYTHONHOME": "/ours",
        "VIRTUAL_ENV": "/ours",
        "SECRET_TOKEN": "s3cr3t",
    }
    python = bare_venv / "bin" / "python"
    chosen = user_environment(increment, python, tmp_path, base=base)
    assert chosen["PATH"] == f"{bare_venv}/bin:/usr/bin"
    assert chosen["PYTHONPATH"] == f"{tmp_path}:/theirs"
    assert chosen["VIRTUAL_ENV"] == str(bare_venv)
    assert chosen["SPECWEAVE_INCREMENT"] == increment.id
    assert chosen["CLAUDE_PROJECT_DIR"] == str(increment.root)
    assert chosen["SECRET_TOKEN"] == "s3cr3t"
    assert "PYTHONHOME" not in chosen


def test_an_interpreter_outside_an_environment_gets_none(increment, tmp_path):
    chosen = user_environment(increment, Path("/usr/bin/python3"), tmp_path, base={"VIRTUAL_ENV": "/ours"})
    assert "VIRTUAL_ENV" not in chosen
    assert chosen["PATH"] == "/usr/bin"


def test_recording_works_where_nothing_is_installed(increment, bare_venv, tmp_path):
    package = expose_package(tmp_path / "path")
    code = (
        "import importlib.util\n"
        "assert importlib.util.find_spec('pydantic') is None\n"
        "from specweave import track_experiment\n"
        "with track_experiment('first try') as experiment:\n"
        "    experiment.log_metric('auc', 0.5)\n"
        "print(experiment.id)\n"
    )
    python = bare_venv / "bin" / "python"
    done = subprocess.run(
        [python, "-c", code],
        env=user_environment(increment, python, package),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (increment.experiments / done.stdout.strip() / "metrics.json").exists()
