"""Arrays count while their signature does, come back from the file, and leave room for the disk."""

from __future__ import annotations

import numpy as np
import pytest

from specweave.comparison import vectors as module
from specweave.comparison.kept import FILE, MOST_METRICS, Kept

VALUES = np.array([0.5, 1.0, np.nan, -2.0])


def never():
    raise AssertionError("it was worked out again")


@pytest.fixture
def written(tmp_path):
    with Kept(tmp_path) as kept:
        kept.vectors("auc").keep("exp-001", "s", VALUES)
    return tmp_path


def test_an_array_comes_back_to_the_last_bit_while_the_signature_is_the_same(written):
    found = Kept(written).vectors("auc")
    assert found.once("exp-001", "s", never).tobytes() == VALUES.tobytes()
    assert found.known("exp-001", "changed") is None
    assert found.known("exp-002", "s") is None
    assert Kept(written).vectors("f1").known("exp-001", "s") is None


def test_what_was_kept_since_is_known_before_it_is_written(written):
    with Kept(written) as kept:
        found = kept.vectors("auc")
        found.keep("exp-002", "s", 2 * VALUES)
        assert found.known("exp-002", "s")[1] == 2
        assert found.known("exp-001", "s")[1] == 1
    assert Kept(written).vectors("auc").known("exp-002", "s")[1] == 2


def test_an_array_there_is_not_is_asked_for_again(tmp_path):
    with Kept(tmp_path) as kept:
        assert kept.vectors("auc").once("exp-001", "s", lambda: None) is None
        assert kept.vectors("auc").once("exp-001", "s", lambda: VALUES) is VALUES


def test_no_more_is_kept_than_there_is_room_for(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_VALUES", 9)
    for round_ in range(2):  # what was kept by an earlier run counts too
        with Kept(tmp_path) as kept:
            found = kept.vectors("auc")
            assert (found.known("exp-001", "s") is not None) == (round_ == 1)
            for name in ("exp-001", "exp-002", "exp-003"):
                assert found.once(name, "s", lambda: VALUES) is not None
    last = Kept(tmp_path).vectors("auc")
    assert [last.known(name, "s") is not None for name in ("exp-001", "exp-002", "exp-003")] == [True, True, False]


def test_arrays_of_the_last_metrics_stay_and_damage_costs_the_work_only(written):
    for metric in range(MOST_METRICS):
        with Kept(written) as kept:
            kept.vectors(f"metric {metric}").keep("exp-001", "s", VALUES)
    assert Kept(written).vectors("auc").known("exp-001", "s") is None
    assert Kept(written).vectors("metric 0").known("exp-001", "s") is not None
    (written / FILE).write_bytes(b"no database")
    assert Kept(written).vectors("metric 0").known("exp-001", "s") is None
