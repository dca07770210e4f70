"""sw-ml: the tools' operations for terminals and CI.

Exit codes: 0 done, 1 a check or criterion failed, 2 an error with its cure, 130 interrupted (finished work is kept).
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from specweave import __version__
from specweave.errors import SpecweaveError
from specweave.patience import sleep_while_waiting
from specweave.terminal import as_commands, bar

Command = Callable[..., Any]


def told(command: Command) -> Command:
    """Errors for the user become one message on standard error and exit code 2."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except SpecweaveError as error:
            click.echo(f"sw-ml: {as_commands(str(error))}", err=True)
            sys.exit(2)
        except KeyboardInterrupt:
            click.echo("\nsw-ml: interrupted; finished work is kept", err=True)
            sys.exit(130)

    return wrapped


def tell(text: str) -> None:
    """Print an answer with the calls in it written as commands."""
    click.echo(as_commands(text))


def perform(tool: str, /, project: str | None = None, **arguments: Any) -> str:
    """One tool's work with a progress bar on standard error."""
    from specweave.tools.calls import perform as work

    given = {name: value for name, value in arguments.items() if value not in (None, ())}
    with bar() as progress:
        return work(tool, given, root=project, progress=progress)


def project_option(command: Command) -> Command:
    return click.option(
        "--project", type=click.Path(file_okay=False), help="Project folder (default: the working directory)."
    )(command)


def reading_options(command: Command) -> Command:
    """How a table is to be read, where detection is wrong."""
    for name, kind, text in reversed(
        [
            ("delimiter", str, "Column separator."),
            ("encoding", str, "Text encoding."),
            ("header-row", int, "0-based line of the column names."),
            ("decimal", str, "Decimal sign."),
            ("thousands", str, "Thousands separator."),
            ("sheet", str, "Workbook sheet or database table."),
        ]
    ):
        command = click.option(f"--{name}", type=kind, help=text)(command)
    return click.option("--missing", "missing_marks", multiple=True, help="Text that means missing; may be repeated.")(
        command
    )


def _located(data: str | None) -> str | None:
    """A path as typed in this directory, made independent of where the project is; URLs stay."""
    return str(Path(data).resolve()) if data and Path(data).exists() else data


def _reading(options: dict[str, Any]) -> dict[str, Any] | None:
    names = ("delimiter", "encoding", "header_row", "decimal", "thousands", "sheet", "missing_marks")
    found = {name: options.pop(name) for name in names}
    given = {name: list(v) if isinstance(v, tuple) else v for name, v in found.items() if v not in (None, ())}
    return given or None


def _criteria_met(project: str | None, increment: str) -> bool:
    """Whether the evaluation on disk meets every success criterion of the spec."""
    from specweave.workspace import Workspace, read_json

    folder = Workspace.find(project).increment(increment)
    return all(criterion["met"] for criterion in read_json(folder.reports / "evaluation.json")["criteria"])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sw-ml")
def main() -> None:
    """Machine learning that cannot fool you: sealed test sets, mandatory baselines, evidence for every number."""
    sleep_while_waiting()


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

    options.update(reading=_reading(options), data=_located(options["data"]))
    with bar() as progress:
        folder, text = work(request, project=project, progress=progress, say=tell, **options)
    tell(text)
    sys.exit(0 if _criteria_met(project, folder) else 1)


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
    options.update(reading=_reading(options), data=_located(options["data"]))
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
    options.update(reading=_reading(options), data=_located(data))
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


@main.command()
@click.argument("increment")
@click.option("--experiment", help="The best by cross-validation when absent.")
@click.option("--purpose", help="Why this look at the sealed test set is taken.")
@click.option("--predictions", help="Judge this csv or parquet file of another model instead (columns truth, score).")
@project_option
@told
def evaluate(increment: str, project: str | None, **options: Any) -> None:
    """Evaluate on the sealed test set; each call is one counted look. Exit code 1 when a criterion is missed."""
    options.update(predictions=_located(options["predictions"]), allow_outside=bool(options["predictions"]) or None)
    tell(perform("evaluate_model", project, increment=increment, **options))
    if options["predictions"]:
        return
    sys.exit(0 if _criteria_met(project, increment) else 1)


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


@main.command(name="next")
@click.argument("increment", required=False)
@project_option
@told
def next_(increment: str | None, project: str | None) -> None:
    """Say where an increment stands and what to do next."""
    tell(perform("next_step", project, increment=increment))


@main.command()
@click.argument("increment")
@project_option
@told
def check(increment: str, project: str | None) -> None:
    """Run all checks; exit code 1 when one fails."""
    from specweave.tools.calls import Call, checked, guarded
    from specweave.tools.operations.increments import validated

    _, arguments = checked("validate_increment", {"increment": increment})
    failed, text = guarded(validated, Call(arguments, project))
    tell(text)
    sys.exit(1 if failed else 0)


@main.command()
@click.argument("increment")
@click.option("--override-reason", help="A person's reason to complete although checks fail; recorded.")
@project_option
@told
def done(increment: str, project: str | None, override_reason: str | None) -> None:
    """Complete an increment; refused while a check fails."""
    tell(perform("complete_increment", project, increment=increment, override_reason=override_reason))


@main.command()
@click.argument("action", type=click.Choice(["wait", "status", "cancel", "resume", "list"]), default="list")
@click.argument("job", default="latest")
@project_option
@told
def job(action: str, job: str, project: str | None) -> None:
    """Wait for, look at, cancel, resume or list jobs."""
    tell(perform("job", project, action=action, job=job))


if __name__ == "__main__":
    main()
