"""evaluate_model."""

from __future__ import annotations

from specweave import evaluation, increments
from specweave.tools.answers import bounded
from specweave.tools.calls import Call


def evaluate_model(call: Call) -> str:
    """Judge one experiment on the sealed test set: one counted look."""
    given = call.arguments
    folder = call.workspace.increment(given.increment)
    problem = increments.read_problem(folder)
    result = evaluation.evaluate(
        folder,
        problem,
        experiment=given.experiment,
        who="evaluate_model",
        purpose=given.purpose,
        progress=call.progress,
    )
    increments.mark_done(folder, "evaluation")
    return bounded([str(result)])
