"""How good predictions are, how sure that is, and whether one model beats another."""

from specweave.metrics.comparison import Comparison, Verdict, compare, holm
from specweave.metrics.estimation import Estimate, estimate, estimates, score
from specweave.metrics.folds import fold_interval
from specweave.metrics.identity import behaviour, evaluator
from specweave.metrics.intervals import Interval
from specweave.metrics.margin import margin
from specweave.metrics.per_class import ClassMetrics, per_class
from specweave.metrics.predictions import Predictions, as_labels
from specweave.metrics.ranking import RANKING, Ranking, RankingMetric, estimate_ranking, score_ranking
from specweave.metrics.registry import METRICS, Metric, default_metric, get_metric, metrics_for
from specweave.metrics.undefined import UndefinedMetric

__all__ = [
    "METRICS",
    "RANKING",
    "ClassMetrics",
    "Comparison",
    "Estimate",
    "Interval",
    "Metric",
    "Predictions",
    "Ranking",
    "RankingMetric",
    "UndefinedMetric",
    "Verdict",
    "as_labels",
    "behaviour",
    "compare",
    "default_metric",
    "estimate",
    "estimate_ranking",
    "estimates",
    "evaluator",
    "fold_interval",
    "get_metric",
    "holm",
    "margin",
    "metrics_for",
    "per_class",
    "score",
    "score_ranking",
]
