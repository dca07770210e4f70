"""Leaks in public notebooks, beside the labels and the analyser of Yang et al. (ASE 2022).

    python benchmarks/defects/public_notebooks.py FOLDER [--labels FOLDER] [--half development|held-out] [--differences]

FOLDER is a copy of the repository tahh1/data-leakage-detection: data/Experiment1 with its labels of one pair of models a
file, data/Experiment2 with notebooks of the study. `--labels` is evaluation_materials of malusamayo/GitHubAPI-Crawler: what
people said of those notebooks (ground-truth.csv) and what the study's analyser said of them (analysis-result.csv).
Neither has a licence file, so nothing of them is kept here. Prints one JSON object; what is not there is skipped with a reason.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

# Which rules speak of which kind of leak in the study's words.
KINDS = {
    "pre": {"preprocessing-before-split", "selection-before-split", "target-encoding"},
    "overlap": {"train-test-overlap", "evaluated-on-training", "resampling-before-split"},
    "multi": {"test-used-to-choose", "early-stopping-on-test", "tuned-on-test"},
}
HALVES = {"development": 0, "held-out": 1}


def said(path: Path, rules: list) -> dict[str, dict[str, bool]]:
    """By kind: whether a rule called something a leak (`leak`), and whether it said anything, notes included (`any`)."""
    from specweave.leakage.code import examine_file

    found = examine_file(path, rules=rules).findings
    leaks, every = {f.rule for f in found if f.severity != "note"}, {f.rule for f in found}
    return {kind: {"leak": bool(codes & leaks), "any": bool(codes & every)} for kind, codes in KINDS.items()}


def table(pairs: list[tuple[bool, bool]]) -> dict[str, float | int | None]:
    """Counts, precision, recall and accuracy of (truth, found)."""
    right = sum(truth and found for truth, found in pairs)
    false, missed = (sum(f and not t for t, f in pairs), sum(t and not f for t, f in pairs))
    return {
        "files": len(pairs),
        "leaks": right + missed,
        "found": right,
        "false_alarms": false,
        "precision": round(right / (right + false), 3) if right + false else None,
        "recall": round(right / (right + missed), 3) if right + missed else None,
        "accuracy": round(sum(t == f for t, f in pairs) / len(pairs), 3) if pairs else None,
    }


def pair_labels(folder: Path, half: str) -> dict[Path, dict[str, bool]]:
    """Of Experiment1: by file, whether its labelled pair of models overlaps or was preprocessed together."""
    labels: dict[Path, dict[str, bool]] = defaultdict(lambda: {"overlap": False, "pre": False})
    with (folder / "data" / "Additional Labeled Data.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter=";"):
            path = folder / "data" / "Experiment1" / f"{row['File']}.py"
            if zlib.crc32(row["File"].encode()) % 2 == HALVES[half] and path.exists():
                labels[path]["overlap"] |= float(row["overlap GT"] or 0) > 0
                labels[path]["pre"] |= float(row["preproc GT"] or 0) > 0
    return dict(labels)


def study_labels(folder: Path, labels: Path) -> Iterator[tuple[Path, dict[str, bool], dict[str, bool]]]:
    """Of the study's own notebooks that are there: (file, what people said, what its analyser said)."""
    with (labels / "analysis-result.csv").open(encoding="utf-8") as lines:
        analysed = {row["nb"]: {kind: row[kind] == "True" for kind in KINDS} for row in csv.DictReader(lines)}
    with (labels / "ground-truth.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            path = folder / "data" / "Experiment2" / "-".join(row["nb"].split("/")[-2:])
            if path.exists() and row["nb"] in analysed:
                truth = {kind: row[kind].strip().startswith("Y") for kind in KINDS}
                yield path, truth, analysed[row["nb"]]


def measured(folder: Path, labels: Path | None, half: str, *, differences: bool) -> dict:
    """The tables of both sets of notebooks, or why one is not there."""
    from specweave.leakage.code.search import registered_rules

    rules, result = registered_rules(), {"half": half}
    if not (folder / "data" / "Experiment1").is_dir():
        return {"skipped": f"{folder.name} holds no data/Experiment1: copy tahh1/data-leakage-detection there"}
    start, truths = time.perf_counter(), pair_labels(folder, half)
    answers = {path: said(path, rules) for path in truths}
    seconds = time.perf_counter() - start
    result["one_pair_a_file"] = {
        kind: table([(truths[path][kind], answers[path][kind]["leak"]) for path in truths]) for kind in ("pre", "overlap")
    } | {"seconds_per_1000": round(1000 * seconds / len(truths), 1)}  # fmt: skip
    if differences:
        for path, truth in truths.items():
            wrong = [f"{k} {'missed' if truth[k] else 'false'}" for k in truth if truth[k] != answers[path][k]["leak"]]
            if wrong:
                print(path.name, *wrong, file=sys.stderr)
    if labels is None or not (labels / "ground-truth.csv").exists():
        return result | {"study": {"skipped": "no --labels with ground-truth.csv and analysis-result.csv"}}
    study = [(truth, peer, said(path, rules)) for path, truth, peer in study_labels(folder, labels)]
    result["study"] = {
        kind: {
            "specweave": table([(truth[kind], ours[kind]["leak"]) for truth, _, ours in study]),
            "specweave_with_notes": table([(truth[kind], ours[kind]["any"]) for truth, _, ours in study]),
            "analyser_of_the_study": table([(truth[kind], peer[kind]) for truth, peer, _ in study]),
        }
        for kind in KINDS
    }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--half", choices=list(HALVES), default="development")
    parser.add_argument("--differences", action="store_true", help="name the files judged otherwise than labelled")
    given = parser.parse_args()
    print(json.dumps(measured(given.folder, given.labels, given.half, differences=given.differences), indent=1))


if __name__ == "__main__":
    main()
