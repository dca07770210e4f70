"""Storing a model into a record: under the name the user gave, and in the safe format."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specweave.errors import ModelError, SpecweaveError
from specweave.experiments.artifacts import inside
from specweave.workspace import write_bytes

if TYPE_CHECKING:
    from specweave.experiments.experiment import Experiment

SAFE_SUFFIX = ".skops"


def save_into(experiment: Experiment, model: Any, name: str, facts: Mapping[str, Any]) -> Path:
    """Store the model; the path of the file by the given name.

    "model.skops" is the safe format; a model that it cannot hold raises ModelError. Any other name
    ("model.pkl") is a pickle, kept for the user and never loaded by us, with its hash under metadata `pickles`;
    the safe format is written beside it ("model.skops"), or metadata `model.why_not` says why it could not be.
    The fact `example`, some rows of the features as a DataFrame, is kept as names and types of the columns (`inputs`).
    """
    target = inside(experiment.path, name)
    facts = _with_inputs(facts)
    pickles = {}
    if target.suffix == SAFE_SUFFIX:
        from specweave.experiments.models import save_model

        stored = save_model(model, target, **facts)
    else:
        pickles = {_relative(experiment, target): _write_pickle(model, target)}
        stored = _save_beside(model, target, facts)
    stored["file"] = _relative(experiment, Path(target.with_name(stored["file"])))
    # A new model replaces the facts of an older one, it does not mix with them.
    experiment.replace_metadata(model=stored, **_all_pickles(experiment, pickles))
    return target


def _with_inputs(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with the example's columns in place of its rows: numpy's letter for each type, "O" for the rest."""
    kept = {name: value for name, value in facts.items() if name != "example"}
    dtypes = getattr(facts.get("example"), "dtypes", None)
    if dtypes is not None and hasattr(dtypes, "items"):
        kept["inputs"] = [
            {"name": str(name), "type": str(getattr(dtype, "kind", "O"))} for name, dtype in dtypes.items()
        ]
    return kept


def _save_beside(model: Any, target: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    try:
        from specweave.experiments.models import save_model

        return save_model(model, target.with_suffix(SAFE_SUFFIX), **facts)
    except SpecweaveError as error:
        return {"file": target.name, "format": "pickle", "why_not": str(error), **facts}


def _all_pickles(experiment: Experiment, news: dict[str, Any]) -> dict[str, Any]:
    return {"pickles": {**(experiment.metadata.get("pickles") or {}), **news}} if news else {}


def _write_pickle(model: Any, target: Path) -> dict[str, Any]:
    """Write it; its hash and size."""
    try:
        content = pickle.dumps(model)
    except Exception as error:
        raise ModelError(
            f"The model cannot be pickled: {error}",
            value=type(model).__name__,
            allowed="objects whose classes and functions are importable by name",
            next_step="move lambdas and local classes into a module",
        ) from error
    write_bytes(target, content)
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _relative(experiment: Experiment, path: Path) -> str:
    return path.relative_to(experiment.path).as_posix()
