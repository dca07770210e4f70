"""The real server as its own process, driven by the official SDK's client."""

from __future__ import annotations

import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def connected(workspace):
    """`async with connected() as client`: a client of a fresh server whose project is the workspace."""

    @asynccontextmanager
    async def connect(**environment):
        passed = {name: os.environ[name] for name in ("PATH", "HOME", "MPLCONFIGDIR") if name in os.environ}
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "specweave.tools.server"],
            env={**passed, "PYTHONPATH": str(REPOSITORY / "server"), **environment},
            cwd=str(workspace.root),
        )
        async with Client(server, read_timeout_seconds=110) as client:
            yield client

    return connect
