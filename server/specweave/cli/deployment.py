"""Putting a model into service, and loading a service."""

from __future__ import annotations

import sys
from typing import Any

import click

from specweave.cli.options import project_option, tell, told
from specweave.cli.program import main
from specweave.terminal import bar


@main.command()
@click.argument("increment")
@click.option("--experiment", help="The best by cross-validation when absent.")
@click.option("--challenger", help="A second experiment behind the same API, for an A/B test.")
@click.option(
    "--share", type=click.FloatRange(0, 1), default=0.1, show_default=True, help="Of units the challenger answers."
)
@click.option("--mode", type=click.Choice(["ab", "canary", "shadow"]), default="ab", show_default=True)
@click.option(
    "--target-rps",
    type=click.FloatRange(0, 5000, min_open=True),
    help="Requests a second to hold (default: spec.md's, else 100).",
)
@click.option(
    "--duration", type=click.FloatRange(1, 120), default=10.0, show_default=True, help="Seconds at that rate."
)
@project_option
@told
def deploy(
    increment: str, project: str | None, challenger: str | None, share: float, mode: Any, **options: Any
) -> None:
    """Write, run and measure the service of a model; exit code 2 with the reason when it is not ready."""
    from specweave.deployment.challenging import Challenger
    from specweave.tools.operations.deployment import deployed
    from specweave.workspace import Workspace

    workspace = Workspace.find(project)
    with bar() as progress:
        other = Challenger(challenger, share, mode) if challenger else None
        text, _ = deployed(workspace, increment, challenger=other, progress=progress, **options)
    tell(text)


@main.command(name="load-test")
@click.argument("increment")
@click.option("--url", help="A running service (default: the deployed one is started).")
@click.option(
    "--target-rps",
    type=click.FloatRange(0, 5000, min_open=True),
    default=100.0,
    show_default=True,
    help="Requests a second.",
)
@click.option(
    "--duration", type=click.FloatRange(1, 600), default=10.0, show_default=True, help="Seconds at that rate."
)
@click.option("--allow-host", multiple=True, help="A host other than this machine that may be loaded; may be repeated.")
@click.option("--api-key", envvar="SW_ML_API_KEY", help="Key of the service (or the variable SW_ML_API_KEY).")
@project_option
@told
def load_test(increment: str, project: str | None, **options: Any) -> None:
    """Load a service at a constant rate; exit code 1 when p95 or errors miss their limit."""
    from specweave.tools.operations.deployment import loaded
    from specweave.workspace import Workspace

    workspace = Workspace.find(project)
    with bar() as progress:
        text, found = loaded(workspace, increment, progress=progress, **options)
    tell(text)
    sys.exit(0 if found.met else 1)
