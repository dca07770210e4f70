"""Our records as MLflow runs, written in bulk through a client of their own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from specweave.experiments.backends.mlflow.models import log_model
from specweave.experiments.backends.mlflow.store import EXPERIMENT_TAG, INCREMENT_TAG, Store, key
from specweave.experiments.backends.mlflow.takeover import missing_in_record
from specweave.experiments.backends.protocol import Batch, MetricValue, Run
from specweave.workspace import IncrementFolder

_METRICS_AT_ONCE = 1000
_NAMES_AT_ONCE = 100
_STATUS = {"finished": "FINISHED", "failed": "FAILED"}
_Item = TypeVar("_Item")


class MlflowBackend:
    """One MLflow run for each record; made by `configure_mlflow` or by its name in `.specweave/ml.json`."""

    name = "mlflow"

    def __init__(self, store: Store) -> None:
        self.store = store
        self._runs: dict[str, str] = {}
        self._params: dict[str, dict[str, str]] = {}
        self._sent_files: dict[str, set[str]] = {}
        self._outside: dict[str, bool] = {}
        self._found_client: Any = None
        self._experiment: str | None = None

    @classmethod
    def for_increment(cls, folder: IncrementFolder, tracking_uri: str | None = None) -> MlflowBackend:
        return cls(Store.of(folder, tracking_uri))

    def start(self, run: Run) -> Mapping[str, Any]:
        """Open the run, or the one an earlier attempt opened."""
        client = self._client()
        known = run.known(self.name).get("run_id") or self._runs.get(run.id) or self._find(run)
        if known:
            client.update_run(known, status="RUNNING")
            self._params[run.id] = dict(client.get_run(known).data.params)
        else:
            made = client.create_run(
                self._experiment_id(),
                start_time=_milliseconds(run.facts.get("created")),
                tags=_tags(run),
                run_name=run.name,
            )
            known = made.info.run_id
        self._runs[run.id] = known
        return {"run_id": known, "tracking_uri": self.store.shown}

    def log(self, run: Run, batch: Batch) -> None:
        client, run_id = self._client(), self._runs[run.id]
        metrics = [_metric(value) for value in batch.metrics]
        for part in _portions(metrics, _METRICS_AT_ONCE):
            client.log_batch(run_id, metrics=part)
        self._log_names(run, batch)
        for file in batch.files:
            folder, _, _ = file.name.rpartition("/")
            client.log_artifact(run_id, str(file.path), folder or None)
            self._sent_files.setdefault(run.id, set()).add(file.name)
        if batch.model is not None:
            log_model(client, self._experiment_id(), run_id, run, batch.model)

    def finish(self, run: Run, status: str) -> None:
        self._client().set_terminated(self._runs[run.id], _STATUS[status])

    def collect(self, run: Run) -> Batch:
        """What plain mlflow calls and autolog added to the run."""
        sent = self._sent_files.pop(run.id, set())
        self._params.pop(run.id, None)
        return missing_in_record(self._client(), self._runs.pop(run.id), run.folder, sent)

    def enter(self, run: Run) -> None:
        """Make the run the active one of this thread, so plain `mlflow.log_*` calls land in it."""
        import mlflow

        if mlflow.get_tracking_uri() == self.store.uri:
            mlflow.start_run(run_id=self._runs[run.id], nested=mlflow.active_run() is not None)

    def leave(self, run: Run) -> None:
        """End it again; a run the user's code has opened or ended itself is left as it is."""
        import mlflow

        active = mlflow.active_run()
        if active is not None and active.info.run_id == self._runs.get(run.id):
            mlflow.end_run()

    def missed(self, run: Run) -> None:
        """The run was not ready in time to be the active one: remember whether another is."""
        import mlflow

        self._outside[run.id] = mlflow.active_run() is not None

    def leave_missed(self, run: Run) -> None:
        """End the run that a plain call inside has opened for want of ours; it becomes a record of its own.

        Left open, the user's next `mlflow.start_run` would fail.
        """
        import mlflow

        if not self._outside.pop(run.id, True) and mlflow.active_run() is not None:
            mlflow.end_run()

    def _client(self) -> Any:
        if self._found_client is None:
            self._found_client = self.store.client()
        return self._found_client

    def _experiment_id(self) -> str:
        if self._experiment is None:
            self._experiment = self.store.experiment_id()
        return self._experiment

    def _find(self, run: Run) -> str | None:
        """A run an attempt has opened whose answer was lost; found by its tag."""
        query = f"tags.`{EXPERIMENT_TAG}` = '{run.id}'"
        found = self._client().search_runs([self._experiment_id()], query, max_results=1)
        return found[0].info.run_id if found else None

    def _log_names(self, run: Run, batch: Batch) -> None:
        """Params and tags; MLflow never changes a param, so a newer value goes into a tag."""
        from mlflow.entities import Param, RunTag

        sent = self._params.setdefault(run.id, {})
        params = {key(name): _text(value) for name, value in batch.params.items()}
        new = {name: value for name, value in params.items() if name not in sent}
        changed = {n: v for n, v in params.items() if n in sent and sent[n] != v}
        tags = {key(name): _text(value) for name, value in batch.tags.items()}
        tags.update({f"specweave.param.{name}": value for name, value in changed.items()})
        client, run_id = self._client(), self._runs[run.id]
        for part in _portions([Param(*item) for item in new.items()], _NAMES_AT_ONCE):
            client.log_batch(run_id, params=part)
        sent.update(new)
        for some in _portions([RunTag(*item) for item in tags.items()], _NAMES_AT_ONCE):
            client.log_batch(run_id, tags=some)


def _tags(run: Run) -> dict[str, str]:
    git, entry = run.facts.get("git") or {}, run.facts.get("entry") or {}
    found = {
        EXPERIMENT_TAG: run.id,
        INCREMENT_TAG: run.increment,
        "specweave.kind": run.kind,
        "mlflow.source.name": entry.get("path") or entry.get("tool") or "specweave",
        "mlflow.source.type": "NOTEBOOK" if entry.get("by") == "notebook" else "LOCAL",
        "mlflow.source.git.commit": git.get("commit"),
    }
    return {name: str(value) for name, value in found.items() if value}


def _metric(value: MetricValue) -> Any:
    from mlflow.entities import Metric

    number = float("nan") if value.value is None else float(value.value)
    step = 0 if value.step is None else int(value.step)
    return Metric(key(value.name), number, int((value.time or time.time()) * 1000), step)


def _portions(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def _milliseconds(moment: Any) -> int | None:
    try:
        return int(datetime.fromisoformat(str(moment)).timestamp() * 1000)
    except ValueError:
        return None
