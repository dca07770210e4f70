"""Leaks in code: what scripts and notebooks do with rows before, across and after the split, found without running them."""

from specweave.leakage.code.finding import CodeFinding, Draft, FileReport, Place, Rule, Step
from specweave.leakage.code.search import examine_file, examine_folder, examine_program, examine_source
from specweave.leakage.code.trace import Trace

__all__ = [
    "CodeFinding",
    "Draft",
    "FileReport",
    "Place",
    "Rule",
    "Step",
    "Trace",
    "examine_file",
    "examine_folder",
    "examine_program",
    "examine_source",
]
