"""What ran, where: interpreter, packages, host, command line. Environment variables are never read into a record."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from specweave.experiments.masking import mask_arguments
from specweave.experiments.values import plain, text

SCRIPT_VARIABLE = "SPECWEAVE_SCRIPT"
_PACKAGE = Path(__file__).parents[1]
MAIN_LIBRARIES = (
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "scipy",
    "scikit-learn",
    "lightgbm",
    "xgboost",
    "xgboost-cpu",
    "catboost",
    "torch",
    "tensorflow",
    "transformers",
    "skops",
    "sw-ml",
)
_INFO = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info\Z")


@cache
def interpreter() -> Mapping[str, str]:
    return MappingProxyType(
        {
            "executable": text(sys.executable or ""),
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "platform": platform.platform(),
        }
    )


@cache
def host() -> Mapping[str, Any]:
    return MappingProxyType(
        {"name": text(platform.node()), "cores": os.cpu_count(), "memory_bytes": _memory(), "system": platform.system()}
    )


def freeze() -> tuple[str, str]:
    """Every installed distribution as `name==version` lines, and the sha256 of the list."""
    return _freeze(tuple(sys.path))


def main_packages() -> dict[str, str]:
    """The libraries that decide results, and their versions."""
    found = _packages(tuple(sys.path))
    return {name: found[name] for name in MAIN_LIBRARIES if name in found}


@cache
def _freeze(path: tuple[str, ...]) -> tuple[str, str]:
    listed = "".join(f"{name}=={version}\n" for name, version in sorted(_packages(path).items()))
    return listed, hashlib.sha256(listed.encode()).hexdigest()


@cache
def _packages(path: tuple[str, ...]) -> Mapping[str, str]:
    """Distributions as the folders on sys.path name them: a millisecond where importlib.metadata takes a hundred."""
    found: dict[str, str] = {}
    for folder in path:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208  a thousand Path objects cost more than the listing
        except OSError:
            continue
        for name in names:
            match = _INFO.match(name)
            if match:
                found.setdefault(re.sub(r"[-_.]+", "-", match["name"]).lower(), match["version"])
    return MappingProxyType(found)


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # no such question on Windows
        return None


def command() -> list[str]:
    """The command line that started this process, secrets masked."""
    return [text(part) for part in mask_arguments(getattr(sys, "orig_argv", None) or sys.argv)][:100]


def entry() -> dict[str, Any]:
    """The script or notebook that runs: how it was started, its path and sha256 where there is a file.

    Our own tools and command line are {"by": "tool"}.

    A runner that starts a script or notebook in a process of its own (where `__main__` is the
    runner's or the kernel's) names the file in SPECWEAVE_SCRIPT.
    """
    path = _script()
    if path is not None and (path.is_relative_to(_PACKAGE) or path.stem == "sw-ml"):
        return {"by": "tool"}
    found: dict[str, Any] = {"by": _started_by(path)}
    if path is not None:
        found.update(path=plain(path), sha256=_sha256(path))
    return found


def runs_in_notebook() -> bool:
    """Whether the code that runs is a notebook's."""
    return _started_by(_script()) == "notebook"


def _started_by(path: Path | None) -> str:
    if _in_notebook() or (path is not None and path.suffix == ".ipynb"):
        return "notebook"
    return "interactive" if path is None else "script"


def _script() -> Path | None:
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    named = os.environ.get(SCRIPT_VARIABLE) or (_notebook_file() if _in_notebook() else main)
    if not named:
        return None
    path = _absolute(named, os.getcwd())  # noqa: PTH109  a Path less at each start of a run
    return path if os.path.isfile(path) else None  # noqa: PTH113


@lru_cache(maxsize=16)
def _absolute(named: str, folder: str) -> Path:
    return Path(folder, named)


def _in_notebook() -> bool:
    return "ipykernel" in sys.modules and "IPython" in sys.modules and "ipykernel" in " ".join(sys.argv[:1])


def _notebook_file() -> str | None:
    """Jupyter names the notebook in JPY_SESSION_NAME, VS Code in a variable of the kernel."""
    main = sys.modules.get("__main__")
    return os.environ.get("JPY_SESSION_NAME") or getattr(main, "__vsc_ipynb_file__", None)


def _sha256(path: Path) -> str | None:
    try:
        found = os.stat(path)  # noqa: PTH116
        return _hash_of(path, found.st_ino, found.st_size, found.st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=16)
def _hash_of(path: Path, *_: int) -> str:
    """Of the file in the state that inode, size and time name: a search of a thousand runs reads its script once."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
