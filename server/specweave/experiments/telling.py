"""Warnings to whoever runs a training, which they must never stop."""

from __future__ import annotations

import sys
import warnings


class RecordingWarning(UserWarning):
    """Something was logged that cannot be recorded as it is; the run goes on."""


class TrackingWarning(UserWarning):
    """A tracking backend did not get everything; the local record has it."""


def warn(message: str, category: type[Warning], stacklevel: int = 4) -> None:
    """Warn; where warnings are made errors the message goes to stderr instead."""
    try:
        warnings.warn(message, category, stacklevel=stacklevel + 1)
    except category:
        print(message, file=sys.stderr)  # noqa: T201
