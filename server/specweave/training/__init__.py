"""From a data source to a leaderboard: preparation once, then baselines and candidates under cross-validation."""

from specweave.training import patience as patience  # first: what it sets is read when numeric libraries load
from specweave.training.preparation import Prepared, prepare
from specweave.training.result import LeaderboardRow, TrainingResult, read_training
from specweave.training.run import run_training

__all__ = ["LeaderboardRow", "Prepared", "TrainingResult", "prepare", "read_training", "run_training"]
