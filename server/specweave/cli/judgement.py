"""What the models are worth."""

from __future__ import annotations

import sys
from typing import Any

import click

from specweave.cli.options import criteria_met, located, perform, project_option, tell, told
from specweave.cli.program import main
from specweave.terminal import bar


@main.command()
@click.argument("increment")
@click.option("--experiment", help="The best by cross-validation when absent.")
@click.option("--purpose", help="Why this look at the sealed test set is taken.")
@click.option("--predictions", help="Judge this csv or parquet file of another model instead (columns truth, score).")
@project_option
@told
def evaluate(increment: str, project: str | None, **options: Any) -> None:
    """Evaluate on the sealed test set; each call is one counted look. Exit code 1 when a criterion is missed."""
    options.update(predictions=located(options["predictions"]), allow_outside=bool(options["predictions"]) or None)
    tell(perform("evaluate_model", project, increment=increment, **options))
    if options["predictions"]:
        return
    sys.exit(0 if criteria_met(project, increment) else 1)


@main.command()
@click.argument("increment")
@click.argument("experiments", nargs=-1)
@click.option("--metric", help="Metric to compare by (default: the increment's).")
@project_option
@told
def compare(increment: str, experiments: tuple[str, ...], project: str | None, metric: str | None) -> None:
    """Compare experiments (all, or those named) with the best baseline and the best so far."""
    chosen = list(experiments) or None
    tell(perform("compare_experiments", project, increment=increment, experiments=chosen, metric=metric))


@main.command()
@click.argument("increment")
@click.argument("experiment")
@click.option("--exact-env", is_flag=True, help="Rebuild the recorded Python and packages with uv.")
@click.option("--python", help="Interpreter for a script or notebook.")
@project_option
@told
def reproduce(increment: str, experiment: str, project: str | None, *, exact_env: bool, python: str | None) -> None:
    """Run an experiment again and say what is equal, what differs and why; exit code 1 when not reproduced."""
    from specweave.tools.operations.reproduction import reproduce_here

    with bar() as progress:
        text, reproduced = reproduce_here(
            increment, experiment, exact_env=exact_env, python=python, project=project, progress=progress
        )
    tell(text)
    sys.exit(0 if reproduced else 1)
