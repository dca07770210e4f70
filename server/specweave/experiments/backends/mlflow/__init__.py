"""MLflow beside the local record: its own clients, `mlflow ui` and plain `mlflow.log_*` calls all see one store."""

from specweave.experiments.backends.mlflow.backend import MlflowBackend
from specweave.experiments.backends.mlflow.setup import configure_mlflow
from specweave.experiments.backends.mlflow.takeover import take_over_runs

__all__ = ["MlflowBackend", "configure_mlflow", "take_over_runs"]
