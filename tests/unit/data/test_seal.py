import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from specweave.data.seal import (
    is_sealed,
    looks,
    looks_elsewhere,
    looks_spent,
    open_sealed,
    read_seal,
    seal,
    training_rows,
)
from specweave.data.split import SplitPlan
from specweave.errors import SealedError
from specweave.workspace import IncrementFolder

FINGERPRINT = SimpleNamespace(content="c" * 64, schema_hash="s" * 64)


@pytest.fixture
def folder(workspace):
    path = workspace.increments / "0001-prüfung"
    path.mkdir(parents=True)
    return IncrementFolder(path)


@pytest.fixture
def frame():
    return pd.DataFrame({"a": np.arange(10.0), "name": [f"é{i}" for i in range(10)], "y": [0, 1] * 5})


@pytest.fixture
def plan():
    return SplitPlan("stratified", np.array([1, 4]), np.array([0, 2, 3, 5, 6, 7, 8, 9]), "y", reason="as asked")


@pytest.fixture
def sealed(folder, frame, plan):
    seal(folder, frame, plan, FINGERPRINT)
    return folder


def look(folder, purpose="final evaluation"):
    return open_sealed(folder, experiment="exp-001-x", purpose=purpose, who="tester")


def test_training_rows_keep_their_numbers_and_miss_the_sealed_ones(sealed, frame, plan):
    rows = training_rows(sealed)
    assert list(rows.index) == list(plan.train_rows)
    pd.testing.assert_frame_equal(rows.reset_index(drop=True), frame.iloc[plan.train_rows].reset_index(drop=True))


def test_sealed_rows_come_with_a_ledger_entry(sealed, plan):
    rows, entry = look(sealed)
    assert list(rows.index) == list(plan.test_rows)
    assert looks(sealed) == [entry]
    assert (entry.n, entry.who, entry.experiment, entry.previous) == (1, "tester", "exp-001-x", read_seal(sealed).id)


def test_each_look_chains_to_the_one_before(sealed):
    first, second = look(sealed)[1], look(sealed, "again")[1]
    assert second.previous == first.hash
    assert [entry.n for entry in looks(sealed)] == [1, 2]


def test_the_entry_is_written_before_rows_are_handed_out(sealed, monkeypatch):
    def full(path, line):
        raise OSError("disk full")

    monkeypatch.setattr("specweave.data.chain.append_line", full)
    with pytest.raises(OSError, match="disk full"):
        look(sealed)
    assert looks(sealed) == []


def test_sealing_twice_keeps_the_first_seal(sealed, frame, plan):
    before = read_seal(sealed)
    other = SplitPlan("random", np.array([0]), np.arange(1, 10), "y")
    assert seal(sealed, frame, other, FINGERPRINT) == before


def test_other_data_or_another_target_needs_a_new_increment(sealed, frame, plan):
    with pytest.raises(SealedError, match=r"other data.*create_increment"):
        seal(sealed, frame, plan, SimpleNamespace(content="d" * 64, schema_hash="s" * 64))
    with pytest.raises(SealedError, match="another target"):
        seal(sealed, frame, SplitPlan("random", plan.test_rows, plan.train_rows, "a"), FINGERPRINT)


def test_nothing_is_sealed_at_first(folder):
    assert not is_sealed(folder)
    assert looks(folder) == []
    with pytest.raises(SealedError, match="No test set is sealed"):
        training_rows(folder)


def test_rows_are_kept_out_of_version_control(sealed):
    assert {"*.parquet", "sealed/"} <= set((sealed.data / ".gitignore").read_text("utf-8").splitlines())


def test_a_half_written_seal_is_none(folder, frame, plan, monkeypatch):
    monkeypatch.setattr("specweave.data.seal.write_json", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        seal(folder, frame, plan, FINGERPRINT)
    monkeypatch.undo()
    assert not is_sealed(folder)
    assert seal(folder, frame, plan, FINGERPRINT).n_test == 2


def test_a_replaced_training_file_is_refused(sealed, frame):
    frame.to_parquet(sealed.data / "training.parquet")
    with pytest.raises(SealedError, match="not the file"):
        training_rows(sealed)


def test_a_replaced_sealed_file_is_refused_and_costs_no_look(sealed, frame):
    (sealed.data / "sealed" / "test.parquet").chmod(0o600)
    frame.to_parquet(sealed.data / "sealed" / "test.parquet")
    with pytest.raises(SealedError, match="not the file"):
        look(sealed)
    assert looks(sealed) == []


def test_a_changed_plan_is_refused(sealed):
    path = sealed.data / "split.json"
    facts = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**facts, "reason": "prettier"}), "utf-8")
    with pytest.raises(SealedError, match="changed after"):
        training_rows(sealed)


@pytest.mark.parametrize(
    ("tamper", "sentence"),
    [
        (lambda lines: [lines[0].replace("final", "first"), *lines[1:]], "entry 1 was changed"),
        (lambda lines: lines[1:], "entry 1 does not follow"),
        (lambda lines: [lines[0], lines[2]], "entry 2 does not follow"),
        (lambda lines: lines[:2], "entry 3 was removed"),
        (lambda lines: [], "entry 1 was removed"),
        (lambda lines: [*lines[:2], "{"], "entry 3 is not readable"),
    ],
)
def test_tampering_with_the_ledger_is_named_and_closes_the_seal(sealed, tamper, sentence):
    for _ in range(3):
        look(sealed)
    path = sealed.data / "looks.jsonl"
    path.write_text("".join(line + "\n" for line in tamper(path.read_text("utf-8").splitlines())), "utf-8")
    with pytest.raises(SealedError, match=sentence):
        looks(sealed)
    with pytest.raises(SealedError, match=sentence):
        look(sealed)


def test_a_crash_between_ledger_and_head_loses_no_look(sealed):
    look(sealed)
    head = (sealed.data / "looks-head.json").read_text("utf-8")
    look(sealed)
    (sealed.data / "looks-head.json").write_text(head, "utf-8")
    assert len(looks(sealed)) == 2
    assert look(sealed)[1].n == 3


def test_columns_of_mixed_cells_and_dates_survive(folder, plan):
    frame = pd.DataFrame(
        {
            "mixed": pd.Series([1, "b", None, 2.5, "e", 6, 7, 8, 9, 10], dtype=object),
            "when": pd.date_range("2024-01-01", periods=10),
            "kind": pd.Categorical(list("ababababab")),
            "y": range(10),
        }
    )
    seal(folder, frame, plan, FINGERPRINT)
    rows = training_rows(folder)
    assert rows["when"].dtype.kind == "M"
    assert list(rows["mixed"][[0, 5]]) == ["1", "6"]
    assert rows["mixed"].isna().sum() == 1


@pytest.fixture
def second(sealed, frame, plan):
    """A second increment of the same workspace, not sealed yet."""
    path = sealed.path.parent / "0002-again"
    path.mkdir()
    return IncrementFolder(path)


def test_looks_at_the_same_rows_in_another_increment_count(sealed, second, frame, plan):
    look(sealed)
    made = seal(second, frame, plan, FINGERPRINT)
    assert looks_elsewhere(second) == {"0001-prüfung": 1}
    assert made.evidence["looks_elsewhere"] == {"0001-prüfung": 1}
    assert made.reason == (
        "as asked 1 look at these test rows was already taken in 0001-prüfung and counted against the budget."
    )
    look(second)
    assert looks_spent(second) == looks_spent(sealed) == 2


def test_a_single_shared_test_row_is_enough(sealed, second, frame, plan):
    look(sealed)
    other = SplitPlan("random", np.array([4, 7]), np.array([0, 1, 2, 3, 5, 6, 8, 9]), "y")
    seal(second, frame, other, FINGERPRINT)
    assert looks_elsewhere(second) == {"0001-prüfung": 1}


@pytest.mark.parametrize("different", ["rows", "data", "target"])
def test_looks_at_something_else_do_not_count(sealed, second, frame, plan, different):
    look(sealed)
    rows = np.array([2, 3]) if different == "rows" else plan.test_rows
    data = SimpleNamespace(content="d" * 64, schema_hash="s" * 64) if different == "data" else FINGERPRINT
    target = "a" if different == "target" else "y"
    seal(second, frame, SplitPlan("random", rows, np.setdiff1d(np.arange(10), rows), target), data)
    assert looks_elsewhere(second) == {}
    assert "looks_elsewhere" not in read_seal(second).evidence


def test_a_spoilt_ledger_and_an_archived_increment_hide_no_look(sealed, second, frame, plan):
    look(sealed)
    look(sealed)
    (sealed.data / "looks.jsonl").write_text("not a look\n", "utf-8")
    shelf = sealed.path.parent / "_archive"
    shelf.mkdir()
    sealed.path.rename(shelf / sealed.id)
    seal(second, frame, plan, FINGERPRINT)
    assert looks_elsewhere(second) == {"0001-prüfung": 2}


def test_looks_count_also_where_the_rows_were_not_copied(sealed, second, frame, plan):
    look(sealed)
    seal(second, frame, plan, FINGERPRINT)
    (sealed.data / "sealed" / "test.parquet").unlink()
    assert looks_elsewhere(second) == {"0001-prüfung": 1}
    (second.data / "sealed" / "test.parquet").unlink()
    assert looks_elsewhere(second) == {"0001-prüfung": 1}


def test_later_looks_elsewhere_leave_earlier_findings_alone(sealed, second, frame, plan, monkeypatch):
    look(sealed)
    seal(second, frame, plan, FINGERPRINT)
    monkeypatch.setattr("specweave.data.seal._now", lambda: "2999-01-01T00:00:00+00:00")
    look(second)
    assert looks_elsewhere(sealed, before_own=True) == {}
    assert looks_elsewhere(sealed) == {"0002-again": 1}


def test_a_damaged_increment_beside_it_is_passed_over(sealed, second, frame, plan):
    (second.data).mkdir()
    (second.data / "split.json").write_text("{", "utf-8")
    assert looks_elsewhere(sealed) == {}
