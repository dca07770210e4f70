"""Time and peak memory of profiling a large CSV: `python benchmarks/profile_large.py [--rows 10000000] [--columns 20]`.

The file is made in a temporary folder, profiled in a child process, and removed; prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def make(path: Path, rows: int, columns: int) -> None:
    """Mixed columns: an id, dates, words, numbers with gaps, a rare class, written by DuckDB."""
    import duckdb

    fixed = [
        "range AS row_id",
        "strftime(TIMESTAMP '2020-01-01' + INTERVAL (range) SECOND, '%Y-%m-%d %H:%M:%S') AS moment",
        "'customer ' || (hash(range * 7) % 400000) AS customer",
        "['north', 'south', 'east', 'west'][1 + (hash(range * 3) % 4)::BIGINT] AS region",
        "CASE WHEN hash(range * 5) % 20 = 0 THEN NULL ELSE round(100 * random(), 2) END AS amount",
        "CASE WHEN hash(range * 11) % 50 = 0 THEN 0 ELSE 18 + hash(range * 13) % 70 END AS age",
        "CASE WHEN hash(range * 17) % 30 = 0 THEN 1 ELSE 0 END AS target",
        "['?', 'basic', 'plus', 'premium'][1 + (hash(range * 19) % 4)::BIGINT] AS plan",
    ]
    numbers = [f"round(random() * {10 ** (j % 5)}, 4) AS x{j}" for j in range(columns - len(fixed))]
    chosen = ", ".join([*fixed, *numbers][:columns])
    duckdb.sql(f"COPY (SELECT {chosen} FROM range({rows})) TO '{path}' (HEADER, DELIMITER ',')")


def profile_it(folder: Path) -> None:
    from specweave.data import profile, write_profile
    from specweave.problem import DataSource
    from specweave.workspace import Workspace

    workspace = Workspace.find_or_create(folder)
    begin = time.perf_counter()
    found = profile(DataSource(location="large.csv"), workspace, target="target")
    write_profile(found, folder / "report")
    used = resource.getrusage(resource.RUSAGE_SELF)
    facts = {
        "seconds": round(time.perf_counter() - begin, 1),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_rss_mb": used.ru_maxrss // 1024,
        "rows": found.n_rows,
        "columns": found.n_columns,
        "findings": [f.sentence for f in found.findings],
        "left_behind": [p.name for p in workspace.folder.glob("tmp/*")],
    }
    print(json.dumps(facts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        profile_it(given.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        make(path, given.rows, given.columns)
        size = path.stat().st_size
        child = subprocess.run(
            [sys.executable, __file__, "--child", folder], stdout=subprocess.PIPE, check=True, env=os.environ, text=True
        )
    print(json.dumps({"file_mb": size // 2**20, "cores": os.cpu_count(), **json.loads(child.stdout)}, indent=2))


if __name__ == "__main__":
    main()
