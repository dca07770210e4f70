"""Where an increment stands, its checks and its jobs."""

from __future__ import annotations

import sys

import click

from specweave.cli.options import perform, project_option, tell, told
from specweave.cli.program import main


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
