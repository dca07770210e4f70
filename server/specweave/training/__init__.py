"""From a data source to a leaderboard: preparation once, then baselines and candidates under cross-validation."""

from specweave.patience import sleep_while_waiting

sleep_while_waiting()  # before the imports below: the setting is read when numeric libraries load

# ruff: noqa: E402
from specweave.training.preparation import Prepared, prepare
from specweave.training.result import LeaderboardRow, TrainingResult, read_training
from specweave.training.run import run_training

__all__ = ["LeaderboardRow", "Prepared", "TrainingResult", "prepare", "read_training", "run_training"]
