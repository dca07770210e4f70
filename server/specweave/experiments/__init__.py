"""Recording experiments: standard library only, because it runs in the user's own interpreter."""

from specweave.experiments.creation import create_experiment, open_experiment
from specweave.experiments.experiment import Experiment
from specweave.experiments.record import ExperimentSummary, find_unfinished, list_experiments
from specweave.experiments.replication import deliver
from specweave.experiments.telling import RecordingWarning, TrackingWarning
from specweave.experiments.tracking import current_experiment, track_experiment

__all__ = [
    "Experiment",
    "ExperimentSummary",
    "RecordingWarning",
    "TrackingWarning",
    "create_experiment",
    "current_experiment",
    "deliver",
    "find_unfinished",
    "list_experiments",
    "open_experiment",
    "track_experiment",
]
