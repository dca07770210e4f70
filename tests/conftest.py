"""No test sees the real home, network, working directory or environment of the person who runs it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from specweave.workspace import Workspace

_real_connect = socket.socket.connect


# Neither how long an example takes nor how long making one does is a defect on a machine under load.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def isolated_world(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in ("CLAUDE_PROJECT_DIR", "SPECWEAVE_INCREMENT", "VIRTUAL_ENV", "CONDA_PREFIX", "UV_PROJECT_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("MPLCONFIGDIR", os.environ.get("SW_ML_TEST_MPLCONFIG", str(home)))
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        return _real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """An empty project whose path has a space and a letter outside ASCII."""
    root: Path = tmp_path / "Prüf projekt"
    root.mkdir()
    return Workspace.find_or_create(root)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With SW_ML_REQUIRE_LAYERS a layer whose tool is missing fails; only material outside the repository may be absent."""
    outcome = yield
    report = outcome.get_result()
    layers = {"client", "browser", "inspector"} & {mark.name for mark in item.iter_markers()}
    if not (report.skipped and layers and os.environ.get("SW_ML_REQUIRE_LAYERS")):
        return
    reason = str(call.excinfo.value) if call.excinfo else ""
    if "harness" not in reason and "data set" not in reason:
        report.outcome = "failed"
        report.longrepr = f"a required layer was skipped: {reason}"
