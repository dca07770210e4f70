"""One environment for each lock file and Python version: found, built, stamped, removed.

DATA/installation.lock            held by the doorman that installs
DATA/environments/KEY/            KEY = hash of the lock file - Python version
DATA/environments/KEY/complete    written last; without it the folder is half-built
DATA/environments/KEY.in-use      held, shared, by every doorman that runs the environment
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Callable, NamedTuple

from doorman.failures import SPACE_NEEDED, Failure, explain, no_python
from doorman.installers import Commands, install_with_pip, install_with_uv, python_of
from doorman.interpreters import Interpreter, find_interpreters, find_uv
from doorman.locks import FileLock
from doorman.places import Log

STAMP = "complete"
PYTHON_FOR_UV_TO_FETCH = (3, 12)


class Way(NamedTuple):
    """One installer with one Python, and the folder it would fill."""

    folder: Path
    install: Callable[[Path], None]
    with_pip: bool = False


class Environments:
    """The environments in a data folder, for one lock file."""

    def __init__(self, data: Path, lock_file: Path, variables: Mapping[str, str], log: Log) -> None:
        self.data = data
        self.lock_file = lock_file
        self.hash = lock_hash(lock_file)
        self.variables = variables
        self.log = log
        self.folder = data / "environments"
        self.in_use: FileLock | None = None

    def find(self) -> Path | None:
        """The Python of a complete environment for this lock file, now held against removal; None without one."""
        for folder in sorted(self.folder.glob(f"{self.hash}-*")):
            if folder.is_dir() and self._hold(folder):
                return python_of(folder)
        return None

    def get(self, commands: Commands) -> Path:
        """The Python of the environment, built here or by another doorman; raises Failure or Stopped."""
        found = self.find()
        if found:
            return found
        began = time.monotonic()

        def waiting() -> None:
            commands.say("another session is installing the environment")
            if time.monotonic() - began > 3600:
                raise Failure("another session has been installing for an hour", "End the other session")

        lock = FileLock(self.data / "installation.lock")
        lock.wait_exclusive(waiting)
        try:
            return self.find() or self._build(commands)
        finally:
            lock.release()

    def remove_others(self) -> None:
        """Remove what belongs to other lock files, unless a server or a job still runs on it."""
        lock = FileLock(self.data / "installation.lock")
        if not lock.try_exclusive():
            return
        try:
            for folder in self.folder.glob("*"):
                if folder.is_dir() and not folder.name.startswith(self.hash + "-"):
                    self._remove_unused(folder)
        finally:
            lock.release()

    def _hold(self, folder: Path) -> bool:
        lock = FileLock(_in_use_file(folder))
        if not lock.try_shared():
            return False
        if not _is_usable(folder):
            lock.release()
            return False
        self.in_use = lock
        return True

    def _build(self, commands: Commands) -> Path:
        self._check_space()
        self._remove_unusable()
        failure: Failure | None = None
        for way in self._ways(commands):
            error = self._attempt(way)
            if error is None and self._hold(way.folder):
                return python_of(way.folder)
            error = error or Failure("the new environment does not start", f"Remove {way.folder}")
            failure = failure.and_then(error) if failure else error
            if error.final or (way.with_pip and not error.blames_python):
                break
        raise failure or no_python()

    def _attempt(self, way: Way) -> Failure | None:
        folder = way.folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            way.install(folder)
            _stamp(folder, self.hash)
        except Failure as error:
            shutil.rmtree(folder, ignore_errors=True)
            self.log.write(f"failed: {error.reason}")
            return error
        return None

    def _ways(self, commands: Commands) -> Iterator[Way]:
        uv = find_uv(self.variables)
        pythons = list(find_interpreters(self.variables, uv))[:3]
        if uv is not None:
            tag, request = _for_uv(pythons)
            yield Way(self._folder(tag), partial(install_with_uv, commands, uv, request, self.lock_file))
        for python in pythons:
            way = partial(install_with_pip, commands, str(python.path), self.lock_file)
            yield Way(self._folder(python.tag), way, with_pip=True)

    def _folder(self, tag: str) -> Path:
        return self.folder / f"{self.hash}-{tag}"

    def _check_space(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.data).free
        if free < SPACE_NEEDED:
            raise Failure(
                f"the disk is full: {free / 1e9:.1f} GB are free and the environment needs {SPACE_NEEDED / 1e9:.1f} GB",
                f"Free about 2 GB for {self.data}",
                final=True,
            )

    def _remove_unusable(self) -> None:
        """Half-built ones, and those whose Python has been uninstalled; nobody else builds while the lock is held."""
        for folder in self.folder.glob(f"{self.hash}-*"):
            if folder.is_dir() and not _is_usable(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def _remove_unused(self, folder: Path) -> None:
        lock = FileLock(_in_use_file(folder))
        if not lock.try_exclusive():
            return
        if _runs_a_process(folder):
            lock.release()
            return
        self.log.write(f"remove {folder.name}")
        # The stamp goes first, so that whoever comes in between sees a half-built one.
        (folder / STAMP).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        lock.path.unlink(missing_ok=True)
        lock.release()


def _is_usable(folder: Path) -> bool:
    return (folder / STAMP).is_file() and os.access(python_of(folder), os.X_OK)


def lock_hash(lock_file: Path) -> str:
    """Identifies the set of packages: 12 hexadecimal digits of the lock file's sha256."""
    return hashlib.sha256(lock_file.read_bytes()).hexdigest()[:12]


def _for_uv(pythons: list[Interpreter]) -> tuple[str, str]:
    if pythons:
        return pythons[0].tag, str(pythons[0].path)
    major, minor = PYTHON_FOR_UV_TO_FETCH
    return f"cp{major}{minor}", f"{major}.{minor}"


def _stamp(folder: Path, lock: str) -> None:
    temporary = folder / (STAMP + ".tmp")
    try:
        temporary.write_text(json.dumps({"lock": lock, "completed": time.time()}), encoding="utf-8")
        temporary.replace(folder / STAMP)
    except OSError as error:
        raise explain([str(error)], folder) from error


def _in_use_file(folder: Path) -> Path:
    return folder.with_name(folder.name + ".in-use")


def _runs_a_process(folder: Path) -> bool:
    """A job outlives its server, and is known by the interpreter in its command line."""
    needle = str(python_of(folder).parent)
    try:
        listing = subprocess.run(
            ["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        # Small containers have no ps.
        return any(needle in _command_line(process) for process in Path("/proc").glob("[0-9]*"))
    return needle in listing.stdout


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""  # ended meanwhile
