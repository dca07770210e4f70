"""Answers count while their signature does, survive a run that is ended, and damage costs only the work."""

from __future__ import annotations

import sqlite3

import pytest

from specweave.comparison import kept as module
from specweave.comparison.kept import FILE, MOST_REFERENCES, Kept

FIELDS = ("a", "b", "c")
ONE, TWO, THREE = FIELDS[:1], FIELDS[:2], FIELDS


def never():
    raise AssertionError("it was worked out again")


def remember(folder, name="estimate auc", record="exp-001", signature="s", answer=(1.5, None)):
    with Kept(folder) as kept:
        kept.question(name, FIELDS[: len(answer)]).keep(record, signature, answer)


def test_an_answer_counts_while_the_signature_does(tmp_path):
    remember(tmp_path)
    with Kept(tmp_path) as kept:
        assert kept.question("estimate auc", TWO).once("exp-001", "s", never) == (1.5, None)
        assert kept.question("estimate auc", TWO).once("exp-001", "changed", lambda: (2, 0.5)) == (2, 0.5)
        assert kept.made == 1
    assert Kept(tmp_path).question("estimate auc", TWO).known("exp-001", "changed") == (2, 0.5)


def test_questions_are_apart(tmp_path):
    remember(tmp_path)
    assert Kept(tmp_path).question("estimate f1", TWO).known("exp-001", "s") is None


def test_an_answer_of_another_form_is_worked_out_again(tmp_path):
    remember(tmp_path)
    assert Kept(tmp_path).question("estimate auc", THREE).known("exp-001", "s") is None


def test_what_was_worked_out_before_a_failure_is_kept(tmp_path):
    def compare_two():
        with Kept(tmp_path) as kept:
            kept.question("split", ONE).once("exp-001", "s", lambda: ("done",))
            kept.question("split", ONE).once("exp-002", "s", never)

    with pytest.raises(AssertionError):
        compare_two()
    assert Kept(tmp_path).question("split", ONE).known("exp-001", "s") == ("done",)


def test_a_process_that_is_killed_loses_only_the_last_few(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_EVERY", 10)
    kept = Kept(tmp_path)  # never left, as if the process had gone
    for number in range(25):
        kept.question("split", ONE).keep(f"exp-{number}", "s", (number,))
    there = Kept(tmp_path).question("split", ONE)
    assert [there.known(f"exp-{number}", "s") for number in (0, 19, 20)] == [(0,), (19,), None]


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0 and then nothing of the kind"])
def test_a_damaged_file_is_made_anew(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    with Kept(tmp_path) as kept:
        assert kept.question("split", ONE).once("exp-001", "s", lambda: ("new",)) == ("new",)
    assert Kept(tmp_path).question("split", ONE).once("exp-001", "s", never) == ("new",)


def test_a_damaged_answer_is_worked_out_again(tmp_path):
    remember(tmp_path)
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("UPDATE answers SET content = '{\"x\"'")
    database.close()
    assert Kept(tmp_path).question("estimate auc", TWO).once("exp-001", "s", lambda: (1, 2)) == (1, 2)


def test_a_file_of_another_format_is_replaced(tmp_path):
    remember(tmp_path)
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with Kept(tmp_path) as kept:
        assert kept.question("estimate auc", TWO).once("exp-001", "s", lambda: (7, 8)) == (7, 8)
    assert Kept(tmp_path).question("estimate auc", TWO).known("exp-001", "s") == (7, 8)


def test_a_locked_file_stops_nobody(tmp_path, monkeypatch):
    remember(tmp_path)
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda file, timeout: real(file, timeout=0.01))
    other = real(tmp_path / FILE)
    other.execute("BEGIN EXCLUSIVE")
    with Kept(tmp_path) as kept:
        assert kept.question("estimate auc", TWO).once("exp-001", "s", lambda: (3, 4)) == (3, 4)
    other.rollback()
    other.close()
    assert Kept(tmp_path).question("estimate auc", TWO).known("exp-001", "s") == (1.5, None)


@pytest.mark.parametrize(
    "answer",
    [
        '{"record":["exp-001"],"signature":["s"],"a":[1]}',
        '{"record":["exp-001","x"],"signature":["s"],"a":[1],"b":[2]}',
        "[1]",
    ],
)
def test_answers_of_another_form_are_worked_out_again(tmp_path, answer):
    remember(tmp_path)
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("UPDATE answers SET content = ?", (answer,))
    database.close()
    assert Kept(tmp_path).question("estimate auc", TWO).once("exp-001", "s", lambda: (1, 2)) == (1, 2)


def test_the_newest_of_several_answers_counts_and_many_texts_become_one(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_MOST_TEXTS", 3)

    def texts():
        with sqlite3.connect(tmp_path / FILE) as database:
            found = database.execute("SELECT content FROM answers ORDER BY rowid").fetchall()
        database.close()
        return found

    for number in range(3):
        remember(tmp_path, record=f"exp-{number}")
    remember(tmp_path, record="exp-0", answer=(2.5, None))
    assert len(texts()) == 1
    remember(tmp_path, record="exp-1", answer=(3.5, None))
    assert len(texts()) == 2
    there = Kept(tmp_path).question("estimate auc", TWO)
    assert [there.known(f"exp-{number}", "s")[0] for number in range(3)] == [2.5, 3.5, 1.5]


def test_what_may_still_change_is_told_once_and_not_kept(tmp_path):
    with Kept(tmp_path) as kept:
        assert kept.question("facts", ONE).keep("exp-001", None, ("a",)) == ("a",)
        assert kept.made == 1
        assert kept.question("facts", ONE).known("exp-001", "s") is None


def test_tests_against_old_references_are_forgotten(tmp_path, monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(module.time, "time", lambda: next(clock))
    remember(tmp_path)
    for number in range(MOST_REFERENCES + 2):
        remember(tmp_path, name=f"compare auc {number}")
    kept = Kept(tmp_path)
    known = [
        kept.question(f"compare auc {number}", TWO).known("exp-001", "s") is not None
        for number in range(MOST_REFERENCES + 2)
    ]
    assert known == [False, False, *[True] * MOST_REFERENCES]
    assert kept.question("estimate auc", TWO).known("exp-001", "s") == (1.5, None)
