"""The main job on six real data sets, against plain LightGBM and plain HistGradientBoosting.

    python benchmarks/main_job.py                 all data sets, one JSON line each
    python benchmarks/main_job.py adult titanic   some of them

Each data set runs in a child process of its own: the product's path (prepare, run_training, evaluate), then both
libraries' default models on the same training rows, columns and sealed test rows, with categories as the pandas
dtype they understand. A line holds seconds and CPU seconds of the product's path, its peak memory in MB, the sealed
metric with its 95 % interval for each model, and the paired verdict of ours against each plain one.
The data folder is found as by the tests: SW_ML_DATASETS, or shared/data beside the clone.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

DATA_SETS = {
    "adult": (["tabular/adult_train.csv.gz", "tabular/adult_test.csv.gz"], "income"),
    "telco_churn": (["tabular/telco_churn.csv.gz"], "Churn"),
    "titanic": (["tabular/titanic.csv.gz"], "Survived"),
    "california_housing": (["tabular/california_housing.csv.gz"], "median_house_value"),
    "bike_sharing_hour": (["tabular/bike_sharing_hour.csv.gz"], "cnt"),
    "vehicle_claim_fraud": (["imbalanced/vehicle_claim_fraud.csv.gz"], "FraudFound_P"),
}
PARTS_OF_TARGET = {"bike_sharing_hour": ("casual", "registered")}


def main(names: list[str]) -> int:
    failed = 0
    for name in names or DATA_SETS:
        done = subprocess.run(
            [sys.executable, __file__, "--child", name], stdout=subprocess.PIPE, text=True, check=False
        )
        lines = done.stdout.strip().splitlines()
        print(lines[-1] if done.returncode == 0 and lines else json.dumps({"data": name, "error": done.returncode}))
        sys.stdout.flush()
        failed += done.returncode != 0
    return 1 if failed else 0


def child(name: str) -> None:
    import specweave.training  # noqa: F401 - sets how threads wait before a numeric library is loaded

    started, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        outcome = run_product(name, Path(folder))
        facts = {
            "data": name,
            "seconds": round(time.perf_counter() - started, 1),
            "cpu_seconds": round(time.process_time() - cpu, 1),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
        print(json.dumps({**facts, **compare_with_plain(*outcome)}))


def run_product(name: str, root: Path):
    from specweave.evaluation import evaluate
    from specweave.problem import DataSource, ExcludedColumn, Problem
    from specweave.training import prepare, run_training
    from specweave.workspace import IncrementFolder, Workspace

    workspace = Workspace.find_or_create(root)
    folder = IncrementFolder(workspace.increments / f"0001-{name.replace('_', '-')}")
    folder.path.mkdir()
    excluded = [ExcludedColumn(column=c, reason="part of the target") for c in PARTS_OF_TARGET.get(name, ())]
    source = DataSource(location=table_of(name, root))
    problem = Problem(data=source, target=DATA_SETS[name][1], excluded=excluded)
    prepared = prepare(workspace, folder, problem, progress=tell)
    result = run_training(folder, prepared.problem, progress=tell)
    evaluate(folder, prepared.problem, experiment=result.best, who="benchmark", purpose="main job", progress=tell)
    return folder, prepared.problem, result


def table_of(name: str, root: Path) -> str:
    """The data set as one file in the project; adult's two files are joined."""
    from datasets import folder

    files = [folder() / relative for relative in DATA_SETS[name][0]]
    target = root / f"{name}.csv.gz"
    if len(files) == 1:
        target.write_bytes(files[0].read_bytes())
    else:
        import pandas as pd

        pd.concat([pd.read_csv(file) for file in files]).to_csv(target, index=False)
    return target.name


def compare_with_plain(folder, problem, result) -> dict:
    from specweave.data.seal import open_sealed, training_rows
    from specweave.experiments import open_experiment
    from specweave.experiments.models import load_model
    from specweave.metrics import compare, estimate

    training = training_rows(folder)
    sealed, _ = open_sealed(folder, experiment=result.best, purpose="comparison with plain models", who="benchmark")
    record = open_experiment(folder, result.best)
    stored = record.metadata["model"]
    ours = predicted(load_model(record.path / stored["file"]), sealed[result.columns], sealed, problem)
    plain = {
        title: predicted(*fit_plain(title, training, sealed, result.columns, problem), sealed, problem)
        for title in PLAIN
    }
    found = {"strategy": problem.split.strategy, "metric": result.metric, "best": result.best_name}
    for title, predictions in {"ours": ours, **plain}.items():
        value = estimate(result.metric, predictions)
        found[title] = [rounded(v) for v in (value.value, value.low, value.high)]
    for title, predictions in plain.items():
        verdict = compare(result.metric, ours, predictions)
        found[f"against_{title}"] = verdict.verdict
        found[f"p_{title}"] = rounded(verdict.p_value)
    return found


PLAIN = ("lightgbm", "hist_boosting")


def fit_plain(title: str, training, sealed, columns: list[str], problem):
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    numeric = problem.task == "regression"
    X, X_test = encoded(training[columns], sealed[columns], many=title == "lightgbm")
    if title == "lightgbm":
        model = (LGBMRegressor if numeric else LGBMClassifier)(verbosity=-1, random_state=0)
    else:
        kind = HistGradientBoostingRegressor if numeric else HistGradientBoostingClassifier
        model = kind(categorical_features="from_dtype", random_state=0)
    return model.fit(X, truth(training, problem)), X_test


def encoded(training, sealed, *, many: bool):
    """Texts as categories (as codes where HistGradientBoosting's limit of 255 is passed), dates as seconds."""
    import pandas as pd

    both = pd.concat([training, sealed])
    out = pd.DataFrame(index=both.index)
    for name in both.columns:
        column = both[name]
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            out[name] = column.astype("int64") / 1e9
        elif pd.api.types.is_numeric_dtype(column.dtype):
            out[name] = column
        else:
            known = pd.CategoricalDtype(sorted(training[name].dropna().unique()))
            as_category = column.where(column.isin(known.categories)).astype(known)
            out[name] = as_category if many or len(known.categories) < 255 else as_category.cat.codes
    return out.iloc[: len(training)], out.iloc[len(training) :]


def truth(rows, problem):
    from specweave.metrics import as_labels

    values = rows[problem.target].to_numpy()
    return values.astype(float) if problem.task == "regression" else as_labels(values)


def predicted(model, X, rows, problem):
    from specweave.metrics import Predictions, as_labels

    classes = None if problem.task == "regression" else tuple(as_labels(model.classes_).tolist())
    return Predictions.from_model(
        model, X, truth(rows, problem), task=problem.task, classes=classes, positive=problem.positive_label,
        rows=rows.index.to_numpy(),
    )  # fmt: skip


def rounded(value):
    return None if value is None else float(f"{value:.4g}")


def tell(done: float, total: float, message: str) -> None:
    print(f"{100 * done / total:4.0f} % {message}", file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2])
    else:
        sys.exit(main(sys.argv[1:]))
