"""evaluate_model."""

from __future__ import annotations

from pathlib import Path

from specweave import evaluation, increments
from specweave.errors import ProblemError
from specweave.metrics import Predictions
from specweave.tools.answers import bounded, paths
from specweave.tools.calls import Call
from specweave.workspace import IncrementFolder

MOST_FINDINGS = 6


def evaluate_model(call: Call) -> str:
    """Judge one experiment on the sealed test set: one counted look."""
    given = call.arguments
    folder = call.workspace.increment(given.increment)
    if given.predictions:
        return _judge_file(call, folder)
    result = evaluation.evaluate(
        folder,
        increments.read_problem(folder),
        experiment=given.experiment,
        who="evaluate_model",
        purpose=given.purpose,
        progress=call.progress,
    )
    increments.mark_done(folder, "evaluation")
    written = [folder.path / name for name in result.documents]
    return bounded(
        [
            result.verdict,
            *result.reasons,
            *_standing_out(result),
            f"Next: {increments.next_step(folder)}",
            *paths(call.workspace, written),
        ]
    )


def _judge_file(call: Call, folder: IncrementFolder) -> str:
    """Predictions made elsewhere: no look, and nothing of the increment's own evaluation is written over."""
    from specweave.evaluation.model_evaluator import ModelEvaluator

    given = call.arguments
    if given.experiment:
        raise ProblemError(
            "An experiment or a file of predictions is judged, not both",
            value=f"{given.experiment} and {given.predictions}",
            next_step="leave one of them out",
        )
    path = call.workspace.resolve_input(given.predictions, allow_outside=given.allow_outside)
    evaluator = ModelEvaluator.from_predictions(path, folder.id, project=call.workspace.root)
    result = evaluator.evaluate_all(compare_with=_evaluated(folder, evaluator.predictions))
    written = [folder.path / name for name in result.documents]
    cautions = [f"Caution: {one}" for one in result.cautions]
    return bounded([result.verdict, *result.reasons, *cautions, *paths(call.workspace, written)])


def _evaluated(folder: IncrementFolder, predictions: Predictions) -> Path | None:
    """The increment's own evaluation, when it was made on the rows the file is about."""
    from specweave.evaluation.other_models import predictions_at

    own = folder.reports / "evaluation.json"
    if predictions.rows is None or not own.is_file():
        return None
    rows = predictions_at(own, predictions).rows
    same = rows is not None and sorted(rows.tolist()) == sorted(predictions.rows.tolist())
    return own if same else None


def _standing_out(result: evaluation.Evaluation) -> list[str]:
    """The gravest findings of the closer look; the report holds the rest."""
    found = result.diagnosis.findings if result.diagnosis else ()
    more = len(found) - MOST_FINDINGS
    return [*found[:MOST_FINDINGS], *([f"{more} more findings in the report."] if more > 0 else [])]
