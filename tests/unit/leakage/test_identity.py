from __future__ import annotations

import numpy as np
import pandas as pd

from specweave.leakage import Material
from specweave.leakage.identity import identifiers


def test_ids_are_running_or_named_or_codes_and_nothing_else():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "index": np.arange(200),
            "float_index": np.arange(200.0),
            "order_no": rng.permutation(10**8)[:200],
            "ref": [f"{i:x}-{i}" for i in range(200)],
            "income": rng.permutation(10**8)[:200],
            "weight": rng.normal(size=200),
            "name": [f"Person {i}" for i in range(200)],
            "half": np.arange(200) // 2,
            "lists": [[i] for i in range(200)],
            "y": np.arange(200) % 2,
        }
    )
    material = Material(frame, "y", task="binary")
    assert identifiers(material) == ["index", "float_index", "order_no", "ref"]


def test_the_time_and_group_of_the_split_are_no_ids():
    frame = pd.DataFrame({"day": np.arange(200), "y": np.arange(200) % 2})
    assert identifiers(Material(frame, "y", task="binary", time="day")) == []
