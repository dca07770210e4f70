"""Small real data sets that may be passed on freely; README.md in this folder says where they come from."""

from __future__ import annotations

from pathlib import Path

from specweave.errors import DataError, listing

_FOLDER = Path(__file__).parent
_SUFFIX = ".csv.gz"


def sample_names() -> list[str]:
    """The names `sample_path` accepts."""
    return sorted(p.name.removesuffix(_SUFFIX) for p in _FOLDER.glob(f"*{_SUFFIX}"))


def sample_path(name: str) -> Path:
    """The file of a bundled sample, such as "census_income".

    Raises DataError with the names there are.
    """
    names = sample_names()
    if name not in names:
        raise DataError("No bundled sample has that name", value=name, allowed=listing(names))
    return _FOLDER / f"{name}{_SUFFIX}"
