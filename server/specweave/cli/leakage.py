"""Leaks in code."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from specweave.cli.options import told
from specweave.cli.program import main
from specweave.terminal import bar


@main.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON.")
@told
def leakage(path: Path, *, as_json: bool) -> None:
    """Find leaks in scripts and notebooks without running them; exit code 1 when there is one."""
    from specweave.leakage.code import examine_folder
    from specweave.leakage.code.wording import told as text_of

    with bar() as progress:
        reports = examine_folder(path, progress)
    if as_json:
        click.echo(json.dumps([report.model_dump(mode="json") for report in reports], indent=1, ensure_ascii=False))
    else:
        click.echo(text_of(reports))
    sys.exit(1 if any(report.fails for report in reports) else 0)
