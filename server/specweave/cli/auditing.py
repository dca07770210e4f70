"""Packing an increment for a regulator or a later self."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from specweave.cli.options import project_option, tell, told
from specweave.cli.program import main


@main.command()
@click.argument("increment", required=False)
@click.option("--out", type=click.Path(dir_okay=False), help="The zip to write (default: reports/audit-NNNN.zip).")
@click.option(
    "--verify", type=click.Path(dir_okay=False), help="Check this bundle instead; exit code 1 when it is not whole."
)
@project_option
@told
def audit(increment: str | None, project: str | None, out: str | None, verify: str | None) -> None:
    """Pack evidence, ledger, lineage and bill of materials of an increment with their hashes, or check such a bundle."""
    if verify:
        _verified(Path(verify))
        return
    from specweave.auditing import write_bundle
    from specweave.workspace import Workspace

    workspace = Workspace.find(project)
    folder = workspace.increment(increment) if increment else workspace.current_increment()
    found = write_bundle(folder, Path(out).resolve() if out else None)
    tell(f"{folder.id}: {found.files} files packed, {found.left_out} left out and named by their hash.")
    tell(f"Bundle: {workspace.relative(found.path)}")
    tell(f"Manifest sha256: {found.manifest_sha256} (keep it elsewhere; --verify tells it again)")


def _verified(path: Path) -> None:
    from specweave.auditing import verify_bundle

    found = verify_bundle(path)
    state = "is whole" if not found.problems else f"is not whole: {len(found.problems)} problems"
    tell(f"The bundle of {found.increment} ({found.files} files) {state}.")
    for problem in found.problems:
        tell(f"- {problem}")
    tell(f"Manifest sha256: {found.manifest_sha256}")
    sys.exit(1 if found.problems else 0)
