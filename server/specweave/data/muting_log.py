"""Who silenced which check, when and why: `.specweave/mutings.jsonl`, append-only and hash-chained like the ledger of looks.

An entry in spec.md or ml.json alone silences nothing; it needs its line here, which `sw-ml mute` writes.
"""

from __future__ import annotations

import contextlib
import getpass
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from specweave.data import chain
from specweave.errors import CheckError
from specweave.workspace import FOLDER, IncrementFolder, lock

FILE = "mutings.jsonl"
ROOT = "mutings"
_GIT_SECONDS = 5.0


@dataclass(frozen=True)
class MutingEntry:
    """A check silenced (or heard again) for one increment, or for the project when `increment` is None.

    `terminal` says whether a person typed it at a terminal; a script or an assistant has none.
    """

    code: str
    increment: str | None
    reason: str
    who: str
    time: str
    terminal: bool
    action: str


def write_muting(folder: Path, entry: MutingEntry) -> None:
    """Append to the log of the project whose `.specweave` is `folder`. Raises CheckError when the log was tampered with."""
    with lock(folder / ".mutings.lock"):
        try:
            chain.append(folder / FILE, ROOT, vars(entry))
        except chain.BrokenChainError as broken:
            raise _tampered(folder, broken) from None


def mutings_in_force(folder: IncrementFolder) -> dict[str, MutingEntry]:
    """What is silenced for this increment now, by code; its own word counts before the project's.

    Raises CheckError when the log was tampered with.
    """
    place = folder.path.parents[1]
    try:
        entries = [
            MutingEntry(**{key: line[key] for key in MutingEntry.__dataclass_fields__})
            for line in chain.read(place / FILE, ROOT)
        ]
    except chain.BrokenChainError as broken:
        raise _tampered(place, broken) from None
    except KeyError as missing:
        raise CheckError(f"The log of muted checks lacks {missing}", value=str(place / FILE)) from None
    found: dict[str, MutingEntry] = {}
    for increment in (None, folder.id):
        for entry in entries:
            if entry.increment == increment:
                found[entry.code] = entry
    return {code: entry for code, entry in found.items() if entry.action == "mute"}


def who_is_here(folder: Path) -> str:
    """The person as git knows them in this project, else the name of the account."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        command = ["git", "-C", str(folder), "config", "user.name"]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=_GIT_SECONDS, stdin=subprocess.DEVNULL
        )
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        return "unknown"


def now() -> str:
    """ISO 8601 in UTC, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _tampered(folder: Path, broken: chain.BrokenChainError) -> CheckError:
    return CheckError(
        f"The log of muted checks was tampered with: {broken}; until it is whole nothing is muted",
        value=f"{FOLDER}/{FILE}",
        next_step=f"restore {folder.name}/{FILE} from version control",
    )
