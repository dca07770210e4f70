"""Rows and columns with one target column: two classes, several classes, or a number."""

from specweave.problems.tabular.kind import Tabular

__all__ = ["Tabular"]
