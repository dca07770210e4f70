from __future__ import annotations

import json

import increment_factory as made
from specweave.checks.completion_earned import CompletionEarned
from specweave.checks.conformance import CheckConformance
from specweave.increments import complete_increment
from specweave.workspace import write_json


def by_hand(folder):
    facts = json.loads(folder.metadata_file.read_text("utf-8"))
    write_json(folder.metadata_file, {**facts, "status": "completed"})
    return folder


class TestCompletionEarned(CheckConformance):
    def check(self):
        return CompletionEarned()

    def broken(self, root):
        return by_hand(made.worked(made.place(root)))

    def sound(self, root):
        folder = made.worked(made.place(root))
        complete_increment(folder)
        return folder

    def unknowable(self, root):
        return made.worked(made.place(root))


def test_an_edited_summary_is_named(tmp_path):
    folder = made.worked(made.place(tmp_path))
    path = complete_increment(folder)
    path.write_text(path.read_text("utf-8") + "It is ready.\n", "utf-8")
    assert "is not the one complete_increment wrote" in CompletionEarned().run(folder).sentence
    path.unlink()
    assert "is gone" in CompletionEarned().run(folder).sentence


def test_a_completion_by_decision_is_told_as_one(tmp_path):
    folder = made.worked(made.place(tmp_path))
    (folder.data / "looks.jsonl").unlink()
    complete_increment(folder, "the ledger was lost with the disk")
    found = CompletionEarned().run(folder)
    assert found.outcome == "passed"
    assert "by a person's decision" in found.sentence
