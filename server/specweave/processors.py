"""How many processors there are to work with."""

from __future__ import annotations

import os


def usable_processors() -> int:
    """Those this process may use, which can be fewer than the machine has."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
