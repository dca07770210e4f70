"""Judging a model on the sealed test set."""

from specweave.evaluation.result import Contender, CriterionResult, Evaluation, FoldSpread, LookTaken
from specweave.evaluation.running import evaluate

__all__ = ["Contender", "CriterionResult", "Evaluation", "FoldSpread", "LookTaken", "evaluate"]
