"""Where an increment's MLflow runs are: by default a database inside the increment, or the server the user names."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specweave.errors import MissingDependencyError
from specweave.experiments.masking import mask_text
from specweave.workspace import IncrementFolder, lock, storage_errors

EXPERIMENT_TAG = "specweave.experiment"
INCREMENT_TAG = "specweave.increment"
# A server that is away must not hold a training's own mlflow calls for the quarter of an hour MLflow would wait.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
_FORBIDDEN = re.compile(r"[^\w\-. :/]")


@dataclass(frozen=True)
class Store:
    """A tracking store and the experiment in it that is this increment."""

    uri: str
    experiment: str
    artifacts: Path | None
    home: Path

    @classmethod
    def of(cls, folder: IncrementFolder, tracking_uri: str | None = None) -> Store:
        """The database inside the increment, unless another address is given."""
        home = (folder.experiments / "mlflow").resolve()
        if tracking_uri is not None:
            return cls(tracking_uri, folder.id, None, home)
        return cls(f"sqlite:///{(home / 'mlflow.db').as_posix()}", folder.id, home / "artifacts", home)

    @property
    def shown(self) -> str:
        """The address without a password."""
        return mask_text(self.uri)

    def client(self) -> Any:
        """An MlflowClient of this store, whatever address is set elsewhere."""
        module = load_mlflow(remote=self.artifacts is None)
        return module.MlflowClient(tracking_uri=self.uri)

    def experiment_id(self) -> str:
        """The experiment named after the increment, created at first use."""
        if self.artifacts is None:
            return str(self._find_or_create(None))
        with storage_errors(self.home):
            self.artifacts.mkdir(parents=True, exist_ok=True)
        # Two processes that set up one database at once break each other's migrations.
        with lock(self.home / ".lock", timeout=120):
            identifier = str(self._find_or_create(self.artifacts.as_uri()))
            self._let_readers_in()
            return identifier

    def _find_or_create(self, artifacts: str | None) -> Any:
        client = self.client()
        found = client.get_experiment_by_name(self.experiment)
        if found is not None:
            return found.experiment_id
        try:
            return client.create_experiment(self.experiment, artifact_location=artifacts)
        except Exception:
            found = client.get_experiment_by_name(self.experiment)  # another process was first
            if found is None:
                raise
            return found.experiment_id

    def _let_readers_in(self) -> None:
        """Write-ahead logging: `mlflow ui` reads while eight trainings write."""
        with (
            contextlib.closing(sqlite3.connect(self.home / "mlflow.db")) as database,
            contextlib.suppress(sqlite3.Error),
        ):
            database.execute("PRAGMA journal_mode=WAL")


def load_mlflow(*, remote: bool = False) -> Any:
    """The package, without its telemetry. Raises MissingDependencyError with the command that installs it."""
    # Both are read at import; without them MLflow looks up a host on the internet.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    for name, value in _PATIENCE.items() if remote else ():
        os.environ.setdefault(name, value)
    try:
        import mlflow
    except ImportError as error:
        raise MissingDependencyError.package("mlflow", "Logging to MLflow", 'pip install "mlflow>=3.10,<4"') from error
    return mlflow


def key(name: str) -> str:
    """A name as MLflow accepts it: letters, digits, _ - . space : / and no detours in the path."""
    cleaned = _FORBIDDEN.sub("_", name).strip("/ ")
    parts = [part for part in cleaned.split("/") if part not in ("", ".", "..")]
    return "/".join(parts)[:250] or "_"
