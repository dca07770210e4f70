"""A Python that can carry the environment: 3.11, 3.12 or 3.13."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

OLDEST = (3, 11)
NEWEST = (3, 13)
_ASK = "import sys, platform; print(sys.executable, *sys.version_info[:2], platform.python_implementation(), sep='\\n')"


class Interpreter(NamedTuple):
    """A Python by path, with its version: (3, 12)."""

    path: Path
    version: tuple[int, int]

    @property
    def tag(self) -> str:
        return f"cp{self.version[0]}{self.version[1]}"


def find_uv(variables: Mapping[str, str]) -> Path | None:
    """uv on PATH, or where its installers put it: a client started from a desktop has a short PATH."""
    found = shutil.which("uv", path=variables.get("PATH"))
    if found:
        return Path(found)
    home = Path(variables.get("HOME", "/nonexistent"))
    usual = [home / ".local/bin/uv", home / ".cargo/bin/uv", Path("/opt/homebrew/bin/uv"), Path("/usr/local/bin/uv")]
    return next((path for path in usual if path.is_file()), None)


def find_interpreters(variables: Mapping[str, str], uv: Path | None) -> Iterator[Interpreter]:
    """Suitable Pythons, best first: the user's python3, the doorman's own, others on PATH, then those only uv knows."""
    seen: set[Path] = set()
    for candidate in _candidates(variables, uv):
        found = examine(candidate)
        if found and OLDEST <= found.version <= NEWEST and found.path not in seen:
            seen.add(found.path)
            yield found


def examine(executable: Path) -> Interpreter | None:
    """What this executable is when run; None for anything but a working CPython."""
    try:
        run = subprocess.run(
            [str(executable), "-I", "-S", "-c", _ASK],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        path, major, minor, implementation = run.stdout.strip().splitlines()[-4:]
        version = int(major), int(minor)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return Interpreter(Path(path), version) if implementation == "CPython" and path else None


def _candidates(variables: Mapping[str, str], uv: Path | None) -> Iterator[Path]:
    path = variables.get("PATH", "")
    usual = shutil.which("python3", path=path)
    if usual:
        yield Path(usual)
    yield Path(sys.executable)
    for folders in (path, "/opt/homebrew/bin:/usr/local/bin:/usr/bin"):
        for name in ("python3.13", "python3.12", "python3.11", "python3", "python"):
            found = shutil.which(name, path=folders)
            if found:
                yield Path(found)
    home = Path(variables.get("HOME", "/nonexistent"))
    yield from sorted(home.glob(".pyenv/versions/3.1[123]*/bin/python3"), reverse=True)
    if uv is not None:
        yield from _known_to_uv(uv)


def _known_to_uv(uv: Path) -> Iterator[Path]:
    try:
        run = subprocess.run(
            [str(uv), "python", "find", "--no-python-downloads", ">=3.11,<3.14"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return
    if run.stdout.strip():
        yield Path(run.stdout.strip().splitlines()[-1])
