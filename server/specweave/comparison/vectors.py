"""What each record adds to any comparison by one metric, kept as numbers, so that a new best is held against all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from specweave.metrics.predictions import FloatArray

# Of all records together: 32 million values of 8 bytes. Where there would be more, records are compared one by one.
MOST_VALUES = 32_000_000


class Store(Protocol):
    """Where they are kept."""

    def blobs(self, name: str) -> dict[str, tuple[str, bytes]]: ...

    def keep_blob(self, name: str, record: str, signature: str, content: bytes) -> None: ...


class Vectors:
    """One array of numbers for each record, as long as its signature is that of the record. They are read when asked for."""

    def __init__(self, store: Store, name: str) -> None:
        self.name = name
        self._store = store
        self._held: dict[str, tuple[str, bytes]] = {}
        self._read = False
        self._room = MOST_VALUES

    def keep(self, record: str, signature: str, values: FloatArray | None) -> None:
        """Take this for the array of the record; None, for one that has none, and what does not fit are passed over."""
        if values is None or len(values) > self._room:
            return
        self._room -= len(values)
        content = values.astype("<f8").tobytes()
        self._held[record] = (signature, content)
        self._store.keep_blob(self.name, record, signature, content)

    def known(self, record: str, signature: str) -> FloatArray | None:
        """The array of one record, if it is kept for this signature."""
        if not self._read:
            self._read = True
            self._held = self._store.blobs(self.name) | self._held
            self._room = MOST_VALUES - sum(len(content) for _, content in self._held.values()) // 8
        found = self._held.get(record)
        if found is None or found[0] != signature or len(found[1]) % 8:
            return None
        return np.frombuffer(found[1], dtype="<f8")

    def once(self, record: str, signature: str, work: Callable[[], FloatArray | None]) -> FloatArray | None:
        """The kept array, or the new one of `work`."""
        found = self.known(record, signature)
        if found is None:
            found = work()
            self.keep(record, signature, found)
        return found
