from __future__ import annotations

import json

import pytest

from specweave.data import chain

ROOT = "r" * 64


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "ledger.jsonl"
    for name in ("é", "b", "c"):
        chain.append(found, ROOT, {"who": name})
    return found


def test_entries_come_back_in_order_with_their_links(path):
    entries = chain.read(path, ROOT)
    assert [entry["who"] for entry in entries] == ["é", "b", "c"]
    assert [entry["n"] for entry in entries] == [1, 2, 3]
    assert [entry["previous"] for entry in entries] == [ROOT, entries[0]["hash"], entries[1]["hash"]]


def test_no_file_is_an_empty_chain(tmp_path):
    assert chain.read(tmp_path / "none.jsonl", ROOT) == []


@pytest.mark.parametrize(
    ("tamper", "n", "how"),
    [
        (lambda lines: [lines[0], lines[2]], 2, "does not follow"),
        (lambda lines: [lines[1], lines[0], lines[2]], 1, "does not follow"),
        (lambda lines: [lines[0], lines[1].replace('"b"', '"x"'), lines[2]], 2, "was changed"),
        (lambda lines: [lines[0], "{", lines[2]], 2, "is not readable"),
        (lambda lines: [lines[0], lines[0], *lines[1:]], 2, "does not follow"),
    ],
    ids=["gap", "order", "change", "damage", "insertion"],
)
def test_what_was_done_to_a_line_is_named(path, tamper, n, how):
    path.write_text("\n".join(tamper(path.read_text("utf-8").splitlines())) + "\n", "utf-8")
    with pytest.raises(chain.BrokenChainError) as caught:
        chain.read(path, ROOT)
    assert caught.value.n == n
    assert how in caught.value.how
    with pytest.raises(chain.BrokenChainError):
        chain.append(path, ROOT, {"who": "d"})


def test_another_root_breaks_the_first_link(path):
    with pytest.raises(chain.BrokenChainError, match="entry 1 does not follow"):
        chain.read(path, "s" * 64)


def test_the_hash_does_not_depend_on_the_order_of_keys():
    assert chain.digest({"a": 1, "b": "ü"}) == chain.digest(json.loads('{"b": "ü", "a": 1}'))
