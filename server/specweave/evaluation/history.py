"""Earlier evaluations: kept as facts, and the previous one compared with on the same sealed rows."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from specweave.data.seal import is_sealed, read_seal
from specweave.errors import DataError, SpecweaveError
from specweave.evaluation.result import Evaluation, PreviousLook
from specweave.metrics import Predictions, behaviour, compare
from specweave.workspace import IncrementFolder, read_json, write_json

FOLDER = "evaluations"


def keep(folder: IncrementFolder, found: Evaluation) -> Path | None:
    """Write the facts of a look to reports/evaluations/look-N.json, which no later look writes over."""
    if found.look is None:
        return None
    return write_json(_file(folder, found.look), found.model_dump(mode="json"))


def previous_look(
    folder: IncrementFolder, look: int, mine: Predictions, metric: str, groups: Any
) -> PreviousLook | None:
    """The last look before this one that can be read, and whether the present model is better on the same rows.

    None at the first look. A look whose predictions are gone or were changed says so in `note`.
    """
    for number in range(look - 1, 0, -1):
        facts = read_json(_file(folder, number), default=None)
        if not isinstance(facts, dict):
            continue
        try:
            earlier = Evaluation.model_validate(facts)
        except ValueError:
            continue  # written by another version
        if changed := _other_conditions(folder, earlier, metric):
            return PreviousLook(look=number, experiment=earlier.experiment, note=changed)
        try:
            comparison = compare(metric, mine, _predictions(folder, earlier), groups=groups)
        except SpecweaveError as error:
            return PreviousLook(look=number, experiment=earlier.experiment, note=error.what)
        return PreviousLook(look=number, experiment=earlier.experiment, comparison=comparison)
    return None


def _other_conditions(folder: IncrementFolder, earlier: Evaluation, metric: str) -> str | None:
    """Why the two looks cannot be compared: another split, or a metric that means something else now."""
    if earlier.data is not None and is_sealed(folder) and earlier.data.seal != read_seal(folder).id:
        return "it was made under another split than the one sealed now, so the two are not compared"
    known = (earlier.evaluator or {}).get("behaviour", {}).get(metric)
    if known is not None and known != behaviour(metric):
        return (
            f"its {metric} was measured by another definition of the metric than today's, so the two are not compared"
        )
    return None


def _file(folder: IncrementFolder, look: int) -> Path:
    return folder.reports / FOLDER / f"look-{look}.json"


def _predictions(folder: IncrementFolder, earlier: Evaluation) -> Predictions:
    stored = earlier.predictions
    path = folder.path / stored.file if stored else None
    if stored is None or path is None or not path.is_file():
        raise DataError("its predictions are gone")
    if hashlib.sha256(path.read_bytes()).hexdigest() != stored.sha256:
        raise DataError("its predictions were changed since")
    return Predictions.load(path)
