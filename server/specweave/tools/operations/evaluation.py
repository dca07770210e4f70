"""evaluate_model."""

from __future__ import annotations

from specweave import evaluation, increments
from specweave.tools.answers import bounded, paths
from specweave.tools.calls import Call


MOST_FINDINGS = 6


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
        [result.verdict, *result.reasons, *_standing_out(result), f"Next: {increments.next_step(folder)}", *paths(call.workspace, written)]
    )


def _standing_out(result: evaluation.Evaluation) -> list[str]:
    """The gravest findings of the closer look; the report holds the rest."""
    found = result.diagnosis.findings if result.diagnosis else ()
    more = len(found) - MOST_FINDINGS
    return [*found[:MOST_FINDINGS], *([f"{more} more findings in the report."] if more > 0 else [])]
