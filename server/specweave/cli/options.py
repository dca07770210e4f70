"""What the commands share: how errors and answers are printed, and repeated options."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from specweave.errors import SpecweaveError
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


def located(data: str | None) -> str | None:
    """A path as typed in this directory, made independent of where the project is; URLs stay."""
    return str(Path(data).resolve()) if data and Path(data).exists() else data


def reading_of(options: dict[str, Any]) -> dict[str, Any] | None:
    names = ("delimiter", "encoding", "header_row", "decimal", "thousands", "sheet", "missing_marks")
    found = {name: options.pop(name) for name in names}
    given = {name: list(v) if isinstance(v, tuple) else v for name, v in found.items() if v not in (None, ())}
    return given or None


def criteria_met(project: str | None, increment: str) -> bool:
    """Whether the evaluation on disk meets every success criterion of the spec."""
    from specweave.workspace import Workspace, read_json

    folder = Workspace.find(project).increment(increment)
    return all(criterion["met"] for criterion in read_json(folder.reports / "evaluation.json")["criteria"])
