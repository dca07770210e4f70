"""The one door for everything added often: problem kinds, checks, leak detectors, model families, backends.

Built-ins and third parties register alike, as entry points of an installed distribution:

    [project.entry-points."specweave.checks"]
    baseline = "specweave.checks.baseline:BaselinePresent"
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import Any

from specweave.errors import MissingDependencyError, SpecweaveError, listing, suggestion


@cache
def extensions(group: str) -> dict[str, Any]:
    """What is registered under `specweave.GROUP`, by name; a member that does not load names its distribution."""
    return {
        entry.name: _load(entry) for entry in sorted(entry_points(group=f"specweave.{group}"), key=lambda e: e.name)
    }


def _load(entry: Any) -> Any:
    try:
        return entry.load()
    except ImportError as error:
        owner = entry.dist.name if entry.dist else "unknown"
        raise MissingDependencyError(
            f"The extension {entry.name} of {owner} does not load: {error}",
            value=entry.value,
            next_step=f"repair or uninstall {owner}",
        ) from error


def extension(group: str, name: str) -> Any:
    """One registered member, or an error that lists the names there are."""
    found = extensions(group)
    if name not in found:
        raise SpecweaveError(
            f"Nothing by that name is registered under {group}",
            value=name,
            allowed=listing(found),
            next_step=suggestion(name, found),
        )
    return found[name]
