"""Threads of numeric libraries that wait should sleep.

OpenMP threads spin while they wait for each other. On a machine that does other work too, the thread they wait for may
not be running, and spinning takes its place: measured on two busy cores, boosting 60 trees took 20 to 38 s spinning
and 1 to 2 s sleeping. OpenMP reads the setting once, when the first library that uses it is loaded.
"""

from __future__ import annotations

import os


def sleep_while_waiting() -> None:
    """Let OpenMP threads of this process and its children sleep; without effect once a library has loaded OpenMP."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
