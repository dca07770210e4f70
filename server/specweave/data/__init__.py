"""Reading any table, fingerprinting it, and saying what is in it.

Names are loaded on first use, so that importing one module of this package loads no other.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specweave.data.facts import ColumnProfile, DataFinding, Profile, TargetSummary
    from specweave.data.fingerprints import Fingerprint, fingerprint, row_hashes
    from specweave.data.profiling import profile, profile_table
    from specweave.data.reading import ColumnReading, Reading, Table
    from specweave.data.report import write_profile
    from specweave.data.source import read_table

_HOME = {
    "ColumnProfile": "facts",
    "ColumnReading": "reading",
    "DataFinding": "facts",
    "Fingerprint": "fingerprints",
    "Profile": "facts",
    "Reading": "reading",
    "Table": "reading",
    "TargetSummary": "facts",
    "fingerprint": "fingerprints",
    "profile": "profiling",
    "profile_table": "profiling",
    "read_table": "source",
    "row_hashes": "fingerprints",
    "write_profile": "report",
}

__all__ = [
    "ColumnProfile",
    "ColumnReading",
    "DataFinding",
    "Fingerprint",
    "Profile",
    "Reading",
    "Table",
    "TargetSummary",
    "fingerprint",
    "profile",
    "profile_table",
    "read_table",
    "row_hashes",
    "write_profile",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"specweave.data.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
