from __future__ import annotations

import pytest

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.looks_within_budget import LooksWithinBudget


class TestLooksWithinBudget(CheckConformance):
    def check(self):
        return LooksWithinBudget()

    def broken(self, root):
        folder = made.place(root, look_budget=1)
        made.sealed(folder)
        made.look(folder)
        made.look(folder)
        return folder

    def sound(self, root):
        folder = made.place(root, look_budget=2)
        made.sealed(folder)
        made.look(folder)
        made.look(folder)
        return folder

    def unknowable(self, root):
        return made.place(root)


def test_the_remedy_for_a_spent_test_set_is_a_new_one(tmp_path):
    folder = made.place(tmp_path, look_budget=1)
    made.sealed(folder)
    made.look(folder)
    made.look(folder)
    verdict = LooksWithinBudget().run(folder)
    assert "2 looks at the sealed test set, 1 agreed" in verdict.sentence
    assert verdict.remedy.tool == "create_increment"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: lines[1:],
        lambda lines: lines[:1],
        lambda lines: lines[::-1],
        lambda lines: [lines[0].replace("exp-002", "exp-003"), lines[1]],
        lambda lines: [],
    ],
)
def test_a_ledger_that_was_touched_is_found(tmp_path, spoil):
    folder = made.place(tmp_path)
    made.sealed(folder)
    made.look(folder)
    made.look(folder)
    path = folder.data / "looks.jsonl"
    path.write_text("".join(f"{line}\n" for line in spoil(path.read_text("utf-8").splitlines())), "utf-8")
    verdict = LooksWithinBudget().run(folder)
    assert verdict.outcome == "failed"
    assert "tampered" in verdict.sentence


def test_an_evaluation_without_a_look_is_found(tmp_path):
    folder = made.place(tmp_path)
    made.sealed(folder)
    made.look(folder)
    made.evaluation(folder)
    assert LooksWithinBudget().run(folder).outcome == "passed"
    (folder.data / "looks.jsonl").unlink()
    (folder.data / "looks-head.json").unlink()
    verdict = LooksWithinBudget().run(folder)
    assert verdict.outcome == "failed"
    assert "metadata.json knows of 1 look" in verdict.sentence


def test_looks_at_the_same_rows_in_another_increment_count_and_are_named(workspace):
    first = made.increment(workspace, look_budget=1)
    made.sealed(first)
    made.look(first)
    second = made.increment(workspace, look_budget=1)
    made.sealed(second)
    made.look(second)
    verdict = LooksWithinBudget().run(second)
    assert verdict.outcome == "failed"
    assert f"2 looks at the sealed test set (1 of them in {first.id}), 1 agreed" in verdict.sentence


def test_a_split_replaced_after_a_look_is_named(tmp_path):
    folder = made.place(tmp_path)
    made.sealed(folder)
    made.look(folder)
    for name in ("split.json", "looks.jsonl", "looks-head.json", "training.parquet", "sealed/test.parquet"):
        (folder.data / name).chmod(0o600)
        (folder.data / name).unlink()
    made.sealed(folder, n=50)
    verdict = LooksWithinBudget().run(folder)
    assert verdict.outcome == "failed"
    assert "The split was replaced: an earlier seal" in verdict.sentence
    assert "had 1 look" in verdict.sentence


def test_a_witness_that_was_deleted_is_named(tmp_path):
    from specweave.witness_file import path_of

    folder = made.worked(made.place(tmp_path))
    path_of(folder).unlink()
    found = LooksWithinBudget().run(folder)
    assert found.outcome == "failed"
    assert "witness does not know the seal" in found.sentence
