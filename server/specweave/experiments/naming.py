"""Names of experiments: a folder `exp-003-lightgbm` with a number of its own, however many processes create at once."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

from specweave.errors import ExperimentError, listing, suggestion
from specweave.workspace import lock, storage_errors

FOLDER_NAME = re.compile(r"exp-(?P<number>\d{3,})(?:-(?P<slug>.*))?\Z")
_REFERENCE = re.compile(r"(?:exp-)?0*(?P<number>\d+)\Z")
_SLUG_BYTES = 48


def slug(name: str) -> str:
    """The name as part of a folder name: small letters of any script without accents, digits, dashes."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    joined = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", bare)).strip("-")
    return joined.encode("utf-8")[:_SLUG_BYTES].decode("utf-8", "ignore").strip("-") or "experiment"


def numbered_folders(experiments: Path) -> list[tuple[int, Path]]:
    """Number and folder of every record, lowest number first."""
    return [(number, experiments / name) for number, name in _numbered(experiments)]


def reserve(experiments: Path, name: str, fill: Callable[[str, Path], None]) -> Path:
    """Create the next folder, already filled: `fill(id, folder)` writes into it before it gets its name.

    So a process killed here leaves a hidden folder that the next one removes, never half a record.
    """
    with storage_errors(experiments):
        experiments.mkdir(parents=True, exist_ok=True)
    with lock(experiments / ".lock"):
        names = _names(experiments)
        _remove_unfinished(experiments, names)
        identifier = f"exp-{_highest(names) + 1:03d}-{slug(name)}"
        hidden, final = experiments / f".{identifier}.new", experiments / identifier
        with storage_errors(hidden):
            hidden.mkdir()
            fill(identifier, hidden)
            hidden.rename(final)
        return final


def find(experiments: Path, reference: str | int) -> Path:
    """The record folder for "exp-003-lightgbm", "exp-003" or 3."""
    return experiments / find_all(experiments, [reference])[0]


def find_all(experiments: Path, references: Iterable[str | int]) -> list[str]:
    """The ids of several records, for which the folder is listed once."""
    listed = _numbered(experiments)
    by_number = dict(reversed(listed))
    names = {name for _, name in listed}
    found = []
    for reference in references:
        wanted = str(reference).strip()
        match = _REFERENCE.match(wanted)
        name = wanted if wanted in names else by_number.get(int(match["number"])) if match else None
        if name is None:
            raise _unknown(experiments, reference, [name for _, name in listed])
        found.append(name)
    return found


def _unknown(experiments: Path, reference: str | int, names: list[str]) -> ExperimentError:
    return ExperimentError(
        f"No experiment by that id in {experiments.parent.name}",
        value=reference,
        allowed=listing(reversed(names)) if names else "none recorded yet",
        next_step=suggestion(str(reference).strip(), names) or "record one with run_experiment or track_experiment",
    )


def _numbered(experiments: Path) -> list[tuple[int, str]]:
    return sorted((int(match["number"]), match[0]) for match in map(FOLDER_NAME.match, _names(experiments)) if match)


def _highest(names: list[str]) -> int:
    # No regular expression: this line runs for every record there is at each start of a run.
    numbers = [name[4:].partition("-")[0] for name in names if name.startswith("exp-")]
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  a thousand Path objects cost more than the listing
    except (FileNotFoundError, NotADirectoryError):
        return []


def _remove_unfinished(experiments: Path, names: list[str]) -> None:
    """Under the lock nobody else is creating, so such a folder is left from a killed process."""
    for name in names:
        if name.startswith(".exp-") and name.endswith(".new"):
            shutil.rmtree(experiments / name, ignore_errors=True)
