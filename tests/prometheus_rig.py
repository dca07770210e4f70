"""A real Prometheus on the files of a service."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from specweave.deployment.service_process import _free_port


def tool(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: apt-get install prometheus)")
    return found


class Prometheus:
    """Its API on a port of this machine."""

    def __init__(self, port):
        self._root = f"http://127.0.0.1:{port}/api/v1/"

    def ask(self, path):
        with urllib.request.urlopen(self._root + path, timeout=5) as answer:
            return json.loads(answer.read())["data"]

    def value(self, query):
        found = self.ask("query?query=" + urllib.parse.quote(query))["result"]
        return float(found[0]["value"][1]) if found else 0.0

    def healths(self):
        return [one["health"] for one in self.ask("targets")["activeTargets"]]

    def firing(self):
        """Name and column of the alerts that fire."""
        labels = [one["labels"] for one in self.ask("alerts")["alerts"] if one["state"] == "firing"]
        return {(one["alertname"], one.get("column")) for one in labels}


@contextmanager
def running_prometheus(monitoring: Path, scratch: Path):
    """On the folder of its configuration; skips where it is not installed."""
    port = _free_port()
    command = [tool("prometheus"), f"--config.file={monitoring}/prometheus.yml"]
    command += [f"--storage.tsdb.path={scratch}/tsdb", f"--web.listen-address=127.0.0.1:{port}"]
    with (scratch / "prometheus.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield Prometheus(port)
        finally:
            process.terminate()
            process.wait(timeout=20)


def until(ask, condition, seconds=90):
    """What a question answers once the condition holds."""
    found = None
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            found = ask()
        except OSError:
            found = None
        if found is not None and condition(found):
            return found
        time.sleep(0.3)
    raise AssertionError(f"never so: {found}")
