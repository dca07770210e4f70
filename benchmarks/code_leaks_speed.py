"""Time to search a thousand notebooks for leaks: `python benchmarks/code_leaks_speed.py [FOLDER] [--number 1000]`.

Without a folder the notebooks are made of the planted-defect cases, three of them in each, so that they have the length of real ones.
Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from specweave.leakage.code import examine_folder
from specweave.leakage.code.search import code_files

CASES = Path(__file__).parent / "defects" / "cases"


def made(folder: Path, number: int) -> None:
    """Notebooks of three cases each, written below `folder`."""
    sources = [json.loads(path.read_text("utf-8"))["cells"] for path in sorted(CASES.glob("*/*.ipynb"))]
    for i in range(number):
        cells = [cell for j in (0, 1, 5) for cell in sources[(i + j * (i // len(sources) + 1)) % len(sources)]]
        (folder / f"{i:04d}.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--number", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        if given.folder is None:
            made(folder, given.number)
        size = sum(path.stat().st_size for path in code_files(folder))
        start = time.perf_counter()
        reports = examine_folder(folder)
        seconds = time.perf_counter() - start
    found = sum(report.fails for report in reports)
    print(json.dumps({"files": len(reports), "bytes": size, "seconds": round(seconds, 1), "files_with_a_leak": found}))


if __name__ == "__main__":
    main()
