from __future__ import annotations

import os
import shutil
import sys

import pytest

from specweave.experiments import replication
from specweave.experiments.backends import registry
from specweave.experiments.backends.mlflow import setup
from specweave.workspace import IncrementFolder

# Git looks for a repository from mlflow's import on; none of the variables may outlive a test.
VARIABLES = (
    "MLFLOW_TRACKING_URI",
    "MLFLOW_EXPERIMENT_NAME",
    "MLFLOW_EXPERIMENT_ID",
    "MLFLOW_RUN_ID",
    "WANDB_API_KEY",
    "WANDB_MODE",
)


@pytest.fixture(autouse=True)
def no_backend_left(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_PYTHON_REFRESH", "quiet")
    registry._registered.clear()
    registry._built.clear()
    replication._feeds.clear()
    yield
    registry._registered.clear()
    setup._at_exit.clear()
    for name in VARIABLES:
        os.environ.pop(name, None)
    if "mlflow" in sys.modules:
        import mlflow

        while mlflow.active_run() is not None:
            mlflow.end_run()
        mlflow.set_tracking_uri(None)
        mlflow.tracking.fluent._active_experiment_id = None


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """MLflow needs seconds to set up a database; the tests start from copies of one."""
    from specweave.experiments.backends.mlflow.store import Store

    path = tmp_path_factory.mktemp("mlflow") / ".specweave" / "increments" / "0009-template"
    path.mkdir(parents=True)
    store = Store.of(IncrementFolder(path))
    store.home.mkdir(parents=True)
    store.client().search_experiments()
    return store.home / "mlflow.db"


@pytest.fixture
def with_database(empty_database):
    """Lays a database into the increment before MLflow is configured for it."""

    def lay(folder: IncrementFolder) -> IncrementFolder:
        home = folder.experiments / "mlflow"
        home.mkdir(parents=True)
        shutil.copy(empty_database, home / "mlflow.db")
        return folder

    return lay
