"""The trained model itself, for models that have no equal form in ONNX; asked as an onnxruntime session would be.

Loading it runs no foreign code: the file is in the format of skops, and holds no type beyond those of skops and of
trusted-types.json. It is slower than an exported model, as each call goes through a table of pandas.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import skops.io  # type: ignore[import-untyped]
from numpy.typing import NDArray

TRUSTED = "trusted-types.json"


class UnansweredError(ValueError):
    """Rows the model itself raises an error for."""


class Original:
    """A model and the columns it was trained on, as the signature describes them."""

    def __init__(self, path: Path, signature: Mapping[str, Any]) -> None:
        self._model = _loaded(path, signature["model_sha256"])
        self._columns: list[dict[str, Any]] = list(signature["columns"])
        self._missing: str = signature["missing_text"]
        self._classes: list[str] = list(signature["classes"])
        self._positive: str | None = signature["positive"]
        self._threshold: float | None = signature["threshold"]

    def run(self, wanted: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """The results named in `wanted`: `values`, or `probabilities` and `label`. Raises UnansweredError."""
        del wanted
        frame, exact = self._frame(inputs)
        try:
            parts = [self._scores(part) for part in _apart(frame, exact)]
        except Exception as error:
            raise UnansweredError(f"{type(error).__name__}: {error}") from error
        scores = np.empty((len(frame), parts[0].shape[1]))
        scores[np.argsort(~exact, kind="stable")] = np.concatenate(parts)
        return [scores, self._labels(scores)] if self._classes else [scores]

    def _frame(self, inputs: Mapping[str, NDArray[Any]]) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
        """The rows as a table, and which of them hold nothing but values of the types training had."""
        numbers, texts = (list(inputs[name].T) if name in inputs else [] for name in ("numbers", "texts"))
        found: dict[str, Any] = {}
        exact = np.ones(len((numbers or texts)[0]), dtype=np.bool_)
        for column in self._columns:
            name, dtype = str(column["name"]), column["dtype"]
            if column["reading"] == "category":
                cells = texts.pop(0)
                found[name] = pd.Series(np.where(cells == self._missing, None, cells), dtype=dtype)
            elif column["reading"] == "date":
                found[name] = _dates(numbers.pop(0), dtype)
            else:
                found[name] = numbers.pop(0)
                exact &= _fits(found[name], dtype)
        return pd.DataFrame(found), exact

    def _scores(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """Probabilities or values for rows that are all of training's types, or for a single row."""
        kept = [(c["name"], c["dtype"]) for c in self._columns if c["reading"] == "number"]
        types = {name: dtype for name, dtype in kept if _fits(rows[name].to_numpy(), dtype).all()}
        with warnings.catch_warnings():
            # An encoder says so each time it meets a category training did not have.
            warnings.simplefilter("ignore", UserWarning)
            if not self._classes:
                return np.asarray(self._model.predict(rows.astype(types)), dtype=np.float64).reshape(-1, 1)
            found = np.asarray(self._model.predict_proba(rows.astype(types)), dtype=np.float64)
        scores = np.zeros((len(rows), len(self._classes)))
        scores[:, [self._classes.index(_name(label)) for label in self._model.classes_.tolist()]] = found
        return scores

    def _labels(self, scores: NDArray[np.float64]) -> NDArray[np.int64]:
        if self._threshold is None or self._positive is None:
            return np.asarray(scores.argmax(axis=1), dtype=np.int64)
        at = self._classes.index(self._positive)
        return np.where(scores[:, at] >= self._threshold, at, 1 - at).astype(np.int64)


def _loaded(path: Path, sha256: str) -> Any:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise RuntimeError(f"{path.name} is not the file that was compared with the original: its sha256 differs")
    trusted = json.loads((path.parent / TRUSTED).read_text("utf-8"))
    strange = sorted(set(skops.io.get_untrusted_types(data=content)) - set(trusted))
    if strange:
        raise RuntimeError(f"{path.name} holds types that {TRUSTED} does not name: {', '.join(strange)}")
    return skops.io.loads(content, trusted=trusted)


def _apart(frame: pd.DataFrame, exact: NDArray[np.bool_]) -> list[pd.DataFrame]:
    """The rows of training's types together, every other row alone, so that no row's answer depends on its neighbours."""
    together = [frame[exact]] if exact.any() else []
    return together + [frame.iloc[at : at + 1] for at in np.flatnonzero(~exact).tolist()]


def _fits(values: NDArray[np.float64], dtype: str) -> NDArray[np.bool_]:
    """Which numbers can be held by the type without change."""
    kind = dtype.lower()
    if kind.startswith("float"):
        return np.ones(len(values), dtype=np.bool_)
    if kind.startswith("bool"):
        fits: NDArray[np.bool_] = (values == 0) | (values == 1)
    else:
        limits = np.iinfo(kind)
        fits = (values == np.floor(values)) & (values >= limits.min) & (values <= min(limits.max, 2**53))
    # Types written with a capital letter hold missing values.
    return fits | np.isnan(values) if dtype[0].isupper() or dtype == "boolean" else fits


def _dates(seconds: NDArray[np.float64], dtype: Any) -> Any:
    """Whole microseconds since 1970 as the type of training, which names a zone after a comma or has none."""
    known = np.isfinite(seconds)
    whole = np.where(known, np.round(np.where(known, seconds, 0) * 1e6), 0).astype("datetime64[us]")
    whole[~known] = np.datetime64("NaT")
    moments = pd.Series(whole)
    return moments.dt.tz_localize("UTC").astype(dtype) if "," in dtype else moments.astype(dtype)


def _name(label: Any) -> str:
    """A class as the signature names it: whole numbers without a point."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)
