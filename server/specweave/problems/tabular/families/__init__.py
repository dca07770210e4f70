"""Model families for tables, one a file, registered under the entry points `specweave.model_families`."""

from specweave.problems.tabular.families.base import ModelFamily, Table, cores, families, usual_names

__all__ = ["ModelFamily", "Table", "cores", "families", "usual_names"]
