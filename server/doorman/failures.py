"""Why an installation failed, and the cure, read from what the installer said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from doorman.places import without_credentials

SPACE_NEEDED = 1_500_000_000  # bytes; the environment itself is near 1 GB


class Failure(Exception):  # noqa: N818 - carried as a value as often as it is raised
    """What happened and what the person can do about it."""

    def __init__(self, reason: str, cure: str, *, final: bool = False, blames_python: bool = False) -> None:
        self.reason = reason.rstrip(".")
        self.cure = cure.rstrip(".")
        self.final = final  # another installer would fail the same way
        self.blames_python = blames_python  # another Python may do better
        super().__init__(self.reason)

    def and_then(self, other: Failure) -> Failure:
        """Both reasons: one installer was tried after the other, and either cure is enough."""
        if other.reason == self.reason:
            return self
        return Failure(f"{self.reason}; then {other.reason}", f"{self.cure}, or: {other.cure}", final=other.final)


class Stopped(Exception):  # noqa: N818 - no failure: the client has ended
    """The installation was ended from outside."""


class _Known(NamedTuple):
    pattern: str
    reason: str
    cure: str
    final: bool = False
    blames_python: bool = False


CERTIFICATE = "the package index's certificate is not trusted on this machine"

# First match wins: a refused connection also ends in "No matching distribution found".
_KNOWN = (
    _Known(
        r"No space left on device|Errno 28|os error 28|Disk quota exceeded",
        "the disk is full",
        "Free about 2 GB for {folder}",
        final=True,
    ),
    _Known(
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|invalid peer certificate|UnknownIssuer",
        CERTIFICATE,
        "Name your organisation's certificates with SSL_CERT_FILE (uv) or PIP_CERT (pip)",
    ),
    _Known(
        r"407 Proxy|Tunnel connection failed|ProxyError|Cannot connect to proxy|tunnel error",
        "the proxy refuses the connection to the package index",
        "Correct HTTPS_PROXY, or name an index you can reach with UV_DEFAULT_INDEX and PIP_INDEX_URL",
    ),
    _Known(
        r"Connection refused|NewConnectionError|Failed to establish a new connection|error sending request"
        r"|Name or service not known|name resolution|dns error|failed to lookup address|nodename nor servname"
        r"|Network is unreachable|No route to host|timed out|ConnectTimeout|Connection reset|Could not connect"
        r"|client error \(Connect\)|Failed to fetch|Network connectivity is disabled",
        "the package index cannot be reached",
        "Check the network connection or proxy, or name an index you can reach with UV_DEFAULT_INDEX and PIP_INDEX_URL",
    ),
    _Known(
        r"401 Unauthorized|403 Forbidden|HTTP error 40[13]|status 40[13]",
        "the package index refuses the request",
        "Give the index's credentials in its address (UV_DEFAULT_INDEX, PIP_INDEX_URL)",
    ),
    _Known(
        r"DO NOT MATCH THE HASHES|Hash mismatch",
        "a downloaded package is not the one that was locked",
        "Use an unmodified package index; a mirror or proxy has changed a file",
    ),
    _Known(
        r"ensurepip is not available|No module named ensurepip|No module named venv",
        "this Python lacks the venv module",
        "Install uv, or the system package python3-venv",
        blames_python=True,
    ),
    _Known(
        r"Permission denied|Read-only file system|Errno 13|Errno 30|os error 13|os error 30",
        "the plugin's data folder is not writable",
        "Allow writing to {folder}",
        final=True,
    ),
    _Known(
        r"No matching distribution found|No solution found|has no wheels|no usable wheels",
        "a package is not available for this Python and platform",
        "Use Python 3.11, 3.12 or 3.13 on Linux or macOS, and an index that carries the packages",
        blames_python=True,
    ),
)


def explain(output: Sequence[str], folder: Path) -> Failure:
    """The failure behind an installer's last lines."""
    text = "\n".join(output)
    for known in _KNOWN:
        if re.search(known.pattern, text, re.IGNORECASE):
            cure = known.cure.format(folder=folder)
            return Failure(known.reason, cure, final=known.final, blames_python=known.blames_python)
    said = next((line for line in reversed(output) if line.strip()), "it said nothing")
    return Failure(f"the installer stopped: {without_credentials(said.strip())[:200]}", "Read the log for the details")


def storage_failure(error: OSError, folder: Path) -> Failure:
    """The same for an error met by the doorman itself."""
    known = explain([str(error)], folder)
    return known if known.final else Failure(f"{folder}: {error.strerror or error}", "Allow writing to it", final=True)


def no_python() -> Failure:
    return Failure(
        "no Python 3.11, 3.12 or 3.13 was found on this machine",
        "Install one from python.org or your system's packages, or install uv (https://docs.astral.sh/uv), "
        "which brings its own",
        final=True,
    )
