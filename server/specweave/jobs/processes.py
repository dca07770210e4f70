"""Which processes belong to a job: identity that survives the reuse of process numbers, and ending them all."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

# Every process a job starts inherits this variable, so those that left its process group are found too.
JOB_VARIABLE = "SPECWEAVE_JOB"
# psutil derives the start time from the clock at boot, which time synchronisation moves a little.
_CLOCK_TOLERANCE_SECONDS = 1.0
_POLL_SECONDS = 0.02


def start_time(pid: int) -> float | None:
    """When the process began (seconds since the epoch), or None where that cannot be told."""
    try:
        import psutil
    except ImportError:  # a job in the user's interpreter; its command line identifies it then
        return None
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def is_running(pid: int, started: float | None, argv: Sequence[str]) -> bool:
    """True when `pid` is alive and is the very process that was started, not a later one with its number."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if started is not None and abs(process.create_time() - started) < _CLOCK_TOLERANCE_SECONDS:
            return True
        # A stepped system clock shifts every start time; the command line names the job's folder.
        return process.cmdline()[-len(argv) + 1 :] == list(argv[1:])
    except psutil.Error:
        return False


def members(job_folder: str, leader: int | None = None) -> list[psutil.Process]:
    """The leader, its descendants, and whatever else carries the job's mark; never the calling process."""
    import psutil

    found: dict[int, psutil.Process] = {}
    if leader is not None:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(leader)
            found = {p.pid: p for p in (process, *process.children(recursive=True))}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(JOB_VARIABLE) == job_folder:
                found[process.pid] = process
    found.pop(os.getpid(), None)
    return list(found.values())


def ask_to_stop(processes: Iterable[psutil.Process]) -> None:
    """SIGTERM to each."""
    import psutil

    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()


def kill(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Kill each process; returns those still there two seconds later."""
    import psutil

    processes = list(processes)
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
    return remaining(processes, 2)


def remaining(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """The processes that still run after up to `seconds`; returns early when none does.

    A dead process nobody has waited for (in a container, often never) counts as gone, and exit codes are left for
    whoever started it; psutil.wait_procs differs in both.
    """
    deadline = time.monotonic() + seconds
    while (alive := [p for p in processes if _runs(p)]) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return alive


def _runs(process: psutil.Process) -> bool:
    import psutil

    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def end_tree(pid: int, grace_seconds: float) -> None:
    """Ask the process and its descendants to stop, and kill what is left after the grace period."""
    import psutil

    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        tree = [process, *process.children(recursive=True)]
        ask_to_stop(tree)
        kill(remaining(tree, grace_seconds))


def signal_group(leader: int, number: signal.Signals) -> None:
    """Signal the whole process group at once, so a process forked this instant is reached as well."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, number)


def is_in_group(process: psutil.Process, leader: int | None) -> bool:
    """True when a signal to the leader's group reaches the process."""
    if leader is None or os.name != "posix":
        return False
    try:
        return os.getpgid(process.pid) == leader
    except OSError:
        return False
