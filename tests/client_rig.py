"""The real client against a scripted model: finds the harness, keeps the project on disk."""

from __future__ import annotations

import contextlib
import importlib
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
HARNESS_VARIABLE = "SW_ML_CLIENT_HARNESS"
PLUGIN = "sw-ml@specweave"
SERVER = "plugin:ml:lab"
PREFIX = "mcp__plugin_ml_lab__"
# What an installation needs to reach its package index on this machine, if it needs anything.
INSTALLER_PREFIXES = ("PIP_", "UV_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def harness() -> ModuleType:
    """The harness's drive module; skips with the reason when it is not there."""
    folder = Path(os.environ.get(HARNESS_VARIABLE) or REPOSITORY.parent / "shared" / "client")
    if not (folder / "drive.py").is_file():
        pytest.skip(f"no client harness in {folder}; set {HARNESS_VARIABLE} to the folder that holds drive.py")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return importlib.import_module("drive")


def client() -> str:
    """The pinned client, installed once into the real home's cache; skips where npm cannot."""
    drive = harness()
    with _real_home():
        try:
            return str(drive.ensure_client(drive.default_cache(), drive.DEFAULT_VERSION))
        except RuntimeError as error:
            pytest.skip(f"the client cannot be installed: {error}")


def export(target: Path) -> Path:
    """The repository as a clone would have it: the client copies a folder marketplace whole, environments included."""
    listing = ["git", "-C", str(REPOSITORY), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (REPOSITORY / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, target / name)
    return target


def run(
    monkeypatch: pytest.MonkeyPatch,
    world: Path,
    prompt: str,
    turns: list[dict[str, Any]],
    *,
    marketplace: Path,
    variables: dict[str, str] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Install the plugin, send the prompt, return the summary; the project stays in world/project."""
    drive = harness()
    exe = client()

    @contextlib.contextmanager
    def kept(**_: object) -> Iterator[str]:
        world.mkdir(parents=True)
        yield str(world)

    monkeypatch.setattr(drive, "tempfile", SimpleNamespace(TemporaryDirectory=kept))
    ready = {"SW_ML_PYTHON": sys.executable} if variables is None else variables
    return drive.drive(
        marketplace=str(marketplace), plugin=PLUGIN, prompt=prompt, script=turns, client=exe, env=ready, **options
    )


def installer_settings() -> dict[str, str]:
    """The machine's own settings for pip and uv, for a run that really installs."""
    with _real_home():
        found = {name: value for name, value in os.environ.items() if name.startswith(INSTALLER_PREFIXES)}
        configuration = Path(os.environ["HOME"]) / ".config" / "pip" / "pip.conf"
        if configuration.is_file():
            found.setdefault("PIP_CONFIG_FILE", str(configuration))
        found.setdefault("UV_CACHE_DIR", str(Path(os.environ["HOME"]) / ".cache" / "uv"))
    return found


@contextlib.contextmanager
def _real_home() -> Iterator[None]:
    """npm and uv keep settings and caches in the home that tests otherwise never see."""
    isolated = os.environ.get("HOME")
    os.environ["HOME"] = pwd.getpwuid(os.getuid()).pw_dir
    try:
        yield
    finally:
        if isolated is not None:
            os.environ["HOME"] = isolated
