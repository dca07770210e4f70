from __future__ import annotations

import json
import shutil
import subprocess

import pytest

import increment_factory as made
from specweave import witness_file
from specweave.data import seal, witness
from specweave.errors import SealedError
from specweave.workspace import Workspace


@pytest.fixture
def folder(workspace):
    found = made.increment(workspace)
    made.sealed(found)
    made.look(found)
    made.look(found)
    return found


def wipe(folder, *names):
    for name in names:
        path = folder.data / name
        path.chmod(0o600)
        path.unlink()


def forget_metadata(folder):
    facts = folder.metadata()
    del facts["ml"][witness.METADATA_KEY]
    folder.metadata_file.write_text(json.dumps(facts), "utf-8")


def test_an_honest_ledger_agrees_with_all_its_witnesses(folder):
    hashes = [look.hash for look in seal.looks(folder)]
    said = list(witness.testimonies(folder, seal.read_seal(folder).id))
    assert {one.place for one in said} == {"data/looks-head.json", "metadata.json", ".specweave/looks-witness.jsonl"}
    assert [one.n for one in said if one.place.startswith(".spec")] == [0, 1, 2]
    assert witness.disagreement(folder, seal.read_seal(folder).id, hashes) is None


def test_deleting_ledger_and_head_together_is_named_by_the_metadata(folder):
    wipe(folder, "looks.jsonl", "looks-head.json")
    with pytest.raises(SealedError, match=r"entry 1 was removed: metadata.json knows of 2 looks"):
        seal.looks(folder)


def test_and_with_the_metadata_gone_too_by_the_project(folder):
    wipe(folder, "looks.jsonl", "looks-head.json")
    forget_metadata(folder)
    with pytest.raises(SealedError, match=r"looks-witness.jsonl knows of 1 look"):
        made.look(folder)


def test_a_ledger_rewritten_with_a_valid_chain_is_found(folder):
    wipe(folder, "looks.jsonl", "looks-head.json")
    forget_metadata(folder)
    kept = witness_file.path_of(folder).read_text("utf-8")
    witness_file.path_of(folder).unlink()
    made.look(folder, "exp-001-other")
    made.look(folder)
    witness_file.path_of(folder).write_text(kept, "utf-8")
    with pytest.raises(SealedError, match=r"entry 1 was replaced: .specweave/looks-witness.jsonl"):
        seal.looks(folder)


def test_an_evaluation_is_a_witness_of_its_look(folder):
    taken = seal.looks(folder)[-1]
    facts = {"look": 2, "look_taken": {"hash": taken.hash}, "data": {"seal": seal.read_seal(folder).id}}
    (folder.reports / "evaluation.json").write_text(json.dumps(facts), "utf-8")
    wipe(folder, "looks.jsonl", "looks-head.json")
    forget_metadata(folder)
    witness_file.path_of(folder).unlink()
    with pytest.raises(SealedError, match=r"reports/evaluation.json knows of 2 looks"):
        seal.looks(folder)


def test_git_remembers_a_ledger_that_was_committed(folder):
    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(folder.root), *identity, *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("add", "-f", str(folder.data / "looks.jsonl"))
    git("commit", "-qm", "looks")
    made.look(folder)
    assert len(seal.looks(folder)) == 3  # a longer ledger is no contradiction
    wipe(folder, "looks.jsonl", "looks-head.json")
    forget_metadata(folder)
    witness_file.path_of(folder).unlink()
    with pytest.raises(SealedError, match="entry 1 is not the one committed in git"):
        seal.looks(folder)


def test_looks_of_a_deleted_increment_still_count(folder, workspace):
    shutil.rmtree(folder.path)
    second = made.increment(workspace)
    made.sealed(second)
    assert sum(seal.looks_elsewhere(second).values()) == 2
    assert "is gone" in next(iter(seal.looks_elsewhere(second)))


def test_a_split_replaced_after_a_look_is_told(folder):
    before = seal.read_seal(folder)
    assert witness.sealed_anew(folder, before.id) is None
    wipe(folder, "split.json", "looks.jsonl", "looks-head.json", "training.parquet", "sealed/test.parquet")
    made.sealed(folder, n=50)
    found = witness.sealed_anew(folder, seal.read_seal(folder).id)
    assert (found.seal, found.looks) == (before.id, 2)


def test_a_crash_between_ledger_and_witness_is_no_tampering(folder, monkeypatch):
    monkeypatch.setattr(witness, "testify", lambda *_, **__: None)
    made.look(folder)
    assert len(seal.looks(folder)) == 3


def test_a_damaged_witness_says_nothing_and_stops_nothing(folder):
    witness_file.path_of(folder).write_bytes(b"\xff{\n[]\n" + witness_file.path_of(folder).read_bytes())
    assert len(seal.looks(folder)) == 2


def test_a_copied_increment_has_a_ledger_of_its_own(folder, workspace):
    copy = workspace.increments / "0007-copy"
    shutil.copytree(folder.path, copy)
    twin = Workspace.find(workspace.root).increment(7)
    made.look(twin)
    assert len(seal.looks(twin)) == 3
    assert len(seal.looks(folder)) == 2


def test_the_hash_of_an_evaluation_is_kept_per_look(folder):
    seal_id = seal.read_seal(folder).id
    witness.testify_evaluation(folder, seal=seal_id, look=2, content={"a": [1.5], "b": None}, documents=[])
    known = witness.evaluations(folder).get(2)
    assert known == witness.content_sha256({"b": None, "a": [1.5]})
    assert 1 not in witness.evaluations(folder)


def test_a_reset_does_not_forget_a_look_that_was_committed(folder):
    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(folder.root), *identity, *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A", "-f", ".")
    git("commit", "-qm", "so far")
    made.look(folder)
    git("add", "-A", "-f", ".")
    git("commit", "-qm", "one look more")
    git("reset", "-q", "--hard", "HEAD~1")
    with pytest.raises(SealedError, match=r"entry 3 is not the one in git commit [0-9a-f]{10}"):
        seal.looks(folder)


def test_what_was_taken_out_of_the_witness_is_missed(folder):
    seal_id = seal.read_seal(folder).id
    assert witness.unknown_to_project(folder, seal_id) is None
    path = witness_file.path_of(folder)
    kept = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(line for line in kept if '"n": 2' not in line) + "\n", "utf-8")
    assert witness.unknown_to_project(folder, seal_id) == "look 2"
    path.unlink()
    assert witness.unknown_to_project(folder, seal_id) == "the seal"
