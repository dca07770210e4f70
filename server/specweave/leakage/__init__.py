"""Leaks in data: columns and rows that tell a model what it will not know when it is used."""

from specweave.leakage.finding import Detector, Examination, Finding, NotApplicable
from specweave.leakage.material import Material
from specweave.leakage.search import examine, find_leaks

__all__ = ["Detector", "Examination", "Finding", "Material", "NotApplicable", "examine", "find_leaks"]
