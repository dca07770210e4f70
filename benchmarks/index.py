"""Listing, filtering and comparing ten thousand experiments, with and without the index.

    python benchmarks/index.py [NUMBER]

Every record has the full metadata of a training and out-of-fold predictions of 300 rows. Printed is a JSON object, seconds by the clock;
each line is a process of its own. "cold" is the first call with no index; "first comparison" has to read the predictions of all of them;
"warm" is every later one. "after one new experiment" and "after a new best" are the first comparisons once such a record was added: the former
reads three files of predictions, the latter tests all others against the new best. Comparing includes, where it says so, reports and figures. The
libraries that work out a test and draw are imported before, as they are in the server's worker.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from specweave.experiments import create_experiment, witnessed
from specweave.experiments.yaml_form import dump
from specweave.metrics import Predictions, score
from specweave.workspace import IncrementFolder

ROWS = 300
VARIANTS = 50

MEASURE = """
import json, sys, time
from specweave.experiments import list_experiments
from specweave.workspace import IncrementFolder
from pathlib import Path
folder = IncrementFolder(Path(sys.argv[1]))
took = {}
def timed(name, work):
    start = time.perf_counter(); found = work(); took[name] = round(time.perf_counter() - start, 3); return found
everything = timed("list", lambda: list_experiments(folder))
timed("list and filter", lambda: [r for r in list_experiments(folder) if r.params["depth"] == 5 and r.metrics["roc_auc"] > 0.7])
if sys.argv[2] == "compare":
    from specweave.comparison import compare_experiments
    import specweave.comparison.documents, matplotlib.figure, pyarrow.parquet, scipy.special
    timed("compare all", lambda: compare_experiments(folder, metric="roc_auc", write=False))
    timed("compare all, with reports and figures", lambda: compare_experiments(folder, metric="roc_auc"))
    names = [r.id for r in everything[:20]]
    timed("compare 20, with reports and figures", lambda: compare_experiments(folder, experiments=names, metric="roc_auc"))
print(json.dumps({"experiments": len(everything), **took}))
"""


def make(folder: IncrementFolder, number: int) -> None:
    """Records as training writes them; all but a few are copies under other names, which is what makes it quick."""
    contents = [add(folder, variant) for variant in range(VARIANTS)]
    for at in range(VARIANTS, number):
        path, metadata, predictions = contents[1 + at % (VARIANTS - 1)]
        copy = folder.experiments / f"exp-{at + 1:03d}-model"
        copy.mkdir()
        (copy / "metadata.yaml").write_text(dump({**metadata, "id": copy.name, "name": f"model {at}"}), "utf-8")
        for name in ("params.json", "metrics.json", "metric-history.jsonl"):
            (copy / name).write_bytes((path / name).read_bytes())
        (copy / "predictions.parquet").write_bytes(predictions.read_bytes())
        witnessed.testify_finished(copy, {**metadata, "name": f"model {at}"})


def add(folder: IncrementFolder, variant: int) -> tuple[Path, dict, Path]:
    """One record, better the higher the variant; its folder, metadata and file of predictions."""
    truth = np.where(np.random.default_rng(0).random(ROWS) < 0.4, "yes", "no")
    noise = np.random.default_rng([variant, 1]).normal(size=ROWS)
    p = 1 / (1 + np.exp(-(0.03 * variant * np.where(truth == "yes", 1, -1) + noise)))
    labels = np.where(p >= 0.5, "yes", "no")
    rows = np.arange(ROWS)
    found = Predictions("binary", truth, labels, np.column_stack([1 - p, p]), ("no", "yes"), "yes", rows, rows % 5)
    experiment = create_experiment(folder, f"model {variant}", kind="candidate" if variant else "baseline")
    experiment.log_params({"family": "lightgbm", "depth": variant % 8, "rate": 0.01 * (variant + 1)})
    experiment.log_metrics({"roc_auc": score("roc_auc", found), **{f"fold_{i}": 0.8 for i in range(5)}})
    experiment.finish()
    return experiment.path, experiment.metadata, found.save(experiment.path / "predictions.parquet")


def measure(folder: IncrementFolder, what: str) -> dict[str, float]:
    command = [sys.executable, "-c", MEASURE, str(folder.path), what]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = IncrementFolder(Path(name) / ".specweave" / "increments" / "0001-many")
        make(folder, number)
        time.sleep(2.5)  # until the index trusts the files
        found = {"cold": measure(folder, "list"), "first comparison": measure(folder, "compare")}
        found["warm"] = measure(folder, "compare")
        add(folder, 20)
        found["after one new experiment"] = measure(folder, "compare")
        add(folder, 4 * VARIANTS)
        found["after a new best"] = measure(folder, "compare")
        print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
