from __future__ import annotations

import threading

import pytest

from specweave.experiments import document
from specweave.experiments.document import Document


def test_mappings_are_merged_and_everything_else_replaced():
    old = {"a": {"x": 1, "y": 2}, "b": [1]}
    assert document.merge(old, {"a": {"y": 3}, "b": [2]}) == {"a": {"x": 1, "y": 3}, "b": [2]}
    assert old == {"a": {"x": 1, "y": 2}, "b": [1]}


@pytest.mark.parametrize("name", ["facts.json", "facts.yaml"])
def test_what_another_writer_added_is_kept(tmp_path, name):
    first, second = Document(tmp_path / name), Document(tmp_path / name)
    first.update({"a": 1})
    second.update({"b": 2})
    first.update({"c": 3})
    assert document.read(tmp_path / name) == {"a": 1, "b": 2, "c": 3}


def test_threads_lose_nothing(tmp_path):
    shared = Document(tmp_path / "facts.json")

    def work(thread):
        own = Document(tmp_path / "facts.json")
        for i in range(10):
            (shared if i % 2 else own).update({f"{thread}-{i}": i})

    threads = [threading.Thread(target=work, args=(t,)) for t in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(document.read(tmp_path / "facts.json")) == 60


def test_damage_by_hand_is_set_aside_and_the_known_content_written_anew(tmp_path):
    path = tmp_path / "facts.yaml"
    facts = Document(path)
    facts.update({"a": 1})
    path.write_text("a: [", "utf-8")
    facts.update({"b": 2})
    assert document.read(path) == {"a": 1, "b": 2}
    assert (tmp_path / "facts.yaml.damaged").read_text("utf-8") == "a: ["


def test_missing_file_is_empty_and_a_list_is_an_error(tmp_path):
    assert document.read(tmp_path / "none.json") == {}
    (tmp_path / "list.json").write_text("[1]", "utf-8")
    with pytest.raises(ValueError, match="mapping"):
        document.read(tmp_path / "list.json")
