"""Two records of one experiment beside each other: params, metrics, files, and predictions row by row."""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from specweave.errors import SpecweaveError
from specweave.experiments.record import read_record
from specweave.metrics import Predictions
from specweave.reproduction.result import Item, Outcome, PredictionAgreement

PREDICTIONS = "predictions.parquet"
OUTPUT = "artifacts/output.txt"
# How long something took is never the same twice.
_DURATION = re.compile(
    r"(?:^|_)(?:s|sec|secs|seconds|ms|time|times|duration|latency|elapsed|walltime)(?:_|$)", re.IGNORECASE
)
_EXAMPLES = 10
_FOLDERS = ("tables", "artifacts")


@dataclass(frozen=True)
class Agreement:
    """What was compared; `passed_over` names what is not judged."""

    items: tuple[Item, ...]
    predictions: PredictionAgreement | None
    passed_over: tuple[str, ...]

    @property
    def outcome(self) -> Outcome | None:
        """The worst of all; None when there was nothing to compare."""
        found = {item.outcome for item in self.items if item.what != "param"}
        if self.predictions is not None:
            found.add(self.predictions.outcome)
        found |= {item.outcome for item in self.items if item.what == "param" and item.outcome == "differs"}
        for outcome in ("differs", "within tolerance", "equal"):
            if outcome in found:
                return outcome
        return None


def agreement(recorded: Path, now: Path, tolerance: float) -> Agreement:
    """The record in one folder beside the record in another."""
    old, new = read_record(recorded), read_record(now)
    items = [*_params(old.params, new.params), *_metrics(old.metrics, new.metrics, tolerance)]
    items += _threshold(old.metadata, new.metadata, tolerance)
    items += _files(recorded, now, tolerance)
    predictions = compared_predictions(recorded / PREDICTIONS, now / PREDICTIONS, tolerance)
    judged = [item for item in items if item.what != "param"]
    if not judged and predictions is None:
        items += _output(recorded, now)
    timed = sorted(name for name in old.metrics if _DURATION.search(name))
    return Agreement(tuple(items), predictions, tuple(timed))


def outcome_of(recorded: float | None, now: float | None, tolerance: float) -> Outcome:
    """Two numbers: equal to the last bit, within the tolerance (absolute near zero, relative beyond 1), or not."""
    if recorded == now:
        return "equal"
    if recorded is None or now is None:
        return "differs"
    close = math.isclose(recorded, now, rel_tol=tolerance, abs_tol=tolerance)
    return "within tolerance" if close else "differs"


def compared_predictions(recorded: Path, now: Path, tolerance: float) -> PredictionAgreement | None:
    """Row by row; None where the record holds no predictions."""
    if not recorded.is_file():
        return None
    try:
        old = Predictions.load(recorded)
    except SpecweaveError as error:
        return _no_rows(0, tolerance, f"the recorded predictions cannot be read: {error.what}")
    try:
        new = Predictions.load(now)
    except SpecweaveError:
        return _no_rows(len(old), tolerance, "the new run stored no predictions")
    aligned = _aligned(old, new)
    if isinstance(aligned, str):
        return _no_rows(len(old), tolerance, aligned)
    return _by_row(old, aligned, tolerance)


def _no_rows(n: int, tolerance: float, problem: str) -> PredictionAgreement:
    return PredictionAgreement(
        n=n, equal=0, within=0, differing=n, labels_changed=0, largest=None, tolerance=tolerance, problem=problem
    )


def _aligned(old: Predictions, new: Predictions) -> Predictions | str:
    if old.task != new.task or old.classes != new.classes:
        return "the new run solves another problem: its task or classes differ"
    if old.rows is None or new.rows is None:
        return new if len(old) == len(new) else f"{len(old):,} rows were recorded, the new run predicted {len(new):,}"
    if not np.array_equal(np.sort(old.rows), np.sort(new.rows)):
        missing = len(np.setdiff1d(old.rows, new.rows))
        return f"the new run predicted other rows: {missing:,} of {len(old):,} recorded ones are missing"
    order = np.argsort(new.rows, kind="stable")
    return new.take(order[np.searchsorted(new.rows[order], old.rows)])


def _by_row(old: Predictions, new: Predictions, tolerance: float) -> PredictionAgreement:
    numeric = old.task == "regression"
    changed = np.zeros(len(old), dtype=bool) if numeric else old.labels != new.labels
    gaps = _gaps(old, new)
    # Values are measured on their own scale, probabilities are their own scale.
    scale = max(float(np.std(old.truth)), 1e-300) if numeric else 1.0
    same = (gaps == 0) & ~changed & (old.truth == new.truth)
    near = (gaps <= tolerance * scale) & ~changed & (old.truth == new.truth) & ~same
    differing = np.flatnonzero(~same & ~near)
    return PredictionAgreement(
        n=len(old),
        equal=int(same.sum()),
        within=int(near.sum()),
        differing=len(differing),
        labels_changed=int(changed.sum()),
        largest=float(gaps.max()) if len(gaps) else None,
        tolerance=tolerance,
        examples=tuple(_example(old, new, int(at)) for at in differing[:_EXAMPLES]),
    )


def _gaps(old: Predictions, new: Predictions) -> Any:
    if old.task == "regression":
        return np.abs(old.labels.astype(float) - new.labels.astype(float))
    if old.scores is None or new.scores is None:
        return np.zeros(len(old))
    return np.abs(old.scores - new.scores).max(axis=1) if old.scores.size else np.zeros(len(old))


def _example(old: Predictions, new: Predictions, at: int) -> dict[str, Any]:
    row = at if old.rows is None else int(old.rows[at])
    return {"row": row, "recorded": _said(old, at), "now": _said(new, at)}


def _said(predictions: Predictions, at: int) -> Any:
    if predictions.task == "regression":
        return float(predictions.labels[at])
    if predictions.positive_scores is not None:
        return float(predictions.positive_scores[at])
    if predictions.scores is not None:
        return float(predictions.scores[at].max())
    return str(predictions.labels[at])


def _params(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Item]:
    for name in dict.fromkeys([*old, *new]):
        same = old.get(name) == new.get(name) and (name in old) == (name in new)
        yield Item(
            what="param",
            name=name,
            recorded=old.get(name),
            now=new.get(name),
            outcome="equal" if same else "differs",
        )


def _metrics(old: dict[str, float | None], new: dict[str, float | None], tolerance: float) -> Iterator[Item]:
    for name, value in old.items():
        if not _DURATION.search(name):
            now = new.get(name)
            outcome = outcome_of(value, now, tolerance) if name in new else "differs"
            yield Item(what="metric", name=name, recorded=value, now=now, outcome=outcome)


def _threshold(old: dict[str, Any], new: dict[str, Any], tolerance: float) -> Iterator[Item]:
    recorded = (old.get("model") or {}).get("threshold")
    if isinstance(recorded, int | float):
        now = (new.get("model") or {}).get("threshold")
        yield Item(
            what="threshold",
            name="threshold",
            recorded=recorded,
            now=now,
            outcome=outcome_of(recorded, now, tolerance),
        )


def _files(recorded: Path, now: Path, tolerance: float) -> Iterator[Item]:
    """Logged tables and artifacts: equal bytes, or for a table equal cells."""
    for folder in _FOLDERS:
        for path in sorted((recorded / folder).rglob("*")):
            name = path.relative_to(recorded).as_posix()
            tabled = path.suffix == ".md" and path.with_suffix(".csv").is_file()
            if path.is_file() and name != OUTPUT and not tabled:
                yield _file(name, path, now / name, tolerance)


def _file(name: str, old: Path, new: Path, tolerance: float) -> Item:
    if not new.is_file():
        return Item(what="file", name=name, recorded=_digest(old), now=None, outcome="differs")
    outcome: Outcome = "equal" if old.read_bytes() == new.read_bytes() else "differs"
    if outcome == "differs" and old.suffix == ".csv":
        outcome = _cells(old, new, tolerance)
    return Item(what="file", name=name, recorded=_digest(old), now=_digest(new), outcome=outcome)


def _cells(old: Path, new: Path, tolerance: float) -> Outcome:
    with old.open(encoding="utf-8", newline="") as a, new.open(encoding="utf-8", newline="") as b:
        ours, theirs = list(csv.reader(a)), list(csv.reader(b))
    if [len(row) for row in ours] != [len(row) for row in theirs]:
        return "differs"
    pairs = (pair for row, other in zip(ours, theirs, strict=True) for pair in zip(row, other, strict=True))
    return "within tolerance" if all(_cell(a, b, tolerance) for a, b in pairs) else "differs"


def _cell(a: str, b: str, tolerance: float) -> bool:
    try:
        return a == b or outcome_of(float(a), float(b), tolerance) != "differs"
    except ValueError:
        return False


def _output(recorded: Path, now: Path) -> Iterator[Item]:
    """What the run printed: all there is of code that records nothing."""
    old, new = recorded / OUTPUT, now / OUTPUT
    if old.is_file() and old.stat().st_size:
        same = new.is_file() and old.read_bytes() == new.read_bytes()
        now_is = _digest(new) if new.is_file() else None
        yield Item(
            what="output", name=OUTPUT, recorded=_digest(old), now=now_is, outcome="equal" if same else "differs"
        )


def _digest(path: Path) -> str:
    return "sha256 " + hashlib.sha256(path.read_bytes()).hexdigest()[:12]
