"""evaluate_model."""

from __future__ import annotations

from specweave import evaluation, increments
from specweave.tools.answers import bounded, paths
from specweave.tools.calls import Call


def evaluate_model(call: Call) -> str:
    """Judge one experiment on the sealed test set: one counted look."""
    given = call.arguments
    folder = call.workspace.increment(given.increment)
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
        [result.verdict, *result.reasons, f"Next: {increments.next_step(folder)}", *paths(call.workspace, written)]
    )
