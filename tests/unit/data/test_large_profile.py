from __future__ import annotations

import numpy as np
import pytest

from specweave.data import large, large_profile, profile
from specweave.errors import ProblemError
from specweave.problem import DataSource

ROWS = 40_000


@pytest.fixture
def source(workspace, monkeypatch) -> DataSource:
    monkeypatch.setattr(large, "LARGE_BYTES", 10_000)
    monkeypatch.setattr(large_profile, "SAMPLE_ROWS", 4_000)
    rng = np.random.default_rng(0)
    age = np.where(rng.random(ROWS) < 0.02, 0, rng.integers(18, 80, ROWS))
    lines = ["number,customer,age,city,y"]
    lines += [f"{i + 7},c{i % 9000},{age[i]},{'abc'[i % 3]},{int(rng.random() < 0.05)}" for i in range(ROWS)]
    (workspace.root / "large.csv").write_text("\n".join(lines) + "\n")
    return DataSource(location="large.csv")


def test_counts_are_of_all_rows_although_shapes_come_from_a_sample(source, workspace):
    found = profile(source, workspace, target="y")
    assert found.n_rows == ROWS
    assert "4," in found.estimated[0] or "3," in found.estimated[0]
    assert found.column("number").role == "id"
    assert found.column("customer").distinct == 9000
    assert found.groups[0].column == "customer"
    assert found.groups[0].largest == 5
    text = (workspace.root / "large.csv").read_text().splitlines()[1:]
    assert found.column("age").hidden_codes[0].count == sum(line.split(",")[2] == "0" for line in text)
    assert found.target.rarest.count == sum(line.endswith(",1") for line in text)
    assert sum(v.count for v in found.column("city").top_values) == ROWS


def test_an_unknown_target_is_refused_and_nothing_is_left(source, workspace):
    with pytest.raises(ProblemError):
        profile(source, workspace, target="nope")
    assert list((workspace.folder / "tmp").iterdir()) == []
