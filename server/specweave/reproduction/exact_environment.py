"""The environment an experiment was recorded in, built anew with uv."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from specweave.errors import ExperimentError, MissingDependencyError, shorten
from specweave.progress import Progress
from specweave.reproduction.packages import recorded_packages
from specweave.workspace import write_text

_SECONDS = 1800
_UNREACHABLE = ("dns error", "failed to fetch", "could not connect", "connection", "network", "timed out", "offline")
# Ours is laid on the path by the run itself, and installers come with the environment.
_LEFT_OUT = {"sw-ml", "pip", "setuptools", "wheel"}


def build_environment(record: Path, metadata: dict[str, Any], folder: Path, progress: Progress) -> Path:
    """The interpreter of a new environment in `folder` with the recorded Python and every recorded package.

    MissingDependencyError without uv; ExperimentError when the list of packages is gone, when a package index cannot be
    reached, or when a recorded version is not to be had.
    """
    uv = _uv()
    wanted = {name: v for name, v in recorded_packages(record).items() if name not in _LEFT_OUT}
    if not wanted:
        raise ExperimentError(
            "The record holds no list of packages, so its environment cannot be rebuilt",
            value=str(record / "packages.txt"),
            next_step="reproduce without --exact-env",
        )
    version = str((metadata.get("python") or {}).get("version", ""))
    progress(0, 3, f"making an environment with Python {version}")
    _run([uv, "venv", "--quiet", *(["--python", version] if version else []), str(folder)])
    python = folder / ("Scripts/python.exe" if (folder / "Scripts").is_dir() else "bin/python")
    requirements = write_text(folder / "recorded-packages.txt", "".join(f"{name}=={v}\n" for name, v in wanted.items()))
    progress(1, 3, f"installing {len(wanted)} recorded packages")
    _run([uv, "pip", "install", "--quiet", "--no-deps", "--python", str(python), "-r", str(requirements)])
    return python


def _uv() -> str:
    """The program, on PATH or beside the interpreter that runs this, where `pip install uv` puts it."""
    beside = os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])
    found = shutil.which("uv", path=beside)
    if found is None:
        raise MissingDependencyError(
            "Rebuilding the recorded environment needs uv, which is neither on PATH nor beside this Python",
            value=sys.executable,
            next_step="call `pip install uv`, or reproduce without --exact-env",
        )
    return found


def _run(argv: list[str]) -> None:
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ExperimentError(
            f"uv was not done after {_SECONDS // 60} minutes", next_step="repeat the call; what was loaded is kept"
        ) from error
    if done.returncode == 0:
        return
    said = done.stderr.strip()
    unreachable = any(mark in said.lower() for mark in _UNREACHABLE)
    raise ExperimentError(
        "The recorded environment could not be rebuilt, "
        + ("the package index cannot be reached" if unreachable else "uv refused"),
        value=shorten(said, 600),
        next_step="connect to the network and repeat the call"
        if unreachable
        else "reproduce without --exact-env, which reports every package that differs",
    )
