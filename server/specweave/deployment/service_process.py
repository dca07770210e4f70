"""A generated service as a process of this machine: started as its image starts it, watched, stopped whole."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from specweave.deployment.container import start_command
from specweave.deployment.load.address import Address
from specweave.deployment.load.open_loop import ask
from specweave.deployment.load.requests import get
from specweave.errors import DeploymentError, shorten

START_SECONDS = 90.0
"""A trained model with scikit-learn and pandas takes seconds on a quiet machine, and many more on a busy one."""
_STOP_SECONDS = 25.0
_EVERY_SECONDS = 0.01
_LOG_LINES = 2
# A service gets none of the caller's Python settings, and no keys unless they are given.
_NOT_PASSED_ON = ("PYTHON", "VIRTUAL_ENV", "API_KEY", "WEB_CONCURRENCY", "PORT", "HOST")


@dataclass
class ServiceProcess:
    """A running service; `ready_s` counts from the start of the process to the first answer of /ready."""

    process: subprocess.Popen[bytes]
    address: Address
    log: Path
    command: tuple[str, ...]
    ready_s: float
    started: float = field(repr=False)
    stop_s: float | None = None
    """How long it took to end, once it has."""

    def workers(self) -> list[Any]:
        """The processes that answer requests: uvicorn's children, or the one process there is."""
        import psutil

        parent = psutil.Process(self.process.pid)
        spawned = [child for child in parent.children(recursive=True) if _is_worker(child)]
        return spawned or [parent]

    def memory_mb(self) -> list[float]:
        """Resident memory of each worker, largest first."""
        return sorted((worker.memory_info().rss / 1e6 for worker in self.workers()), reverse=True)

    def kill_worker(self) -> int:
        """End one worker as the kernel would, without warning; its process id."""
        victim = self.workers()[0]
        victim.send_signal(signal.SIGKILL)
        return int(victim.pid)

    def said(self) -> str:
        """The last lines of its log that say something."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()
        return " / ".join([line.strip() for line in lines if any(map(str.isalnum, line))][-_LOG_LINES:])


@contextlib.contextmanager
def running_service(
    folder: Path, python: Path, *, workers: int = 1, environment: dict[str, str] | None = None
) -> Iterator[ServiceProcess]:
    """The service of a deployment folder on a free port of this machine, for the duration of the block.

    It is started with the command of the folder's Dockerfile; only interpreter, host and port differ.

    Raises DeploymentError when it ends or is not ready within 90 s, with the end of its log.
    """
    found: ServiceProcess | None = None
    port = _free_port()
    command = _here(start_command(folder), python, port)
    with tempfile.TemporaryDirectory(prefix="service-") as scratch:
        log = Path(scratch) / "service.log"
        with log.open("wb") as out:
            given = {"WEB_CONCURRENCY": str(workers), "PORT": str(port), **(environment or {})}
            began = time.monotonic()
            process = _spawn(command, folder / "api", given, out)
        try:
            found = ServiceProcess(process, Address("127.0.0.1", port), log, tuple(command), 0.0, began)
            found.ready_s = _until_ready(found)
            yield found
        finally:
            took = stop(process)
            if found is not None:
                found.stop_s = took


def stop(process: subprocess.Popen[bytes]) -> float:
    """Ask it to end, then end it, children included; how many seconds it took."""
    import psutil

    began = time.monotonic()
    try:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        family = []
    if process.poll() is None:
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    process.wait()
    return time.monotonic() - began


def _is_worker(child: Any) -> bool:
    import psutil

    try:
        line = " ".join(child.cmdline())
    except psutil.Error:
        return False
    return "spawn_main" in line and child.status() != psutil.STATUS_ZOMBIE


def _here(command: Sequence[str], python: Path, port: int) -> list[str]:
    """The image's command on this machine: its interpreter, this machine's address only, a free port."""
    made = [str(python) if part == "python" else part for part in command]
    for option, value in (("--host", "127.0.0.1"), ("--port", str(port))):
        if option in made:
            made[made.index(option) + 1] = value
        else:
            made += [option, value]
    return made


def _spawn(command: list[str], folder: Path, given: dict[str, str], out: IO[bytes]) -> subprocess.Popen[bytes]:
    passed = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**passed, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", **given},
        )
    except OSError as error:
        raise DeploymentError(f"The service does not start: {shorten(error)}", value=" ".join(command)) from error


def _until_ready(service: ServiceProcess) -> float:
    question = get(service.address, "/ready")
    while (waited := time.monotonic() - service.started) < START_SECONDS:
        if service.process.poll() is not None:
            raise DeploymentError(
                f"The service ended with code {service.process.returncode} instead of starting",
                value=service.said(),
                next_step="correct what its log names, or deploy again to write it anew",
            )
        try:
            exchange, _ = ask(service.address, question, timeout=2.0)
        except DeploymentError:
            time.sleep(_EVERY_SECONDS)
            continue
        if not exchange.failed:
            return time.monotonic() - service.started
        time.sleep(_EVERY_SECONDS)
    raise DeploymentError(
        f"The service was not ready after {waited:.0f} s",
        value=service.said() or "it has said nothing",
        allowed="an answer of /ready with status 200",
        next_step="repeat on a quiet machine, or start it by hand as DEPLOYMENT.md says and read its log",
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
