"""Whether the sealed rows can judge a model at all, asked before a look is spent on them."""

from __future__ import annotations

from pyarrow import parquet

from specweave.data.seal import Seal
from specweave.errors import SealedError
from specweave.metrics import as_labels
from specweave.problem import Task
from specweave.workspace import IncrementFolder

# With fewer rows every interval spans most of its metric's range, so a look would be spent and nothing learnt.
FEWEST_ROWS = 10
# A class of one row is right or wrong, and nothing shows how sure that is.
FEWEST_OF_A_CLASS = 2


def refuse_too_few(folder: IncrementFolder, sealed: Seal, task: Task) -> None:
    """Raise SealedError below FEWEST_ROWS sealed rows with a target, or for two classes FEWEST_OF_A_CLASS of either.

    Only the target's column is counted; no row is handed out, so this is no look.
    """
    path = folder.data / sealed.test.file
    try:
        known = parquet.read_table(path, columns=[sealed.target]).column(0).to_pandas().dropna()
    except (OSError, ValueError):
        return  # missing or damaged: opening it says so, and costs no look either
    if len(known) < FEWEST_ROWS:
        raise _too_few(f"{len(known)} rows", f"{FEWEST_ROWS} rows or more")
    if task != "binary":
        return
    labels = as_labels(known.to_numpy()).tolist()
    counts = sorted(labels.count(name) for name in set(labels))
    rarest = counts[0] if len(counts) > 1 else 0
    if rarest < FEWEST_OF_A_CLASS:
        raise _too_few(f"{rarest} of one class", f"{FEWEST_OF_A_CLASS} rows of each class or more")


def _too_few(found: str, allowed: str) -> SealedError:
    return SealedError(
        "The sealed test set is too small to judge a model; no look was taken",
        value=found,
        allowed=allowed,
        next_step="start a new increment with a larger table, or a larger `split.test_share` in its spec.md",
    )
