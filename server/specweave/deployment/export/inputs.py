"""The columns of a request as a graph takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specweave.deployment.export.graph import Graph


@dataclass(frozen=True)
class Inputs:
    """The typed columns as the graph takes them: doubles in one matrix, categories as text in another."""

    numbers: str
    number_names: tuple[str, ...]
    texts: str
    text_names: tuple[str, ...]

    def unread(self, names: Sequence[str]) -> list[str]:
        """Those that are in neither matrix."""
        return [name for name in names if name not in self.number_names and name not in self.text_names]

    def matrix(self, graph: Graph, names: Sequence[str]) -> str:
        """Number columns in this order."""
        return graph.columns(self.numbers, [self.number_names.index(name) for name in names])
