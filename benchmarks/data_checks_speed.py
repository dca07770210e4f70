"""Time and peak memory of the data checks on a large table: `python benchmarks/data_checks_speed.py [--rows 1000000] [--columns 50]`.

The search for leaks in a child process on a table made in memory (numbers, words, dates, a near copy of the target, an id);
target: below 60 s and 4 GB at a million rows of fifty columns. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time

TARGET_SECONDS, TARGET_MB = 60, 4096


def table(rows: int, columns: int):
    """Mixed columns with two planted leaks: a near copy of the target and an id that carries order."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    signal = rng.normal(size=rows).astype(np.float64)
    target = (signal + rng.normal(size=rows) > 1).astype(np.int8)
    made = {
        "target": np.where(target == 1, "yes", "no"),
        "row_id": np.arange(rows),
        "settled": np.where(rng.random(rows) < 0.001, 1 - target, target).astype(np.int8),
        "signal": signal,
        "moment": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(rows), unit="s"),
        "region": rng.choice(["north", "south", "east", "west"], rows),
        "customer": rng.integers(0, rows // 3, rows),
    }
    words = np.array([f"word {n}" for n in range(200)])
    for place in range(columns - len(made)):
        made[f"x{place}"] = words[rng.integers(0, 200, rows)] if place % 5 == 0 else rng.normal(size=rows)
    return pd.DataFrame(made)


def search(rows: int, columns: int) -> None:
    from specweave.leakage import find_leaks

    frame = table(rows, columns)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    start = time.perf_counter()
    found = find_leaks(frame, "target", task="binary", positive="yes")
    facts = {
        "rows": rows,
        "columns": frame.shape[1],
        "table_mb": before,
        "seconds": round(time.perf_counter() - start, 1),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "findings": [f"{one.severity}: {one.sentence}" for one in found],
    }
    within = facts["seconds"] < TARGET_SECONDS and facts["peak_rss_mb"] < TARGET_MB
    print(json.dumps({**facts, "within_target": within, "cores": os.cpu_count()}, indent=2, default=str))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        search(given.rows, given.columns)
        return
    child = [sys.executable, __file__, "--child", "--rows", str(given.rows), "--columns", str(given.columns)]
    subprocess.run(child, check=True)


if __name__ == "__main__":
    main()
