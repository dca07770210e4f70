"""ML002: there is something to be better than."""

from __future__ import annotations

from specweave.checks.base import Severity, Verdict, failed, not_applicable, passed
from specweave.checks.records import baselines, candidates, run_experiment, within
from specweave.errors import listing
from specweave.experiments import list_experiments, witnessed
from specweave.workspace import IncrementFolder


class BaselinePresent:
    """At least one finished baseline with metrics stands beside the candidates, and none that was trained is gone."""

    code = "ML002"
    title = "A baseline is present"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        gone = [line for line in witnessed.deleted(folder, list_experiments(folder)) if line.get("kind") == "baseline"]
        if gone:
            names = listing(f"{line[witnessed.KEY]} ({line.get('name')})" for line in gone)
            return failed(
                f"A baseline was deleted: {names}. Being better than those that are left proves nothing.",
                "experiments",
                remedy=run_experiment(folder, "Restore it from version control, or train the baselines again"),
            )
        measured = [record for record in baselines(folder) if record.metrics]
        if measured:
            names = listing(record.name for record in measured)
            return passed(f"Baselines: {names}.", *(within(folder, record.path) for record in measured))
        tried = candidates(folder)
        if not tried:
            return not_applicable("no model has been trained yet", remedy=run_experiment(folder))
        return failed(
            f"{len(tried)} models were tried and no baseline: nothing shows that they are better than a simple rule.",
            *(within(folder, record.path) for record in tried),
            remedy=run_experiment(folder, "Train the baselines"),
        )
