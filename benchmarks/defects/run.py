"""Planted defects and clean cases: what is found, and what is called a leak and is none.

    python benchmarks/defects/run.py [--json OUT] [--only code|data] [--case NAME] [--write-docs]

A case is a folder in cases/ with a case.yaml. About code: the script or notebook beside it. About data: a named data set
and the changes a recipe makes to it. Add a folder to add a case; docs/defects.md says what the keys mean.
A defect counts as found when one of the `expected` rules or detectors reports it, certain or suspected, and names the
`column` where one is given. A clean case is a false alarm when a rule reports anything but a note (code), or when one of the
`asked` detectors does so or any detector calls something certain (data).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CASES = HERE / "cases"
RESULT = HERE / "result.json"
PAGE = REPOSITORY / "docs" / "defects.md"
sys.path.insert(0, str(HERE))

import recipes  # noqa: E402


def datasets() -> Path:
    """Where the real data are; the same rule as in tests/datasets.py."""
    return Path(os.environ.get("SW_ML_DATASETS") or REPOSITORY.parent / "shared" / "data")


def cases(about: str | None = None, name: str | None = None) -> list[tuple[str, dict]]:
    """(name, content) of every case, by name."""
    found = [(path.parent.name, yaml.safe_load(path.read_text("utf-8"))) for path in sorted(CASES.glob("*/case.yaml"))]
    return [(n, c) for n, c in found if about in (None, c["about"]) and name in (None, n)]


def judged(name: str, case: dict) -> dict:
    """What came of one case: `right`, and the rules or detectors that spoke; or `skipped` with the reason."""
    if case["about"] == "code":
        reported, alarming = _code(name, case)
    else:
        path = datasets() / case["dataset"]
        if not path.exists():
            return {"name": name, "skipped": f"data set {case['dataset']} is not in {datasets().name}"}
        reported, alarming = _data(name, case)
    right = bool(set(case["expected"]) & reported) if case["defect"] else not alarming
    return {
        "name": name,
        "about": case["about"],
        "title": case["title"],
        "defect": case["defect"],
        "taxonomy": case.get("taxonomy"),
        "expected": case.get("expected") or case.get("asked") or [],
        "reported": sorted(reported if case["defect"] else alarming),
        "right": right,
        "origin": case.get("origin", "own"),
    }


def _code(name: str, case: dict) -> tuple[set[str], set[str]]:
    from specweave.leakage.code import examine_file

    report = examine_file(CASES / name / case["file"])
    found = {finding.rule for finding in report.findings if finding.fails}
    return found, found


def _data(name: str, case: dict) -> tuple[set[str], set[str]]:
    from specweave.leakage import examine

    frame = recipes.table(datasets(), case, name)
    answers = examine(frame, case["target"], task=case["task"], time=case.get("time"), group=case.get("group"))
    findings = [f for answer in answers for f in answer.findings if f.severity != "note"]
    column = case.get("column")
    about_it = [f for f in findings if column is None or column in f.columns or not f.columns]
    asked = set(case.get("asked", []))
    alarming = {f.code for f in about_it if f.code in asked} | {f.code for f in findings if f.severity == "certain"}
    return {f.code for f in about_it}, alarming


def summary(results: list[dict]) -> dict:
    """Found and false alarms in all, and by the first rule or detector expected."""
    run = [one for one in results if "skipped" not in one]
    by: dict[str, dict[str, int]] = defaultdict(lambda: {"defects": 0, "found": 0, "clean": 0, "false_alarms": 0})
    for one in run:
        if one["defect"]:
            by[one["expected"][0]]["defects"] += 1
            by[one["expected"][0]]["found"] += one["right"]
        for code in one["expected"] if not one["defect"] else ():
            by[code]["clean"] += 1
        for code in one["reported"] if not one["defect"] else ():
            by[code]["false_alarms"] += 1
    return {
        **_counts(run),
        "skipped": len(results) - len(run),
        "of_origin": {
            name: _counts([o for o in run if o["origin"] == name]) for name in sorted({o["origin"] for o in run})
        },
        "by": {code: by[code] for code in sorted(by)},
    }


def _counts(results: list[dict]) -> dict:
    defects, clean = [o for o in results if o["defect"]], [o for o in results if not o["defect"]]
    return {
        "defects": len(defects),
        "found": sum(o["right"] for o in defects),
        "clean": len(clean),
        "false_alarms": sum(not o["right"] for o in clean),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, help="where to write the results")
    parser.add_argument("--only", choices=["code", "data"])
    parser.add_argument("--case")
    parser.add_argument(
        "--write-docs", action="store_true", help="keep the results and write docs/defects.md from them"
    )
    given = parser.parse_args()
    start = time.perf_counter()
    results = [judged(name, case) for name, case in cases(given.only, given.case)]
    content = {"summary": summary(results), "cases": results}
    for one in results:
        if not one.get("right"):
            print(
                one["name"],
                one.get("skipped") or f"reported {one['reported']}, expected {one['expected']}",
                file=sys.stderr,
            )
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    if given.json:
        given.json.write_text(text, "utf-8")
    if given.write_docs:
        import page

        RESULT.write_text(text, "utf-8")
        PAGE.write_text(page.rendered(content), "utf-8")
    print(json.dumps(content["summary"] | {"seconds": round(time.perf_counter() - start, 1)}, ensure_ascii=False))


if __name__ == "__main__":
    main()
