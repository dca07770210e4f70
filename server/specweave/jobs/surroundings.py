"""What the user's code finds around it: our package and nothing else of ours, their environment, our variables."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import specweave
from specweave.workspace import INCREMENT_VARIABLE, ROOT_VARIABLE, IncrementFolder, storage_errors

# These steer an interpreter and would carry the plugin's own installation into the user's.
_OURS = ("PYTHONHOME", "__PYVENV_LAUNCHER__", "PYTHONEXECUTABLE", "VIRTUAL_ENV", "PYTHONSAFEPATH")


def expose_package(folder: Path) -> Path:
    """`folder`, holding `specweave` and nothing else, fit for PYTHONPATH.

    The folder our package is installed in would bring every library of the plugin along, built for another Python.
    """
    link = folder / "specweave"
    package = Path(specweave.__file__).resolve().parent
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if link.is_symlink() or link.exists():
            return folder
        try:
            link.symlink_to(package, target_is_directory=True)
        except OSError:  # a file system, or a Windows account, without links
            shutil.copytree(package, link, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def user_environment(
    increment: IncrementFolder, python: Path, package: Path, *, base: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The variables for `python`: as if its environment were activated, with `specweave` importable.

    `package` comes from `expose_package`; everything else of `base` (default: ours) is passed on.
    """
    chosen = {k: v for k, v in (os.environ if base is None else base).items() if k not in _OURS}
    home = python.parent.parent
    if (home / "pyvenv.cfg").is_file():
        chosen["VIRTUAL_ENV"] = str(home)
    chosen["PATH"] = os.pathsep.join(filter(None, [str(python.parent), chosen.get("PATH")]))
    chosen["PYTHONPATH"] = search_path(package, chosen.get("PYTHONPATH", ""))
    chosen |= {INCREMENT_VARIABLE: increment.id, ROOT_VARIABLE: str(increment.root)}
    return chosen | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}


def search_path(package: Path, inherited: str) -> str:
    """A PYTHONPATH with `package` first, and without the folder our own process was started with: that one may hold
    the plugin's libraries."""
    ours = Path(specweave.__file__).resolve().parent
    kept = [f for f in inherited.split(os.pathsep) if f and (Path(f) / "specweave").resolve() != ours]
    return os.pathsep.join([str(package), *kept])
