"""`configure_mlflow`: from here on MLflow and the increment hold the same runs."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from typing import TYPE_CHECKING

from specweave.errors import SpecweaveError
from specweave.experiments.backends.registry import register_tracking_backend
from specweave.workspace import IncrementFolder

if TYPE_CHECKING:
    from specweave.experiments.backends.mlflow.store import Store

_at_exit: dict[str, tuple[IncrementFolder, Store]] = {}


def configure_mlflow(
    increment: str | int | os.PathLike[str] | IncrementFolder | None = None, tracking_uri: str | None = None
) -> str:
    """Log this increment's experiments to MLflow as well, and take plain MLflow runs over as records; the store's address.

    Without `tracking_uri` the store is a database inside the increment (`experiments/mlflow/`), which
    `mlflow ui --backend-store-uri ADDRESS` shows. Plain `mlflow.log_*` and autolog calls of this process and its children go
    there too: inside `track_experiment` into that record, elsewhere into runs that become records when the process ends or
    `configure_mlflow` is called next. A server that cannot be reached is no error here: it is tried again in the background.
    Raises MissingDependencyError without the package mlflow, UnknownIncrementError for an unknown increment.
    """
    from specweave.experiments.backends.mlflow.backend import MlflowBackend
    from specweave.experiments.backends.mlflow.store import Store, load_mlflow
    from specweave.experiments.tracking import find_increment

    folder = find_increment(increment)
    store = Store.of(folder, tracking_uri)
    mlflow = load_mlflow(remote=tracking_uri is not None)
    # The environment serves child processes; MLflow itself prefers what was set in the process.
    os.environ["MLFLOW_TRACKING_URI"] = store.uri
    os.environ["MLFLOW_EXPERIMENT_NAME"] = store.experiment
    os.environ.pop("MLFLOW_EXPERIMENT_ID", None)
    mlflow.set_tracking_uri(store.uri)
    if store.artifacts is not None:
        mlflow.set_experiment(experiment_id=store.experiment_id())
        _take_over_quietly(folder, store)
    register_tracking_backend(MlflowBackend(store), increment=folder)
    if not _at_exit:
        atexit.register(_finish_runs)
    _at_exit[str(folder.path)] = (folder, store)
    return store.shown


def _finish_runs() -> None:
    """End what the script left open, as MLflow would right after us, and make records of what has none."""
    mlflow = sys.modules.get("mlflow")
    if mlflow is None:
        return
    with contextlib.suppress(Exception):
        while mlflow.active_run() is not None:
            mlflow.end_run()
    for folder, store in _at_exit.values():
        _take_over_quietly(folder, store)


def _take_over_quietly(folder: IncrementFolder, store: Store) -> None:
    from specweave.experiments.backends.mlflow.takeover import take_over

    try:
        take_over(folder, store)
    except Exception as error:  # noqa: BLE001  the runs stay in MLflow, and the next call takes them
        reason = str(error) if isinstance(error, SpecweaveError) else f"{type(error).__name__}: {error}"
        print(f"MLflow runs were not taken over into {folder.id} yet: {reason}", file=sys.stderr)  # noqa: T201
