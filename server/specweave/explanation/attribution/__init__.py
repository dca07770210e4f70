"""Contributions of raw columns, by the exact route a model allows or by sampling with its error."""

from specweave.explanation.attribution.attributing import attribute
from specweave.explanation.attribution.result import Attribution, Space
from specweave.explanation.attribution.sampling import Enough

__all__ = ["Attribution", "Enough", "Space", "attribute"]
