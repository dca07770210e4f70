"""Comparing the experiments of an increment on the predictions they stored."""

from specweave.comparison.comparing import compare_experiments
from specweave.comparison.result import Compared, ExperimentComparison, Judgement

__all__ = ["Compared", "ExperimentComparison", "Judgement", "compare_experiments"]
