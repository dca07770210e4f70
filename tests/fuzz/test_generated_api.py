"""Requests made up from the service's own description: none may fail it, and each answer is as described."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import exported_models as made
from specweave.deployment.container import Container, write_container
from specweave.deployment.service_process import running_service


@pytest.mark.slow
@pytest.mark.parametrize(("task", "family"), [("binary", "linear"), ("regression", "hist_boosting")])
def test_made_up_requests_neither_fail_the_service_nor_leave_its_description(tmp_path, task, family):
    made.generated(tmp_path, task, family)
    write_container(tmp_path, Container(name="made", version="1", description="made"))
    # A time of day with a leap second fits the format and no calendar of Python, so such rows are refused.
    with running_service(tmp_path, Path(sys.executable)) as service:
        command = ["schemathesis", "run", f"{service.address.url}/openapi.json", "--max-examples", "40", "--seed", "1"]
        done = subprocess.run(
            [
                str(Path(sys.executable).parent / command[0]),
                *command[1:],
                "--exclude-checks",
                "positive_data_acceptance",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        assert "Traceback" not in service.log.read_text("utf-8")
