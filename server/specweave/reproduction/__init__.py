"""Running a recorded experiment again, and saying what is equal, what is not, and why."""

from specweave.reproduction.reproducing import reproduce_experiment
from specweave.reproduction.result import Change, Item, PredictionAgreement, Reproduction

__all__ = ["Change", "Item", "PredictionAgreement", "Reproduction", "reproduce_experiment"]
