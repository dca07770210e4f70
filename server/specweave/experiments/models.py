"""Models at rest: stored and loaded without ever running code that is named in the file.

The format is skops (a zip of JSON and numpy arrays). How safe loading is:

* Types are compared with the fixed list in `trusted_types`, and with the names a person wrote under `trusted_types` into
  `.specweave/ml.json`, before anything is built; one foreign name and nothing is loaded. Pickles are refused altogether.
* A recorded sha256 is compared first, so a file changed since it was stored is not even opened.
* Tree structures are checked after loading: scikit-learn follows child and feature numbers without
  bounds checks, so a made-up file could otherwise read foreign memory.
* LightGBM and XGBoost parse their own model text in native code; that is the trust left.

Heavy: imports scikit-learn and skops on first use.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

from specweave.errors import MissingDependencyError, ModelError, listing
from specweave.experiments import skops_form, trusted_types
from specweave.workspace import storage_errors, write_bytes

FORMAT = "skops"
_OTHER_PARTS = "estimators of these libraries in place of own classes and functions"
_AS_PICKLE = 'keep it as a pickle with experiment.save_model(model, "model.pkl")'


def save_model(model: Any, path: str | os.PathLike[str], **facts: Any) -> dict[str, Any]:
    """Store a fitted model; the facts of metadata.yaml's key `model`: file, format, sha256, bytes, types, features, yours.

    `facts` such as task, classes, positive, threshold and features are passed through. Raises ModelError when the
    model holds a type that could not be loaded again, before anything is written.
    """
    target = Path(path)
    taken = _dumped(model)
    _refuse_foreign(taken.types, target, "stored", f"use {_OTHER_PARTS}, or {_AS_PICKLE}")
    content = taken.content()
    write_bytes(target, content)
    found: dict[str, Any] = {
        "file": target.name,
        "format": FORMAT,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "estimator": f"{type(model).__module__}.{type(model).__qualname__}",
        "types": taken.types,
    }
    features = getattr(model, "feature_names_in_", None)
    if features is not None:
        found["features"] = [str(name) for name in features]
    return {**found, **facts}


def load_model(path: str | os.PathLike[str], *, sha256: str | None = None) -> Any:
    """The model in a skops file, equal to the stored one in every prediction.

    With `sha256` (metadata `model.sha256`) the file must be the stored one. Raises ModelError for a
    changed or damaged file, a pickle, and any type outside the allow-list, which it names.
    """
    source = Path(path)
    with storage_errors(source):
        content = source.read_bytes()
    _check_digest(content, sha256, source)
    _check_form(content, source)
    types = _types(content, source)
    _refuse_foreign(types, source, "loaded", f"store it again with {_OTHER_PARTS}")
    trusted_types.make_importable(source)
    skops_io = _skops()
    try:
        model = skops_io.loads(content, trusted=types)
    except Exception as error:
        raise _damaged(source, error) from error
    from specweave.experiments.tree_bounds import check_trees

    check_trees(model, source)
    return model


def _dumped(model: Any) -> skops_form.Dumped:
    _skops()
    try:
        return skops_form.dumped(model)
    except Exception as error:
        raise ModelError(
            f"The model cannot be stored in the safe format: {type(error).__name__}: {error}",
            value=type(model).__name__,
            allowed="scikit-learn estimators and pipelines, LightGBM, XGBoost; no lambdas or own classes inside",
            next_step=f"use {_OTHER_PARTS}, or {_AS_PICKLE}",
        ) from error


def _types(content: bytes, source: Path) -> list[str]:
    skops_io = _skops()
    try:
        return sorted(skops_io.get_untrusted_types(data=content))
    except Exception as error:
        raise _damaged(source, error) from error


def _refuse_foreign(types: list[str], path: Path, deed: str, next_step: str) -> None:
    foreign = trusted_types.foreign(types)
    named = trusted_types.named_in_project(path) if foreign else ()
    found = [name for name in foreign if name not in named]
    if found:
        raise ModelError(
            f"The model is not {deed}: it holds types that are not on the list of safe ones: {listing(found)}",
            value=str(path),
            allowed='types of scikit-learn, LightGBM and XGBoost that carry data only, and those a person names as "trusted_types" in .specweave/ml.json',
            next_step=next_step,
        )


def _check_digest(content: bytes, sha256: str | None, source: Path) -> None:
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(
            "The model file is not the one that was recorded: its sha256 differs",
            value=str(source),
            allowed=sha256,
            next_step="restore the file, or run the experiment again",
        )


def _check_form(content: bytes, source: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            json.loads(archive.read("schema.json"))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ModelError(
            "The file is no stored model in the safe format",
            value=str(source),
            allowed="a .skops file; a pickle could run any code and is never loaded",
            next_step="store the model again with save_model from the program that trained it",
        ) from error


def _damaged(source: Path, error: Exception) -> ModelError:
    return ModelError(
        f"The model file does not load: {type(error).__name__}: {error}",
        value=str(source),
        next_step="restore the file, or run the experiment again; metadata.yaml lists the packages it was stored with",
    )


def _skops() -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise MissingDependencyError.package("skops", "Storing a model safely", "pip install skops") from error
    return skops.io
