"""Whether the process that wrote a record still lives."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from pathlib import Path
from typing import Any


def this_process() -> dict[str, Any]:
    """Number, start mark and host: together they name one process, even after its number is given out again."""
    pid = os.getpid()
    return {"pid": pid, "started": _own_mark(pid), "host": _host()}


def is_alive(process: dict[str, Any]) -> bool | None:
    """Whether that process runs; None when it ran on another host, where it cannot be seen."""
    pid = process.get("pid")
    if not isinstance(pid, int) or pid <= 0:
        return False
    if process.get("host") != _host():
        return None
    mark = start_mark(pid)
    if mark is not None:
        return bool(mark == process.get("started"))
    return False if Path("/proc/self/stat").exists() else _answers(pid)


def start_mark(pid: int) -> str | None:
    """When the process started, in ticks since boot; None where the system does not tell or it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{fields[19]}@{_boot()}"


@cache
def _own_mark(pid: int) -> str | None:
    """By process number, as a forked child has another."""
    return start_mark(pid)


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()[:8]
    except OSError:
        return ""


@cache
def _host() -> str:
    return platform.node()


def _answers(pid: int) -> bool:
    if sys.platform == "win32":  # pragma: no cover
        import ctypes

        query_limited_information = 0x1000
        handle = ctypes.windll.kernel32.OpenProcess(query_limited_information, False, pid)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
