"""The packages an experiment was recorded with, beside those of the interpreter that runs it again."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from specweave.errors import ExperimentError
from specweave.reproduction.result import Change

LIST = "packages.txt"
_LINE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)\Z")
_ASK = (
    "import json, platform, re; from importlib.metadata import distributions; "
    "print(json.dumps([platform.python_version(), "
    "{re.sub(r'[-_.]+', '-', d.name or '').lower(): d.version for d in reversed(list(distributions()))}]))"
)


def recorded_packages(record: Path) -> dict[str, str]:
    """Name and version of every package in packages.txt; empty when the file is gone."""
    path = record / LIST
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return {found["name"]: found["version"] for line in lines if (found := _LINE.match(line.strip()))}


def packages_of(python: Path, environment: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Version of this Python and what is installed in it, seen with these variables."""
    done = subprocess.run(
        [str(python), "-c", _ASK],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    try:
        version, found = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise ExperimentError(
            "The Python that is to run the experiment again does not answer",
            value=str(python),
            next_step="name another one with python",
        ) from error
    return str(version), dict(found)


def package_changes(record: Path, metadata: dict[str, Any], version: str, now: dict[str, str]) -> list[Change]:
    """A change for the libraries that decide results, for all others together, and for Python itself."""
    recorded = recorded_packages(record)
    deciding = dict(metadata.get("packages") or {})
    recorded.update(deciding)
    changed = {name: (old, now.get(name)) for name, old in recorded.items() if now.get(name) != old and name != "sw-ml"}
    found = [
        Change(kind="package changed", sentence=_moved(name, *changed[name])) for name in deciding if name in changed
    ]
    others = [name for name in changed if name not in deciding]
    if others:
        named = "; ".join(_moved(name, *changed[name]) for name in others[:5])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        found.append(Change(kind="package changed", sentence=f"{named}{more}"))
    python = str((metadata.get("python") or {}).get("version", ""))
    if python and python != version:
        found.append(Change(kind="package changed", sentence=f"Python {python} is now {version}"))
    ours = deciding.get("sw-ml")
    if ours is not None and ours != _our_version():
        found.append(Change(kind="code changed", sentence=f"sw-ml {ours} is now {_our_version()}"))
    return found


def _our_version() -> str:
    from specweave import __version__

    return __version__


def _moved(name: str, old: str, new: str | None) -> str:
    return f"{name} {old} is now {new}" if new else f"{name} {old} is not installed any more"
