"""Where an increment stands, its checks and its jobs."""

from __future__ import annotations

import json as as_json
import sys
from typing import TYPE_CHECKING, Any

import click

from specweave.cli.options import perform, project_option, tell, told
from specweave.cli.program import main

if TYPE_CHECKING:
    from specweave.checks import CheckResult
    from specweave.workspace import IncrementFolder


@main.command(name="next")
@click.argument("increment", required=False)
@project_option
@told
def next_(increment: str | None, project: str | None) -> None:
    """Say where an increment stands and what to do next."""
    tell(perform("next_step", project, increment=increment))


@main.command()
@click.argument("increment", required=False)
@click.option("--all", "everything", is_flag=True, help="Every increment that is active, in review or completed.")
@click.option("--json", "as_json_", is_flag=True, help="The results as one JSON object on standard output.")
@click.option("--no-report", is_flag=True, help="Write nothing; for hooks, which must not change files.")
@project_option
@told
def check(increment: str | None, project: str | None, *, everything: bool, as_json_: bool, no_report: bool) -> None:
    """Run all checks; exit code 1 when one fails."""
    from specweave.checks import any_failed, run_checks, write_validation_report

    results = {}
    for folder in _chosen(increment, project, everything=everything):
        results[folder.id] = run_checks(folder)
        if not no_report:
            write_validation_report(folder, results[folder.id])
        if not as_json_:
            _tell_results(folder, results[folder.id])
    if as_json_:
        click.echo(as_json.dumps(_facts(results), indent=2, ensure_ascii=False))
    elif not results:
        click.echo("No increment is active, in review or completed.")
    sys.exit(1 if any(any_failed(found) for found in results.values()) else 0)


def _chosen(increment: str | None, project: str | None, *, everything: bool) -> list[IncrementFolder]:
    from specweave.errors import SpecweaveError
    from specweave.workspace import Workspace

    workspace = Workspace.find(project)
    if not everything:
        return [workspace.increment(increment) if increment else workspace.current_increment()]

    def under_way(folder: IncrementFolder) -> bool:
        try:
            return folder.metadata().get("status") in ("active", "ready_for_review", "completed")
        except SpecweaveError:
            return True  # damaged metadata are a finding, not a reason to look away

    return [folder for folder in workspace.increment_folders() if under_way(folder)]


def _tell_results(folder: IncrementFolder, results: list[CheckResult]) -> None:
    from specweave.checks import mission

    failed = sum(result.verdict == "failed" for result in results)
    tell(f"{folder.id}: {failed} of {len(results)} checks fail." if failed else f"{folder.id}: no check fails.")
    for item in mission(folder, results):
        tell(f"- {item}")
    for result in results:
        cure = f" Remedy: {result.remedy}" if result.verdict == "failed" and result.remedy else ""
        tell(f"- {result.code} {result.verdict}: {result.sentence}{cure}")


def _facts(results: dict[str, list[CheckResult]]) -> dict[str, Any]:
    from specweave.checks import any_failed

    return {
        "failed": any(any_failed(found) for found in results.values()),
        "increments": {name: [one.model_dump(mode="json") for one in found] for name, found in results.items()},
    }


@main.command()
@click.argument("increment")
@click.argument("code")
@click.option("--reason", help="Why this check may fail here; a sentence a reader can judge.")
@click.option("--whole-project", is_flag=True, help="For every increment of the project.")
@click.option("--undo", is_flag=True, help="Let the check be heard again.")
@project_option
@told
def mute(
    increment: str, code: str, project: str | None, reason: str | None, *, whole_project: bool, undo: bool
) -> None:
    """Silence a check on record; every report shows who did it, when and why."""
    from specweave.checks import muting
    from specweave.workspace import Workspace

    folder = Workspace.find(project).increment(increment)
    if undo:
        muting.unmute(folder, code, whole_project=whole_project)
        tell(f"{code.upper()} is heard again in {'the project' if whole_project else folder.id}.")
        return
    found = muting.mute(folder, code, reason or "", whole_project=whole_project)
    tell(f"{found.code} is muted in {found.place} by {found.by}: {found.reason}.")


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
