from __future__ import annotations

import numpy as np
import pandas as pd

from specweave.leakage import Material
from specweave.leakage.conformance import DetectorConformance
from specweave.leakage.detectors.row_ids import RowIds


def rows(n=500, *, ordered=False, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return pd.DataFrame({"x": rng.normal(size=n), "customer_id": np.arange(n), "y": np.sort(y) if ordered else y})


def found(frame, task="binary"):
    return RowIds().examine(Material(frame, "y", task=task))


class TestRowIds(DetectorConformance):
    detector = RowIds

    def planted(self):
        return Material(rows(ordered=True), "y", task="binary")


def test_an_id_that_only_names_rows_is_a_note():
    (finding,) = found(rows())
    assert (finding.columns, finding.severity) == (("customer_id",), "note")


def test_an_id_given_in_the_order_of_the_outcome_is_suspected():
    by_columns = {f.columns: f.severity for f in found(rows(ordered=True))}
    assert by_columns == {("customer_id",): "suspected", (): "note"}


def test_an_order_that_tells_is_noted_without_any_id():
    (finding,) = found(rows(ordered=True).drop(columns="customer_id"))
    assert finding.columns == ()
    assert "sorted" in finding.sentence


def test_measurements_and_running_texts_and_dates_are_no_ids():
    rng = np.random.default_rng(0)
    frame = rows().drop(columns="customer_id").assign(
        weight=rng.normal(size=500),
        population=rng.permutation(10_000_000)[:500],
        note=[f"text number {i}" for i in range(500)],
        day=[str(d) for d in pd.date_range("2024-01-01", periods=500)],
    )  # fmt: skip
    assert found(frame) == []


def test_texts_without_spaces_and_shuffled_running_numbers_are_ids():
    rng = np.random.default_rng(0)
    frame = rows().assign(customer_id=rng.permutation(500), ref=[f"{i:08x}" for i in rng.permutation(10**6)[:500]])
    assert {f.columns[0] for f in found(frame)} == {"customer_id", "ref"}


def test_false_suspicion_is_rare():
    suspected = sum(any(f.severity == "suspected" for f in found(rows(seed=s))) for s in range(200))
    assert suspected == 0
