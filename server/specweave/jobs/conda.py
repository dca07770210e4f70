"""Conda environments of a project, found on disk without running conda."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FILES = ("environment.yml", "environment.yaml")
_HOMES = ("miniforge3", "mambaforge", "miniconda3", "anaconda3", "micromamba", ".conda", "conda")
_NAME = re.compile(r"^(name|prefix):[ \t]*['\"]?([^'\"#\n]+?)['\"]?[ \t]*(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class CondaEnvironment:
    """An environment that a file of the project declares and that exists."""

    name: str
    file: str
    folder: Path


def declared_environments(project: Path) -> Iterator[CondaEnvironment]:
    """The environments that environment.yml declares by name or prefix, where they have been created."""
    for file in _FILES:
        declared = _declared(project / file)
        name = declared.get("name")
        folders = [project / declared["prefix"]] if "prefix" in declared else []
        folders += _folders_named(name) if name else []
        for folder in folders:
            if (folder / "conda-meta").is_dir():
                yield CondaEnvironment(name or folder.name, file, folder)
                break


def active_environment() -> Path | None:
    """The environment `conda activate` has set, or None."""
    active = os.environ.get("CONDA_PREFIX")
    return Path(active) if active else None


def _declared(file: Path) -> dict[str, str]:
    try:
        return dict(_NAME.findall(file.read_text("utf-8", errors="replace")))
    except OSError:
        return {}


def _folders_named(name: str) -> list[Path]:
    """Where conda, mamba and micromamba keep an environment of this name, most explicit first."""
    home = Path.home()
    parents = [Path(p) for p in os.environ.get("CONDA_ENVS_PATH", "").split(os.pathsep) if p]
    roots = [os.environ.get(name) for name in ("MAMBA_ROOT_PREFIX", "CONDA_ROOT", "CONDA_PREFIX_1", "CONDA_PREFIX")]
    parents += [Path(root) / "envs" for root in roots if root]
    parents += [home / root / "envs" for root in _HOMES]
    return [parent / name for parent in parents] + [path for path in _registered(home) if path.name == name]


def _registered(home: Path) -> list[Path]:
    """Every environment conda has created for this user, wherever it is."""
    try:
        lines = (home / ".conda" / "environments.txt").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [Path(line.strip()) for line in lines if line.strip()]
