"""From a table to trained models."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from specweave.cli.options import (
    criteria_met,
    located,
    perform,
    project_option,
    reading_of,
    reading_options,
    tell,
    told,
)
from specweave.cli.program import main
from specweave.terminal import bar


@main.command()
@project_option
@told
def init(project: str | None) -> None:
    """Make the working directory a workspace (.specweave/)."""
    from specweave.workspace import Workspace

    found = Workspace.find_or_create(project).root
    here = Path(project or ".").resolve()
    tell(f"Workspace: {found}" + ("" if found == here else f" (it holds {here}, so no other was made)"))


@main.command()
@click.argument("request")
@click.option("--data", required=True, help="Table file or database URL.")
@click.option("--target", help="Column to predict.")
@click.option("--metric", help="Metric to choose models by.")
@click.option(
    "--success", multiple=True, help='Criterion on the sealed test set, such as "precision >= 0.99"; may be repeated.'
)
@click.option("--exclude", multiple=True, help="Column no model may use; may be repeated.")
@click.option("--positive-label", help="Class of interest when there are two.")
@click.option(
    "--split", type=click.Choice(["auto", "random", "stratified", "group", "time"]), default="auto", show_default=True
)
@click.option("--group", help="Column whose equal values stay on one side of the split.")
@click.option("--time", help="Column that orders the rows in time.")
@click.option("--query", help="SQL, when the data are a database.")
@click.option(
    "--candidate", "candidates", multiple=True, help="Model family to try; may be repeated (default: all that apply)."
)
@reading_options
@project_option
@told
def build(request: str, project: str | None, **options: Any) -> None:
    """From a table to an evaluated model. The same command again continues where it was interrupted."""
    from specweave.tools.build import build as work

    options.update(reading=reading_of(options), data=located(options["data"]))
    with bar() as progress:
        folder, text = work(request, project=project, progress=progress, say=tell, **options)
    tell(text)
    sys.exit(0 if criteria_met(project, folder) else 1)


@main.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False),
    default="sw-ml-demo",
    show_default=True,
    help="Where the demo project goes.",
)
@told
def demo(folder: str) -> None:
    """Run the main job on a bundled sample: 6,000 people of the 1994 US census, does income exceed 50,000 dollars."""
    from specweave.tools.build import demo as work

    with bar() as progress:
        tell(work(folder, progress=progress, say=tell))


@main.command()
@click.argument("request")
@click.option("--data", help="Table file or database URL.")
@click.option("--target", help="Column to predict.")
@click.option("--title", help="Name of the increment.")
@reading_options
@project_option
@told
def create(request: str, project: str | None, **options: Any) -> None:
    """Create an increment: spec, plan, tasks."""
    options.update(reading=reading_of(options), data=located(options["data"]))
    tell(perform("create_increment", project, request=request, allow_outside=True, **options))


@main.command()
@click.argument("data", required=False)
@click.option("--increment", help="Profile this increment's data and update its plan.")
@click.option("--target", help="Column to predict.")
@click.option("--query", help="SQL, when the data are a database.")
@reading_options
@project_option
@told
def profile(data: str | None, project: str | None, **options: Any) -> None:
    """Profile a table: types, missing values, outliers, duplicates, suspected leaks."""
    options.update(reading=reading_of(options), data=located(data))
    tell(perform("profile_data", project, allow_outside=True, **options))


@main.command()
@click.argument("increment")
@click.argument("arguments", nargs=-1)
@click.option("--candidate", "candidates", multiple=True, help="Model family to try; may be repeated.")
@click.option("--script", help="Run this script as a recorded experiment.")
@click.option("--notebook", help="Run this notebook as a recorded experiment.")
@click.option("--python", help="Interpreter for the script or notebook.")
@project_option
@told
def run(increment: str, project: str | None, **options: Any) -> None:
    """Train baselines and candidates, or run your own script or notebook (its ARGUMENTS after --)."""
    from specweave.tools.build import run as work

    options = {k: list(v) if isinstance(v, tuple) else v for k, v in options.items() if v not in (None, ())}
    with bar() as progress:
        tell(work(increment, project=project, progress=progress, say=tell, allow_outside=True, **options))
