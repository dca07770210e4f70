"""How long evaluate_model takes over the protocol on adult with a third of its rows (16,281) sealed, the worker warm.

    python benchmarks/evaluate_adult.py

Prepares the increment and trains one candidate beside the baselines, then calls evaluate_model as a client does, twice:
each call is a look, with all metrics and intervals, slices, errors, calibration, figures, markdown and HTML. One JSON line.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
import tempfile
import time
from pathlib import Path

from mcp import Client, StdioServerParameters

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests"))


def prepare(project: Path) -> None:
    """An increment on both files of adult, a third of the rows sealed, with trained models."""
    from datasets import dataset
    from specweave import increments
    from specweave.progress import silent
    from specweave.tools.calls import perform
    from specweave.tools.operations.training import train
    from specweave.workspace import Workspace

    parts = [gzip.decompress(dataset(f"tabular/adult_{side}.csv.gz").read_bytes()) for side in ("train", "test")]
    (project / "adult.csv").write_bytes(parts[0] + parts[1].split(b"\n", 1)[1])
    perform("create_increment", {"request": "income", "data": "adult.csv", "target": "income"}, root=str(project))
    workspace = Workspace.find(project)
    problem = increments.read_problem(workspace.increment(1))
    problem.split.test_share = 16281 / 48842
    increments.write_problem(workspace.increment(1), problem)
    train(workspace, progress=silent, increment="1", candidates=["hist-boosting"])


async def measure(project: Path) -> list[float]:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "specweave.tools.server"],
        env={"PYTHONPATH": str(REPOSITORY / "server")},
        cwd=str(project),
    )
    async with Client(server, read_timeout_seconds=300) as client:
        await client.call_tool("profile_data", {"increment": "1"})
        taken = []
        for _ in range(2):
            began = time.perf_counter()
            result = await client.call_tool("evaluate_model", {"increment": "1", "purpose": "benchmark"})
            assert not result.is_error, result
            taken.append(round(time.perf_counter() - began, 1))
    return taken


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        taken = asyncio.run(measure(Path(folder)))
        found = json.loads(
            next(Path(folder).glob(".specweave/increments/*/reports/evaluation.json")).read_text("utf-8")
        )
    print(json.dumps({"sealed_rows": found["n_test"], "first_s": taken[0], "second_s": taken[1]}))


if __name__ == "__main__":
    main()
