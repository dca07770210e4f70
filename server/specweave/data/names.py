"""Column names without gaps or repetitions."""

from __future__ import annotations

from specweave.data.reading import Reading


def unique_names(given: list[str], reading: Reading, *, named: bool = True) -> list[str]:
    """Names without gaps or repetitions; each change is recorded."""
    names: list[str] = []
    taken = {g for g in given if g}
    for position, wanted in enumerate(given, start=1):
        name = wanted or (f"unnamed_{position}" if named else f"column_{position}")
        number = 2
        while name in names or (name != wanted and name in taken):
            name, number = f"{wanted or 'unnamed'}_{number}", number + 1
        names.append(name)
        if name != wanted and named:
            reading.renamed[name] = (
                f"{wanted!r} again (column {position})" if wanted else f"no name (column {position})"
            )
    return names
