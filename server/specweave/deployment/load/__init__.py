"""Load tests: constant arrival, latency from the planned moment, steps up to saturation."""

from specweave.deployment.load.documents import read_load_test, write_load_test
from specweave.deployment.load.result import LoadTest
from specweave.deployment.load.running import Plan, run_load_test
from specweave.deployment.load.testing import load_test_model

__all__ = ["LoadTest", "Plan", "load_test_model", "read_load_test", "run_load_test", "write_load_test"]
