"""Models in service: watched, and tested against each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from specweave.cli.options import project_option, tell, told
from specweave.cli.program import main
from specweave.terminal import bar

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@main.command()
@click.argument("increment")
@click.option("--predictions", type=_FILE, required=True, help="Log of predictions: csv, parquet or JSON lines.")
@click.option(
    "--labels", type=_FILE, help="The truth that arrived since, with a key of the log (id, request_id, unit)."
)
@click.option("--experiment", help="The deployed one, or the best by cross-validation, when absent.")
@project_option
@told
def monitor(
    increment: str, project: str | None, predictions: Path, labels: Path | None, experiment: str | None
) -> None:
    """Report drift of logged predictions, and performance once labels are there; exit code 1 when something is wrong."""
    from specweave.deployment.monitoring.reporting import report_on
    from specweave.spec_file import read_problem
    from specweave.workspace import Workspace

    folder = Workspace.find(project).increment(increment)
    with bar() as progress:
        found = report_on(
            folder, read_problem(folder), predictions, labels=labels, experiment=experiment, progress=progress
        )
    tell(str(found))
    sys.exit(1 if found.alarming else 0)


@main.command(name="ab-plan")
@click.option("--baseline", type=float, required=True, help="The outcome as it is now: 0.12 for 12 %.")
@click.option("--effect", type=float, required=True, help="The smallest difference that matters, in the same unit.")
@click.option("--sd", type=float, help="Standard deviation of one unit's outcome; without it the outcome is yes or no.")
@click.option("--share", type=float, default=0.1, show_default=True, help="Share of units that get the new model.")
@click.option("--units-per-day", type=float, help="For how long it takes.")
@click.option(
    "--correlation", type=float, default=0.0, help="Of the outcome with the same unit's value before (CUPED)."
)
@click.option("--power", type=float, default=0.8, show_default=True)
@click.option("--increment", help="Write plan.md and plan.json into this increment's deployment/ab-test/.")
@project_option
@told
def ab_plan(increment: str | None, project: str | None, **options: Any) -> None:
    """Plan an A/B test: units and days for the smallest effect that matters."""
    from specweave.deployment.ab.documents import write_plan
    from specweave.deployment.ab.plan import plan, wanted_from

    made = plan(wanted_from(**options))
    lines = [sentence[:1].upper() + sentence[1:] + "." for sentence in made.sentences]
    if increment:
        folder, root = _ab_folder(project, increment)
        lines.append(
            "Written: " + ", ".join(path.relative_to(root).as_posix() for path in write_plan(folder, made, root=root))
        )
    tell("\n".join(lines))


@main.command(name="ab-analyse")
@click.argument("exposures", type=_FILE)
@click.argument("outcomes", type=_FILE)
@click.option("--outcome", help="The column the test is about; not needed when it is the only one.")
@click.option("--lower-is-better", is_flag=True, help="As for costs or errors.")
@click.option("--share", type=float, help="Share of units assigned to the new model (default: the plan's, else 0.1).")
@click.option("--smallest", type=float, help="The smallest difference that matters (default: the plan's).")
@click.option("--covariate", help="Column with each unit's value from before the test (CUPED).")
@click.option("--guardrail", "guardrails", multiple=True, help="name:higher|lower:tolerated, as latency_ms:lower:5.")
@click.option(
    "--planned",
    "planned_units",
    type=click.FloatRange(1),
    help="Units the intervals are tightest at (default: the plan's).",
)
@click.option(
    "--absent", type=float, help="Outcome of exposed units without one: 0 where only events are written down."
)
@click.option("--increment", help="Read the plan of this increment, and write there.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the report (default: ab-analysis)."
)
@project_option
@told
def ab_analyse(exposures: Path, outcomes: Path, project: str | None, **options: Any) -> None:
    """Analyse an A/B test, at any time and as often as one likes; exit code 1 when it is invalid or a guardrail breaks."""
    from specweave.deployment.ab.analysis import analyse, question_from
    from specweave.deployment.ab.documents import planned_by, write_analysis
    from specweave.deployment.ab.units import read_units

    increment, out = options.pop("increment"), options.pop("out")
    units = read_units(exposures, outcomes, absent=options.pop("absent"))
    folder, root = _ab_folder(project, increment) if increment else _plain_folder(out)
    question = question_from(planned_by(folder), **options)
    found = write_analysis(folder, analyse(units, question), share=question.share, root=root)
    tell(str(found))
    sys.exit(1 if found.decision in ("invalid", "stop") else 0)


def _ab_folder(project: str | None, increment: str) -> tuple[Path, Path]:
    """deployment/ab-test/ of an increment, and the increment's folder."""
    from specweave.workspace import Workspace

    root = Workspace.find(project).increment(increment).path
    return root / "deployment" / "ab-test", root


def _plain_folder(out: Path | None) -> tuple[Path, Path]:
    folder = (out or Path("ab-analysis")).resolve()
    return folder, folder.parent
