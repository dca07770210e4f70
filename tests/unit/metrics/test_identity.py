from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specweave.metrics import METRICS, behaviour, evaluator
from specweave.metrics import identity as of_metrics
from specweave.metrics.preparation import of_mean


@pytest.mark.parametrize("name", list(METRICS))
def test_every_metric_has_a_behaviour_of_its_own(name):
    assert behaviour(name) == behaviour(name)
    assert [other for other in METRICS if behaviour(other) == behaviour(name)] == [name]


def test_a_metric_that_gives_other_numbers_behaves_otherwise(monkeypatch):
    before = behaviour("mae")
    doubled = replace(METRICS["mae"], prepare=of_mean(lambda p: 2 * np.abs(p.truth - p.labels)))
    monkeypatch.setitem(METRICS, "mae", doubled)
    assert behaviour("mae") != before


def test_the_direction_is_part_of_it(monkeypatch):
    before = behaviour("mae")
    monkeypatch.setitem(METRICS, "mae", replace(METRICS["mae"], greater_is_better=True))
    assert behaviour("mae") != before


def test_a_record_keeps_version_source_and_behaviour():
    kept = evaluator(["roc_auc", "roc_auc", "f1"])
    assert list(kept["behaviour"]) == ["roc_auc", "f1"]
    assert len(kept["source_sha256"]) == 64
    assert kept["version"]


def test_the_source_hash_follows_the_source(monkeypatch, tmp_path):
    before = of_metrics.source_sha256()
    (tmp_path / "identity.py").write_text("pass\n")
    monkeypatch.setattr(of_metrics, "__file__", str(tmp_path / "identity.py"))
    of_metrics.source_sha256.cache_clear()
    try:
        assert of_metrics.source_sha256() != before
    finally:
        of_metrics.source_sha256.cache_clear()
