from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trained_increments import add_experiment, sealed_increment


@pytest.fixture
def sealed(workspace):
    """A sealed increment with a baseline that sees noise only and a linear model that sees the signal; its problem."""
    rng = np.random.default_rng(0)
    signal = rng.normal(size=240)
    frame = pd.DataFrame({"signal": signal, "noise": rng.normal(size=240), "churn": np.where(signal > 0, "yes", "no")})
    found, problem = sealed_increment(workspace, frame, "churn", "binary", positive="yes")
    add_experiment(found, problem, "noise", "baseline", columns=["noise"])
    add_experiment(found, problem, "linear", "candidate")
    return found, problem


@pytest.fixture
def two_records(sealed):
    return sealed[0]
