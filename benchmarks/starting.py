"""What starting costs: importing what records, importing and starting a job, and the doorman's first answer.

    python benchmarks/starting.py [rounds]

Recording is imported without installed packages (`python -S`), in processor time of a new process; starting a job and
the doorman's answer to `initialize` are in seconds by the clock. One JSON line with the median and the least of each.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
SERVER = REPOSITORY / "server"
OPERATION = "def nothing(workspace, progress):\n    return {}\n"


def imported(statement: str, *flags: str) -> float:
    program = (
        f"import sys, time; sys.path.insert(0, {str(SERVER)!r}); start = time.process_time()\n"
        f"{statement}; print(time.process_time() - start)"
    )
    done = subprocess.run([sys.executable, *flags, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout)


def first_answer() -> float:
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25"}}
    with tempfile.TemporaryDirectory() as data:
        began = time.perf_counter()
        variables = {"PATH": "/usr/bin:/bin", "CLAUDE_PLUGIN_DATA": data, "HOME": data, "SW_ML_PYTHON": sys.executable}
        command = ["sh", str(SERVER / "launch.sh")]
        with subprocess.Popen(command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as doorman:
            doorman.stdin.write(json.dumps(message).encode() + b"\n")
            doorman.stdin.flush()
            answer = json.loads(doorman.stdout.readline())
            took = time.perf_counter() - began
            doorman.stdin.close()
    assert "result" in answer, answer
    return took


def started_job() -> float:
    from specweave import Workspace, jobs

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "timed_operation.py").write_text(OPERATION, "utf-8")
        os.environ["PYTHONPATH"] = f"{SERVER}{os.pathsep}{folder}"
        workspace = Workspace.find_or_create(folder)
        began = time.perf_counter()
        job = jobs.start(workspace, "timed_operation:nothing", {})
        took = time.perf_counter() - began
        assert jobs.wait(job, 30) == "finished"
    return took


def main(rounds: int) -> None:
    measured: dict[str, Callable[[], float]] = {
        "import of recording": lambda: imported("from specweave import track_experiment", "-S"),
        "import of jobs": lambda: imported("from specweave import jobs"),
        "start of a job": started_job,
        "first answer of the doorman": first_answer,
    }
    seconds = {name: [measure() for _ in range(rounds)] for name, measure in measured.items()}
    print(
        json.dumps(
            {
                "rounds": rounds,
                "seconds": {
                    n: {"median": round(statistics.median(t), 3), "least": round(min(t), 3)} for n, t in seconds.items()
                },
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
