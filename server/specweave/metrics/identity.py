"""Which code measured a number: version, hash of its source, and what each metric gives on rows that never change.

Two runs are measured alike when their metrics *behave* alike. The hash of the source changes with a comment; the
behaviour changes only when numbers do, and that is what a comparison has to refuse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from specweave.metrics.estimation import score
from specweave.metrics.predictions import Predictions
from specweave.metrics.registry import get_metric
from specweave.metrics.undefined import UndefinedMetric
from specweave.problem import Task

_ROWS = 97
_DIGITS = 10


def evaluator(metric_names: Iterable[str]) -> dict[str, Any]:
    """What a record keeps of the code that measured it: `version`, `source_sha256` and `behaviour` by metric."""
    from specweave import __version__

    return {
        "version": __version__,
        "source_sha256": source_sha256(),
        "behaviour": {name: behaviour(name) for name in dict.fromkeys(metric_names)},
    }


@cache
def source_sha256() -> str:
    """SHA-256 over the names and contents of the modules that work out metrics."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def behaviour(metric_name: str) -> str:
    """Twelve hex digits for what the metric gives on made-up rows of each task it applies to, and its direction.

    Values are taken to ten significant digits, so that the order of a sum on another machine does not matter.
    """
    metric = get_metric(metric_name)
    said = [f"{metric.greater_is_better}"]
    for task in metric.tasks:
        try:
            said.append(f"{task} {score(metric_name, _rows(task)):.{_DIGITS - 1}e}")
        except UndefinedMetric as error:
            said.append(f"{task} {error.reason}")
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]


@cache
def _rows(task: Task) -> Predictions:
    """Rows by plain arithmetic: no generator whose stream another version of a library may change."""
    place = np.arange(_ROWS)
    wave, other = np.sin(place * 1.7), np.cos(place * 0.9)
    if task == "regression":
        truth = 10 + 3 * wave + other
        return Predictions(task, truth, truth + 0.7 * np.sin(place * 2.3))
    classes = ("a", "b") if task == "binary" else ("a", "b", "c")
    weights = np.exp(np.column_stack([wave + 0.3 * j * other for j in range(len(classes))]))
    scores = weights / weights.sum(axis=1, keepdims=True)
    truth = np.array(classes)[(place * 7 + place // 5) % len(classes)]
    said = np.array(classes)[scores.argmax(axis=1)]
    return Predictions(task, truth, said, scores=scores, classes=classes, positive="b" if task == "binary" else None)
