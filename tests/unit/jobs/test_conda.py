from __future__ import annotations

from pathlib import Path

import pytest

from specweave.jobs.conda import declared_environments


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def created(folder: Path) -> Path:
    (folder / "conda-meta").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("line", ["name: fraud", "name:  'fraud'  # ours", 'channels: [x]\nname: "fraud"\n'])
@pytest.mark.parametrize("home", ["miniforge3", "miniconda3", "anaconda3", "micromamba", ".conda"])
def test_an_environment_is_found_by_name_in_the_usual_places(project, line, home):
    (project / "environment.yml").write_text(line)
    folder = created(Path.home() / home / "envs" / "fraud")
    (found,) = declared_environments(project)
    assert (found.name, found.file, found.folder) == ("fraud", "environment.yml", folder)


def test_an_environment_is_found_in_the_list_conda_keeps(project, tmp_path):
    (project / "environment.yaml").write_text("name: fraud\n")
    folder = created(tmp_path / "far away" / "fraud")
    registry = Path.home() / ".conda" / "environments.txt"
    registry.parent.mkdir()
    registry.write_text(f"{tmp_path}/other\n{folder}\n\n")
    assert [found.folder for found in declared_environments(project)] == [folder]


def test_a_prefix_may_be_relative_to_the_project(project):
    (project / "environment.yml").write_text("prefix: ./env\n")
    created(project / "env")
    assert [found.folder for found in declared_environments(project)] == [project / "env"]


def test_the_root_of_an_active_installation_is_searched(project, tmp_path, monkeypatch):
    (project / "environment.yml").write_text("name: fraud\n")
    monkeypatch.setenv("MAMBA_ROOT_PREFIX", str(tmp_path / "mamba"))
    folder = created(tmp_path / "mamba" / "envs" / "fraud")
    assert [found.folder for found in declared_environments(project)] == [folder]


@pytest.mark.parametrize("content", [None, "", "dependencies:\n  - name: inner\n", "name: never-created\n"])
def test_nothing_declared_or_nothing_created_is_no_environment(project, content):
    if content is not None:
        (project / "environment.yml").write_text(content)
    assert list(declared_environments(project)) == []
