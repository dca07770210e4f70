"""Facts that plain `mlflow.log_*` calls and autolog wrote, brought into the increment's records."""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname

from specweave.experiments import metric_history, values
from specweave.experiments.backends.mlflow.store import EXPERIMENT_TAG, Store, key
from specweave.experiments.backends.protocol import Batch, LoggedFile, MetricValue, Run
from specweave.experiments.record import read_record
from specweave.workspace import IncrementFolder, lock

_OURS = ("mlflow.", "specweave.")
_MANY = 10_000


def take_over_runs(
    increment: str | int | os.PathLike[str] | IncrementFolder | None = None, tracking_uri: str | None = None
) -> list[str]:
    """Make records of the MLflow runs in the increment's store that have none; the ids of the new records.

    Runs that are still going are left for the next time. Each run is marked with its record, so it is taken once.
    """
    from specweave.experiments.tracking import find_increment

    folder = find_increment(increment)
    return take_over(folder, Store.of(folder, tracking_uri))


def take_over(folder: IncrementFolder, store: Store) -> list[str]:
    """The same, for a store that is known."""
    from specweave.experiments.backends.local import LocalBackend

    client = store.client()
    local = LocalBackend(folder)
    taken: list[str] = []
    store.home.mkdir(parents=True, exist_ok=True)
    with lock(store.home / ".takeover.lock", timeout=60):
        for found in _without_record(client, store.experiment_id()):
            run = _as_run(found, folder)
            made = local.start(run)["id"]
            local.log(run, _everything(client, found))
            local.finish(run, "finished" if found.info.status == "FINISHED" else "failed")
            client.set_tag(found.info.run_id, EXPERIMENT_TAG, made)
            taken.append(made)
    return taken


def missing_in_record(client: Any, run_id: str, record: Path, sent: AbstractSet[str]) -> Batch:
    """What the run holds and the record does not."""
    found, have = client.get_run(run_id), read_record(record)
    params = {key(name) for name in have.params}
    last = {key(name): value for name, value in have.metrics.items()}
    known = {n for n, value in found.data.metrics.items() if n in last and _same(last[n], value)}
    foreign = [name for name in found.data.metrics if name not in known]
    logged = Counter(
        (key(line["name"]), _step(line.get("step")), line.get("value")) for line in metric_history.read_history(record)
    )
    return Batch(
        params={name: _value(text) for name, text in found.data.params.items() if name not in params},
        metrics=tuple(point for point in _metrics(client, run_id, foreign) if not _counted(logged, point)),
        tags=_tags(found, {key(name) for name in have.metadata.get("tags") or {}}),
        files=tuple(file for file in _files(found) if file.name not in sent),
        model=_models(found) if have.metadata.get("model") is None else None,
    )


def _without_record(client: Any, experiment_id: str) -> list[Any]:
    found: list[Any] = []
    token = None
    while True:
        page = client.search_runs(
            [experiment_id], max_results=1000, order_by=["attributes.start_time ASC"], page_token=token
        )
        found += [
            run
            for run in page
            if run.info.status not in ("RUNNING", "SCHEDULED") and EXPERIMENT_TAG not in run.data.tags
        ]
        token = page.token
        if not token:
            return found


def _as_run(found: Any, folder: IncrementFolder) -> Run:
    info, tags = found.info, found.data.tags
    commit = tags.get("mlflow.source.git.commit")
    facts = {
        "created": _moment(info.start_time),
        "ended": _moment(info.end_time),
        "duration_s": round(((info.end_time or info.start_time) - info.start_time) / 1000, 3),
        "git": {"commit": commit} if commit else {"available": False, "reason": "MLflow recorded no commit"},
        "entry": {"by": "mlflow", "run_id": info.run_id, "path": tags.get("mlflow.source.name")},
    }
    kind = "notebook" if tags.get("mlflow.source.type") == "NOTEBOOK" else "script"
    name = info.run_name or tags.get("mlflow.runName") or info.run_id
    return Run(info.run_id, name, kind, folder.id, folder.experiments / info.run_id, values.mapping(facts))


def _everything(client: Any, found: Any) -> Batch:
    return Batch(
        params={name: _value(text) for name, text in found.data.params.items()},
        metrics=tuple(_metrics(client, found.info.run_id, list(found.data.metrics))),
        tags=_tags(found, set()),
        files=tuple(_files(found)),
        model=_models(found),
    )


def _metrics(client: Any, run_id: str, names: list[str]) -> Iterator[MetricValue]:
    for name in names:
        for point in client.get_metric_history(run_id, name):
            number, _ = values.metric(point.value)
            yield MetricValue(name, number, point.step, point.timestamp / 1000)


def _value(text: str) -> Any:
    """MLflow keeps every param as text; numbers, truth values and None become themselves again."""
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return found if found is None or isinstance(found, (bool, int, float)) else text


def _tags(found: Any, known: AbstractSet[str]) -> dict[str, str]:
    return {n: v for n, v in found.data.tags.items() if not n.startswith(_OURS) and n not in known}


def _files(found: Any) -> list[LoggedFile]:
    """Artifacts that lie on this machine; those of a server stay there, the run's id leads to them."""
    folder = local_path(found.info.artifact_uri)
    if folder is None or not folder.is_dir():
        return []
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()][:_MANY]
    return [LoggedFile(path.relative_to(folder).as_posix(), path) for path in paths]


def _models(found: Any) -> dict[str, Any] | None:
    """MLflow models the run produced, by their address; they are pickles, so they stay where they are."""
    outputs = getattr(found.outputs, "model_outputs", None) or []
    return {"mlflow": [f"models:/{output.model_id}" for output in outputs]} if outputs else None


def local_path(uri: str) -> Path | None:
    """The folder a file address or plain path names; None for a server's."""
    parsed = urlparse(uri)
    if parsed.scheme == "file":
        return Path(url2pathname(parsed.path))
    return Path(unquote(uri)) if parsed.scheme == "" else None


def _counted(logged: Counter[tuple[str, int, float | None]], point: MetricValue) -> bool:
    mark = (point.name, _step(point.step), point.value)
    if logged[mark] <= 0:
        return False
    logged[mark] -= 1
    return True


def _step(step: float | None) -> int:
    return 0 if step is None else int(step)


def _same(ours: float | None, theirs: float) -> bool:
    return ours == values.metric(theirs)[0]


def _moment(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
