"""A whole comparison, given again while nothing it was made from has changed.

Asking about each file takes a fraction of the time of reading records and answers anew. Few records are compared anew.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from pydantic import ValidationError

from specweave import __version__
from specweave.comparison.entrants import PREDICTIONS
from specweave.comparison.kept import Kept
from specweave.comparison.result import ExperimentComparison
from specweave.data.seal import SPLIT_FILE, TRAINING_FILE
from specweave.experiments import metric_history, record
from specweave.experiments.index import SETTLED_SECONDS, WORTH_IT, looking
from specweave.experiments.naming import numbered_names
from specweave.metrics import behaviour
from specweave.witness_file import path_of
from specweave.workspace import IncrementFolder

_NAME = "whole"
_FILES = (record.METADATA, record.PARAMS, record.METRICS, metric_history.FILE, PREDICTIONS)


def mark_of(folder: IncrementFolder, metric: str | None, named: Sequence[str | int] | None) -> str | None:
    """What changes whenever the comparison may; None for few records, and while a file was changed just now."""
    names = numbered_names(folder.experiments)
    if len(names) < WORTH_IT:
        return None
    asked = None if named is None else [str(one) for one in named]
    facts = blake2b(repr((__version__, metric, asked)).encode())
    newest = 0.0
    for fact, changed in _around(folder):
        facts.update(fact)
        newest = max(newest, changed)
    with looking(folder.experiments) as look:
        for name in names:
            for file in _FILES:
                place = f"{name}/{file}"
                try:
                    found = look(place)
                except OSError:
                    facts.update(f"{place} -\n".encode())
                    continue
                facts.update(b"%b %d %d %d\n" % (place.encode(), found.st_ino, found.st_size, found.st_mtime_ns))
                newest = max(newest, found.st_mtime, found.st_ctime)
    return facts.hexdigest() if time.time() - newest > SETTLED_SECONDS else None


def _around(folder: IncrementFolder) -> Iterator[tuple[bytes, float]]:
    """The files beside the records a comparison depends on, and when each was changed."""
    for path in (folder.spec, folder.data / SPLIT_FILE, folder.data / TRAINING_FILE, path_of(folder)):
        with contextlib.suppress(OSError):
            found = path.stat()
            yield f"{path.name} {found.st_ino} {found.st_size} {found.st_mtime_ns}\n".encode(), found.st_mtime


def remembered(kept: Kept, mark: str | None, *, some: bool) -> ExperimentComparison | None:
    """The comparison kept under this mark, if its metric still means the same."""
    signature, content = kept.blobs(_NAME).get(_which(some), ("", b""))
    told, _, known = signature.partition(" ")
    if mark is None or told != mark:
        return None
    try:
        found = ExperimentComparison.model_validate_json(content)
    except ValidationError:
        return None
    return found if known == behaviour(found.metric) else None


def remember(kept: Kept, mark: str | None, found: ExperimentComparison, *, some: bool) -> None:
    """Keep it for the next time; the last one of all records, and the last one of some."""
    if mark is not None:
        signature = f"{mark} {behaviour(found.metric)}"
        kept.keep_blob(_NAME, _which(some), signature, found.model_dump_json().encode("utf-8"))


def _which(some: bool) -> str:
    return "some" if some else "all"
