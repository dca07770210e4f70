"""Machine learning an assistant cannot fool you with; names are loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specweave.comparison import compare_experiments
    from specweave.deployment.load import load_test_model
    from specweave.deployment.making import create_model_api
    from specweave.errors import DeploymentError, SpecweaveError
    from specweave.evaluation.model_evaluator import ModelEvaluator
    from specweave.experiments import track_experiment
    from specweave.experiments.backends import register_tracking_backend
    from specweave.experiments.backends.mlflow import configure_mlflow
    from specweave.experiments.backends.wandb import configure_wandb
    from specweave.experiments.pipelines import ExperimentPipeline
    from specweave.explanation.explainer import ModelExplainer
    from specweave.reproduction import reproduce_experiment
    from specweave.workspace import Workspace

__version__ = "0.1.0"
_HOMES = {
    "DeploymentError": "specweave.errors",
    "ExperimentPipeline": "specweave.experiments.pipelines",
    "ModelEvaluator": "specweave.evaluation.model_evaluator",
    "ModelExplainer": "specweave.explanation.explainer",
    "SpecweaveError": "specweave.errors",
    "Workspace": "specweave.workspace",
    "compare_experiments": "specweave.comparison",
    "configure_mlflow": "specweave.experiments.backends.mlflow",
    "configure_wandb": "specweave.experiments.backends.wandb",
    "create_model_api": "specweave.deployment.making",
    "load_test_model": "specweave.deployment.load",
    "register_tracking_backend": "specweave.experiments.backends",
    "reproduce_experiment": "specweave.reproduction",
    "track_experiment": "specweave.experiments",
}
__all__ = [
    "DeploymentError",
    "ExperimentPipeline",
    "ModelEvaluator",
    "ModelExplainer",
    "SpecweaveError",
    "Workspace",
    "compare_experiments",
    "configure_mlflow",
    "configure_wandb",
    "create_model_api",
    "load_test_model",
    "register_tracking_backend",
    "reproduce_experiment",
    "track_experiment",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'specweave' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
