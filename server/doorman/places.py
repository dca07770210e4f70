"""The plugin's data folder and what lies in it."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path

SERVER = Path(__file__).resolve().parents[1]
LOG_LIMIT = 1_000_000  # bytes; one older log is kept

_CREDENTIALS = re.compile(r"(://)[^/@\s]+@")


def data_folder(variables: Mapping[str, str]) -> Path:
    """The folder the client gives the plugin, else the user's own data folder."""
    for name in ("CLAUDE_PLUGIN_DATA", "PLUGIN_DATA"):
        if variables.get(name):
            return Path(variables[name])
    if variables.get("XDG_DATA_HOME"):
        return Path(variables["XDG_DATA_HOME"]) / "sw-ml"
    home = Path(variables.get("HOME") or "~").expanduser()
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "sw-ml"
    return home / ".local" / "share" / "sw-ml"


class Log:
    """The doorman's log: steps and reasons, never the environment, never credentials in an address."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        if path is not None:
            self.path = _ready_for_appending(path)

    def write(self, text: str) -> None:
        if self.path is None:
            return
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        try:
            with open(self.path, "a", encoding="utf-8", errors="replace") as file:
                file.write(f"{now} {os.getpid()} {without_credentials(text)}\n")
        except OSError:
            # A full disk must not stop the protocol; the reason reaches the user through the tools.
            pass


def _ready_for_appending(path: Path) -> Path | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_name(path.name + ".1"))
        path.touch()
    except OSError:
        return None
    return path


def without_credentials(text: str) -> str:
    return _CREDENTIALS.sub(r"\1…@", text)
