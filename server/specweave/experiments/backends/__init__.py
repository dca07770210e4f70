"""Other trackers that are told of our experiments, each behind the protocol `TrackingBackend`."""

from specweave.experiments.backends.protocol import Batch, LoggedFile, MetricValue, Run, TrackingBackend
from specweave.experiments.backends.registry import register_tracking_backend, unregister_tracking_backend

__all__ = [
    "Batch",
    "LoggedFile",
    "MetricValue",
    "Run",
    "TrackingBackend",
    "register_tracking_backend",
    "unregister_tracking_backend",
]
