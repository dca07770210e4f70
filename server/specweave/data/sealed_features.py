"""The sealed rows without their truth, for what has to run on real rows and measures no quality.

docs/decisions/0006-rows-of-a-load-test.md says why this is no look.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd

from specweave.data.seal import _read_side, read_seal
from specweave.errors import SealedError, listing
from specweave.workspace import IncrementFolder, append_line, lock

ACCESSES = "accesses.jsonl"


def open_features(folder: IncrementFolder, columns: Sequence[str], *, purpose: str, who: str) -> pd.DataFrame:
    """The named columns of the sealed rows, shuffled and numbered anew, after a line in data/accesses.jsonl.

    No metric can be worked out from them: the target is refused, and neither row numbers nor the order of the rows, by
    which it could be joined, leave this function.

    Raises SealedError when the target or an unknown column is asked for, or the seal is broken.
    """
    sealed = read_seal(folder)
    if sealed.target in columns:
        raise SealedError(
            "The truth of sealed rows is handed out against a counted look only",
            value=sealed.target,
            allowed="the other columns",
            next_step=f'call evaluate_model(increment="{folder.id}")',
        )
    frame = _read_side(folder, sealed.test)
    unknown = [name for name in columns if name not in frame.columns]
    if unknown:
        raise SealedError(
            "The sealed rows have no such column", value=listing(unknown), allowed=listing(map(str, frame.columns))
        )
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": who,
        "purpose": purpose,
        "rows": len(frame),
        "columns": list(columns),
        "seal": sealed.id,
    }
    with lock(folder.data / ".seal.lock"):
        append_line(folder.data / ACCESSES, json.dumps(entry, ensure_ascii=False))
    return frame[list(columns)].sample(frac=1, random_state=0).reset_index(drop=True)
