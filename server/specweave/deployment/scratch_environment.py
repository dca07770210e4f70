"""An environment of the service's own, made from its requirements.txt, so that what runs here is what the image runs.

Kept in the user's cache by the hash of the requirements: the second deployment with the same ones installs nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from specweave.errors import DeploymentError, listing, shorten
from specweave.progress import Progress, silent
from specweave.workspace import lock, storage_errors, write_json

FOLDER_VARIABLE = "SW_ML_SERVICE_ENVIRONMENTS"
_STAMP = "complete.json"
_SECONDS = 900
_UNREACHABLE = (
    "dns error",
    "failed to fetch",
    "could not connect",
    "connection",
    "network",
    "timed out",
    "offline",
    "name resolution",
    "no matching distribution",
)


@dataclass(frozen=True)
class ScratchEnvironment:
    """An interpreter with the service's requirements; `how` says in words where it comes from."""

    python: Path
    how: str
    seconds: float
    reused: bool = False
    own: bool = True
    """Whether it is an environment of its own; False: the interpreter that runs now, which satisfies the pins."""


def scratch_environment(
    requirements: Path, *, cache: Path | None = None, progress: Progress = silent
) -> ScratchEnvironment:
    """The environment for a requirements.txt with exact versions and hashes, built when it is not there yet.

    When the package registry does not answer, the present interpreter is used if it has every pinned version, and
    `how` says so.

    Raises DeploymentError when the requirements cannot be installed and the present interpreter does not satisfy them.
    """
    began = time.monotonic()
    with storage_errors(requirements):
        content = requirements.read_bytes()
    key = hashlib.sha256(content + sys.version.encode() + sys.platform.encode()).hexdigest()[:16]
    folder = (cache or environments_folder()) / key
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    with lock(folder.with_suffix(".lock"), timeout=_SECONDS):
        if (folder / _STAMP).is_file() and python.exists():
            return ScratchEnvironment(python, "kept from an earlier deployment", time.monotonic() - began, reused=True)
        shutil.rmtree(folder, ignore_errors=True)
        progress(0, 1, "installing the service's requirements in an environment of its own")
        try:
            installer = _install(folder, python, requirements)
        except DeploymentError as error:
            shutil.rmtree(folder, ignore_errors=True)
            return _present_interpreter(content.decode("utf-8"), error, began)
        write_json(folder / _STAMP, {"requirements": hashlib.sha256(content).hexdigest(), "installer": installer})
    return ScratchEnvironment(python, f"installed by {installer} with hashes checked", time.monotonic() - began)


def environments_folder() -> Path:
    """Where environments of services are kept: the variable SW_ML_SERVICE_ENVIRONMENTS, or the user's cache folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "specweave" / "services"


def unsatisfied(requirements: str) -> list[str]:
    """The pins the present interpreter does not have, as `name==wanted (has …)`."""
    from importlib import metadata

    missing = []
    for name, version in pins(requirements):
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = "none"
        if found != version:
            missing.append(f"{name}=={version} (has {found})")
    return missing


def pins(requirements: str) -> list[tuple[str, str]]:
    """Names and exact versions of a requirements.txt, those of other platforms and Pythons left out."""
    from packaging.requirements import InvalidRequirement, Requirement

    found = []
    for line in requirements.replace("\\\n", " ").splitlines():
        text = line.split(" --hash", 1)[0].split("#", 1)[0].strip()
        if not text or text.startswith("-"):
            continue
        try:
            parsed = Requirement(text)
        except InvalidRequirement as error:
            raise DeploymentError(
                f"A line of requirements.txt cannot be read: {error}", value=text, allowed="name==version"
            ) from error
        if parsed.marker is None or parsed.marker.evaluate():
            found += [(parsed.name, one.version) for one in parsed.specifier if one.operator == "=="]
    return found


def _install(folder: Path, python: Path, requirements: Path) -> str:
    """Make the environment; the installer's name."""
    uv = shutil.which("uv")
    if uv is not None and _works([uv, "--version"]):
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
        options = ["--quiet", "--require-hashes", "--compile-bytecode", "--python", str(python)]
        _run([uv, "pip", "install", *options, "-r", str(requirements)])
        return "uv"
    _run([sys.executable, "-m", "venv", str(folder)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    _run([*pip, "-r", str(requirements)])
    return "pip"


def _works(argv: list[str]) -> bool:
    """Whether the program runs: a version manager's shim may be on PATH without the program behind it."""
    try:
        return subprocess.run(argv, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _run(argv: list[str]) -> None:
    surroundings = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")}
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env=surroundings,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DeploymentError(f"The service's requirements could not be installed: {shorten(error)}") from error
    if done.returncode == 0:
        return
    said = done.stderr.strip() or done.stdout.strip()
    unreachable = any(mark in said.lower() for mark in _UNREACHABLE)
    raise DeploymentError(
        "The package registry does not answer" if unreachable else "The service's requirements cannot be installed",
        value=shorten(said, 400),
        next_step="connect to the network and deploy again"
        if unreachable
        else "deploy again, which writes requirements.txt anew, or correct what was changed in it",
    )


def _present_interpreter(requirements: str, error: DeploymentError, began: float) -> ScratchEnvironment:
    """The interpreter that runs now, if it has exactly what is pinned; else the error, with what it lacks."""
    missing = unsatisfied(requirements)
    if missing:
        error.allowed = f"an environment with the pinned versions; the present interpreter lacks {listing(missing, 5)}"
        raise error
    how = f"the present interpreter, which has every pinned version ({error.what[:1].lower()}{error.what[1:]})"
    return ScratchEnvironment(Path(sys.executable), how, time.monotonic() - began, own=False)
