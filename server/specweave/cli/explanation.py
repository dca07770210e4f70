"""Why the models answer as they do."""

from __future__ import annotations

import click

from specweave.cli.options import project_option, tell, told
from specweave.cli.program import main
from specweave.terminal import bar


@main.command()
@click.argument("increment")
@click.argument("experiment", required=False)
@click.option(
    "--row",
    "rows",
    multiple=True,
    help='A row number, "column=value", mistakes, borderline or typical; may be repeated.',
)
@click.option(
    "--allow-change",
    multiple=True,
    help='Column counterfactuals may change, such as "income" or "income up"; may be repeated.',
)
@project_option
@told
def explain(
    increment: str, experiment: str | None, project: str | None, rows: tuple[str, ...], allow_change: tuple[str, ...]
) -> None:
    """Explain the best (or named) model and single rows; the sealed test set stays closed."""
    from specweave.tools.operations.explanation import explain as work
    from specweave.workspace import Workspace

    with bar() as progress:
        found = work(
            Workspace.find(project),
            progress=progress,
            increment=increment,
            experiment=experiment,
            rows=list(rows),
            allow_change=list(allow_change),
        )
    tell(found["text"])
