"""uv, or venv and pip: each fills a new folder with the locked packages and says how far it is."""

from __future__ import annotations

import collections
import os
import re
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Callable

from doorman.failures import CERTIFICATE, Failure, Stopped, explain
from doorman.places import Log

# Settings of the user's shell that would send packages elsewhere than into the new environment.
_MISLEADING = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX", "PIP_TARGET", "PIP_PREFIX", "PIP_USER",
               "PIP_REQUIRE_HASHES", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_TARGET", "UV_PREFIX")  # fmt: skip

# What an installer's line tells a person; the first group names the package.
_STEPS = (
    (re.compile(r"^\s*(?:Downloading|Building|Collecting|Processing|Using cached) (?:\S*/)?([A-Za-z0-9][\w.-]*)"), "downloading {}"),
    (re.compile(r"^\s*Installing collected packages"), "installing the packages"),
    (re.compile(r"^\s*(?:Resolved|Resolving) "), "downloading the packages"),
    (re.compile(r"^\s*Prepared "), "installing the packages"),
    (re.compile(r"^\s*(?:Installed|Successfully installed) "), "compiling the packages"),
)  # fmt: skip


class Commands:
    """Runs an installer's commands one after the other; `stop` ends the present one with its children."""

    def __init__(self, variables: Mapping[str, str], log: Log, say: Callable[[str], None]) -> None:
        self.variables = {name: value for name, value in variables.items() if name not in _MISLEADING}
        self.variables.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", UV_NO_PROGRESS="1", NO_COLOR="1")
        self.log = log
        self.say = say
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def run(self, command: Sequence[str], folder: Path, **variables: str) -> None:
        """Run one command; raises Failure with its reason, or Stopped."""
        self.log.write("run " + " ".join(command))
        process = self._start(command, {**self.variables, **variables})
        tail: collections.deque[str] = collections.deque(maxlen=60)
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                tail.append(line.rstrip())
                self.log.write("  " + line.rstrip())
                step = read_step(line)
                if step:
                    self.say(step)
        code = process.wait()
        if self._stopped:
            raise Stopped
        if code:
            raise explain(tail, folder)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._process is not None and self._process.poll() is None:
                try:
                    os.killpg(self._process.pid, signal.SIGKILL)
                except (OSError, ProcessLookupError):
                    pass

    def _start(self, command: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopped:
                raise Stopped
            try:
                self._process = subprocess.Popen(
                    list(command),
                    env=variables,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                    start_new_session=True,
                )
            except OSError as error:
                raise Failure(f"{command[0]} does not start: {error.strerror}", "Repair or remove it") from error
            return self._process


def read_step(line: str) -> str | None:
    """What one line of uv's or pip's output means in a few words, or None."""
    for pattern, words in _STEPS:
        found = pattern.match(line)
        if found:
            return words.format(*(_package(name) for name in found.groups()))
    return None


def _package(name: str) -> str:
    """scikit_learn-1.9.1-cp311-….whl → scikit-learn."""
    return re.split(r"[-_]\d|==|\.(?:whl|tar|zip)", name)[0].replace("_", "-").lower()


def python_of(folder: Path) -> Path:
    return folder / "bin" / "python"


def install_with_uv(commands: Commands, uv: Path, python: str, lock_file: Path, folder: Path) -> None:
    """`python` is a path, or a version for uv to download."""
    commands.say("creating the environment")
    commands.run([str(uv), "venv", "--no-project", "--python", python, str(folder)], folder)
    commands.say("downloading the packages")
    install = [str(uv), "pip", "install", "--require-hashes", "--compile-bytecode", "-r", str(lock_file)]
    install += ["--python", str(python_of(folder))]
    try:
        commands.run(install, folder)
    except Failure as failure:
        if failure.reason != CERTIFICATE:
            raise
        # uv trusts its own list; an organisation's proxy is in the system's. Older uv knows the second name.
        commands.run(install, folder, UV_SYSTEM_CERTS="true", UV_NATIVE_TLS="true")


def install_with_pip(commands: Commands, python: str, lock_file: Path, folder: Path) -> None:
    """The lock names every package, so pip has nothing to resolve (that alone takes it a minute)."""
    commands.say("creating the environment")
    commands.run([python, "-I", "-m", "venv", str(folder)], folder)
    commands.say("downloading the packages")
    own = str(python_of(folder))
    options = ["--require-hashes", "--no-deps", "--no-compile", "--progress-bar", "off", "--retries", "2"]
    commands.run([own, "-I", "-m", "pip", "install", *options, "-r", str(lock_file)], folder)
    commands.say("compiling the packages")
    try:
        commands.run([own, "-I", "-m", "compileall", "-q", "-j", "0", str(folder / "lib")], folder)
    except Failure as failure:
        # Some packages ship templates that are no valid Python; everything else is compiled by now.
        commands.log.write(f"compileall: {failure.reason}")
