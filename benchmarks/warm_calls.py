"""How long a tool call that trains nothing takes over the protocol, once the worker is warm.

    python benchmarks/warm_calls.py [repeats]

Starts the server as a client does, creates an increment on titanic, and times profile_data and next_step: the first
call and the median and maximum of the rest, in seconds, as one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from mcp import Client, StdioServerParameters

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests"))
CALLS = (("profile_data", {"increment": "1"}), ("next_step", {"increment": "1"}))


async def measure(project: Path, repeats: int) -> dict[str, dict[str, float]]:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "specweave.tools.server"],
        env={"PYTHONPATH": str(REPOSITORY / "server")},
        cwd=str(project),
    )
    async with Client(server) as client:
        await timed(
            client, "create_increment", {"request": "who survives", "data": "titanic.csv.gz", "target": "Survived"}
        )
        taken = {name: [await timed(client, name, given) for _ in range(repeats + 1)] for name, given in CALLS}
    return {
        name: {"first": round(t[0], 3), "median": round(statistics.median(t[1:]), 3), "max": round(max(t[1:]), 3)}
        for name, t in taken.items()
    }


async def timed(client: Client, tool: str, arguments: dict[str, str]) -> float:
    began = time.perf_counter()
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result
    return time.perf_counter() - began


def main(repeats: int) -> None:
    from datasets import dataset

    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(dataset("tabular/titanic.csv.gz"), folder)
        print(json.dumps({"repeats": repeats, "seconds": asyncio.run(measure(Path(folder), repeats))}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
