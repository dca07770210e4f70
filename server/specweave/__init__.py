"""Machine learning an assistant cannot fool you with; names are loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specweave.errors import SpecweaveError
    from specweave.evaluation.model_evaluator import ModelEvaluator
    from specweave.experiments import track_experiment
    from specweave.workspace import Workspace

__version__ = "0.1.0"
_HOMES = {
    "ModelEvaluator": "specweave.evaluation.model_evaluator",
    "SpecweaveError": "specweave.errors",
    "Workspace": "specweave.workspace",
    "track_experiment": "specweave.experiments",
}
__all__ = ["ModelEvaluator", "SpecweaveError", "Workspace", "track_experiment"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'specweave' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
