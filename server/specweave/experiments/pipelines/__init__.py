"""Work in stages: what is unchanged is not done again, and says so."""

from specweave.experiments.pipelines.pipeline import ExperimentPipeline
from specweave.experiments.pipelines.stage import Stage

__all__ = ["ExperimentPipeline", "Stage"]
