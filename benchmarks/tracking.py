"""What recording a run costs, beside MLflow, W&B offline and bare JSON writing, all in one run.

    python benchmarks/tracking.py               one JSON object
    python benchmarks/tracking.py --runs 40     more repetitions

Two jobs. `run`: open a run, log 10 params and 10 metrics one call each, store a small scikit-learn model, close it.
`steps`: log 10,000 steps of one metric, one call each, close the run. Each tracker is used as its documentation says
(one call a value) and, where it has one, in its fastest way (`bulk`: one call for all params, one for all metrics).
MLflow writes to a sqlite store made beforehand, with the requirements of the model given, which spares it ten seconds.
Rounds of all trackers alternate in random order, each job five times in succession; the figure is the lower quartile of
milliseconds from opening to closing. `lone` is that of the first of each five, after the others have had their turn:
ours then asks git for the state of the code again, which a succession of runs does once in two seconds. First use of each (imports, creating the database) is done before and reported as `first_s`.

The promise of bare JSON is made the same as ours. What is logged survives the death of the process at once: params.json, metrics.json and
metadata.json are written to temporary files and renamed, each step is one appended line handed to the system; the model
is flushed to the disk (fsync), the small files are not. Ours also records git state, packages and host, locks the folder
and masks secrets; those are in its figure. The model's conversion differs: a pickle in bare JSON, MLflow and W&B, the safe format (skops) in ours, which costs
more. So `run` is also given without the model, and beside bare JSON that stores it in the safe format too.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import pickle
import platform
import random
import sys
import tempfile
import time
import warnings
from pathlib import Path

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"
os.environ["WANDB_SILENT"] = "true"

PARAMS = {f"param_{number}": number / 10 for number in range(10)}
METRICS = {f"metric_{number}": 1 / (number + 1) for number in range(10)}
STEPS = 10_000
SUCCESSION = 5


def small_model():
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    return LogisticRegression().fit(rng.normal(size=(200, 10)), rng.integers(0, 2, 200))


class Bare:
    """What a careful person writes by hand."""

    def __init__(self, root: Path, model) -> None:
        self.root, self.model, self.count = root / "bare", model, 0

    def stored(self) -> bytes:
        return pickle.dumps(self.model)

    def folder(self) -> Path:
        self.count += 1
        path = self.root / f"run-{self.count:04d}"
        path.mkdir(parents=True)
        return path

    def run(self, *, model: bool) -> None:
        folder = self.folder()
        replace(folder / "metadata.json", {"status": "running", "created": time.time(), "python": sys.version})
        replace(folder / "params.json", PARAMS)
        with (folder / "history.jsonl").open("ab", buffering=0) as history:
            for name, value in METRICS.items():
                history.write(line(name, value, None))
        if model:
            with (folder / "model.bin").open("wb") as out:
                out.write(self.stored())
                out.flush()
                os.fsync(out.fileno())
        replace(folder / "metrics.json", METRICS)
        replace(folder / "metadata.json", {"status": "finished", "ended": time.time(), "python": sys.version})

    def steps(self) -> None:
        folder = self.folder()
        with (folder / "history.jsonl").open("ab", buffering=0) as history:
            for step in range(STEPS):
                history.write(line("loss", 1 / (step + 1), step))
        replace(folder / "metrics.json", {"loss": 1 / STEPS})


class BareSafe(Bare):
    """The same with the model in the safe format, as ours stores it."""

    def __init__(self, root: Path, model) -> None:
        super().__init__(root / "safe", model)

    def stored(self) -> bytes:
        import skops.io

        return skops.io.dumps(self.model)


def replace(path: Path, content) -> None:
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8") as out:
        json.dump(content, out, indent=2)
    temporary.replace(path)


def line(name: str, value: float, step: int | None) -> bytes:
    return (json.dumps({"name": name, "value": value, "step": step, "time": round(time.time(), 3)}) + "\n").encode()


class Ours:
    """`track_experiment` with the local record only. `format` is what the model is stored as."""

    def __init__(self, root: Path, model) -> None:
        from specweave.workspace import IncrementFolder

        path = root / "project" / ".specweave" / "increments" / "0001-benchmark"
        path.mkdir(parents=True)
        self.folder, self.model = IncrementFolder(path), model

    def run(self, *, model: bool) -> None:
        from specweave import track_experiment

        with track_experiment("bench", self.folder) as experiment:
            for name, value in PARAMS.items():
                experiment.log_param(name, value)
            for name, value in METRICS.items():
                experiment.log_metric(name, value)
            if model:
                experiment.save_model(self.model, "model.skops")

    def run_in_bulk(self, *, model: bool) -> None:
        from specweave import track_experiment

        with track_experiment("bench", self.folder, params=PARAMS) as experiment:
            experiment.log_metrics(METRICS)
            if model:
                experiment.save_model(self.model, "model.skops")

    def steps(self) -> None:
        from specweave import track_experiment

        with track_experiment("bench", self.folder) as experiment:
            for step in range(STEPS):
                experiment.log_metric("loss", 1 / (step + 1), step=step)


class Mlflow:
    """Plain MLflow on a sqlite store."""

    def __init__(self, root: Path, model) -> None:
        import logging

        import mlflow

        self.model = model
        home = root / "mlflow"
        home.mkdir()
        mlflow.set_tracking_uri(f"sqlite:///{home / 'mlflow.db'}")
        mlflow.set_experiment(
            experiment_id=mlflow.create_experiment("bench", artifact_location=(home / "files").as_uri())
        )
        logging.getLogger("mlflow").setLevel(logging.ERROR)

    def run(self, *, model: bool) -> None:
        import mlflow

        with mlflow.start_run():
            for name, value in PARAMS.items():
                mlflow.log_param(name, value)
            for name, value in METRICS.items():
                mlflow.log_metric(name, value)
            self._store(model)

    def run_in_bulk(self, *, model: bool) -> None:
        import mlflow

        with mlflow.start_run():
            mlflow.log_params(PARAMS)
            mlflow.log_metrics(METRICS)
            self._store(model)

    def _store(self, model: bool) -> None:
        import mlflow.sklearn

        if model:
            mlflow.sklearn.log_model(
                self.model, name="model", serialization_format="cloudpickle", pip_requirements=["scikit-learn"]
            )

    def steps_in_bulk(self) -> None:
        import mlflow
        from mlflow.entities import Metric

        with mlflow.start_run() as run:
            points = [Metric("loss", 1 / (step + 1), int(time.time() * 1000), step) for step in range(STEPS)]
            for start in range(0, STEPS, 1000):
                mlflow.MlflowClient().log_batch(run.info.run_id, metrics=points[start : start + 1000])

    def some_steps(self, number: int) -> None:
        import mlflow

        with mlflow.start_run():
            for step in range(number):
                mlflow.log_metric("loss", 1 / (step + 1), step=step)


class Wandb:
    """Plain W&B, offline."""

    def __init__(self, root: Path, model) -> None:
        self.root, self.model = root / "wandb-home", model
        self.root.mkdir()

    def _open(self):
        import wandb

        return wandb.init(project="bench", mode="offline", dir=str(self.root), reinit="create_new")

    def run(self, *, model: bool) -> None:
        run = self._open()
        for name, value in PARAMS.items():
            run.config[name] = value
        for name, value in METRICS.items():
            run.log({name: value})
        if model:
            path = Path(run.dir) / "model.pkl"
            path.write_bytes(pickle.dumps(self.model))
            run.save(str(path), base_path=run.dir)
        run.finish()

    def steps(self) -> None:
        run = self._open()
        for step in range(STEPS):
            run.log({"loss": 1 / (step + 1)}, step=step)
        run.finish()


def measure(runs: int) -> dict:
    model = small_model()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        trackers, first = {}, {}
        for name, kind in kinds().items():
            started = time.perf_counter()
            trackers[name] = kind(root, model)
            trackers[name].run(model=True)
            first[name] = round(time.perf_counter() - started, 3)
        jobs = jobs_of(trackers)
        seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
        order = random.Random(0)
        for _ in range(runs):
            for name in order.sample(sorted(jobs), len(jobs)):
                block = [timed(jobs[name]) for _ in range(SUCCESSION)]
                seconds[name] += block
                seconds.setdefault(f"lone {name}", []).append(block[0])
        for name, job in step_jobs(trackers).items():
            seconds[name] = [timed(job) for _ in range(3)]
        return report(seconds, first, trackers, runs)


def kinds() -> dict:
    found = {"bare": Bare, "bare with a safe model": BareSafe, "ours": Ours, "mlflow": Mlflow}
    return {**found, "wandb": Wandb} if importlib.util.find_spec("wandb") else found


def jobs_of(trackers: dict) -> dict:
    jobs = {}
    for name, tracker in trackers.items():
        jobs[f"run/{name}"] = lambda tracker=tracker: tracker.run(model=True)
        jobs[f"run without model/{name}"] = lambda tracker=tracker: tracker.run(model=False)
        if hasattr(tracker, "run_in_bulk"):
            jobs[f"run in bulk/{name}"] = lambda tracker=tracker: tracker.run_in_bulk(model=True)
            jobs[f"run in bulk without model/{name}"] = lambda tracker=tracker: tracker.run_in_bulk(model=False)
    return jobs


def step_jobs(trackers: dict) -> dict:
    jobs = {f"steps/{name}": tracker.steps for name, tracker in trackers.items() if hasattr(tracker, "steps")}
    jobs["steps in bulk/mlflow"] = trackers["mlflow"].steps_in_bulk
    # Ten thousand single calls take MLflow minutes: 300 are measured and scaled, which favours it if anything.
    jobs["300 steps/mlflow"] = lambda: trackers["mlflow"].some_steps(300)
    return jobs


def timed(job) -> tuple[float, float]:
    """Seconds by the clock and of this process's processor time (W&B's service process is not in the latter)."""
    started, used = time.perf_counter(), time.process_time()
    job()
    return time.perf_counter() - started, time.process_time() - used


def report(seconds: dict, first: dict, trackers: dict, runs: int) -> dict:
    clock = {name: quartile([wall for wall, _ in values]) for name, values in seconds.items()}
    processor = {name: quartile([cpu for _, cpu in values]) for name, values in seconds.items()}
    for table in (clock, processor):
        table["steps/mlflow"] = table["300 steps/mlflow"] * STEPS / 300
    return {
        "rounds": runs,
        "machine": {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "python": platform.python_version()},
        "milliseconds": {name: float(f"{value:.4g}") for name, value in sorted(clock.items())},
        "processor_milliseconds": {name: float(f"{value:.4g}") for name, value in sorted(processor.items())},
        "ratios": ratios(clock, trackers),
        "processor_ratios": ratios(processor, trackers),
        "first_s": first,
        "left_out": [] if "wandb" in trackers else ["wandb: not installed"],
    }


def quartile(seconds: list[float]) -> float:
    """The lower quartile in milliseconds: half of what a busy machine adds stays out, for every tracker alike."""
    return sorted(seconds)[len(seconds) // 4] * 1000


def ratios(cost: dict[str, float], trackers: dict) -> dict[str, float]:
    found = {}
    for job in ("run", "run without model", "lone run", "lone run without model", "steps"):
        for bare in ("bare", "bare with a safe model"):
            found[f"{job}: ours / {bare}"] = cost[f"{job}/ours"] / cost[f"{job}/{bare}"]
        for other in ("mlflow", "wandb"):
            if other in trackers:
                found[f"{job}: {other} / ours"] = cost[f"{job}/{other}"] / cost[f"{job}/ours"]
    for job in ("run in bulk", "run in bulk without model"):
        found[f"{job}: mlflow / ours"] = cost[f"{job}/mlflow"] / cost[f"{job}/ours"]
        found[f"{job}: ours / bare"] = cost[f"{job}/ours"] / cost[f"{job.replace(' in bulk', '')}/bare"]
    found["steps: mlflow in bulk / ours"] = cost["steps in bulk/mlflow"] / cost["steps/ours"]
    return {name: float(f"{value:.3g}") for name, value in found.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    # Warnings of the trackers' own libraries would drown the figures.
    warnings.simplefilter("ignore")
    print(json.dumps(measure(parser.parse_args().runs), indent=1))
