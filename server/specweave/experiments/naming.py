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

_DIGITS = 3
_GIT_IGNORE = ".gitignore"
# Locks and indexes change with every run and mean nothing elsewhere.
_IGNORED = ".*\n!.gitignore\n"
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


def numbered_names(experiments: Path) -> list[str]:
    """Names of the folders of all records, lowest number first."""
    return [name for _, name in _numbered(experiments)]


def reserve(experiments: Path, name: str, fill: Callable[[str, Path], None]) -> Path:
    """Create the next folder, already filled: `fill(id, folder)` writes into it before it gets its name.

    So a process killed here leaves a hidden folder that the next one removes, never half a record.
    """
    with lock(experiments / ".lock") as handle:
        number = (_last_given(handle, experiments) or _highest_in(experiments)) + 1
        identifier = f"exp-{number:03d}-{slug(name)}"
        hidden, final = experiments / f".{identifier}.new", experiments / identifier
        with storage_errors(hidden):
            hidden.mkdir()
            fill(identifier, hidden)
            hidden.rename(final)
            _keep_last_given(handle, experiments, number)
        return final


def _last_given(handle: int, experiments: Path) -> int | None:
    """The number given last, which the lock's file holds; unknown when the folder was changed since by anything else.

    Listing ten thousand folders at each start of a run would cost more than all the rest of it.
    """
    kept = os.pread(handle, 60, 0) if hasattr(os, "pread") else b""
    number, _, changed = kept.partition(b" ")
    if not changed or changed != _time_of_change(experiments):
        return None
    return int(number) if number.isdigit() else None


def _keep_last_given(handle: int, experiments: Path, number: int) -> None:
    if hasattr(os, "pwrite"):
        content = b"%d %s" % (number, _time_of_change(experiments))
        os.ftruncate(handle, os.pwrite(handle, content, 0))


def _time_of_change(folder: Path) -> bytes:
    return b"%d" % os.stat(folder).st_mtime_ns  # noqa: PTH116


def _highest_in(experiments: Path) -> int:
    """The highest number there is, after what a killed process has left unfinished was removed."""
    names = _names(experiments)
    _remove_unfinished(experiments, names)
    if _GIT_IGNORE not in names:
        (experiments / _GIT_IGNORE).write_text(_IGNORED, "utf-8")
    return max((number for name in names if (number := _number(name)) is not None), default=0)


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
    return sorted((number, name) for name in _names(experiments) if (number := _number(name)) is not None)


def _number(name: str) -> int | None:
    """The number in the name of a record's folder. No regular expression: it is asked of every record there is."""
    if not name.startswith("exp-"):
        return None
    digits = name[4:].partition("-")[0]
    return int(digits) if len(digits) >= _DIGITS and digits.isdecimal() else None


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
