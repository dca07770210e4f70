from __future__ import annotations

import json

import pytest

from specweave.jobs.progress_file import ProgressReader, ProgressWriter, last_line


@pytest.fixture
def path(tmp_path):
    return tmp_path / "progress.jsonl"


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_line_tells_when_where_and_in_which_attempt(path):
    ProgressWriter(path, attempt=2)(1, 5, "Falte 1 von 5 – läuft")
    (line,) = lines(path)
    assert (line["done"], line["total"], line["message"], line["attempt"]) == (1, 5, "Falte 1 von 5 – läuft", 2)
    assert line["time"] > 1.7e9


def test_a_long_message_is_cut_to_one_line_of_200_characters(path):
    ProgressWriter(path, 1)(0, 1, "word\n" * 500)
    assert len(lines(path)[0]["message"]) == 200


def test_a_flood_is_thinned_and_the_last_line_survives(path):
    writer = ProgressWriter(path, 1, per_second=5)
    for i in range(1000):
        writer(i, 1000, f"line {i}")
    writer.flush()
    written = lines(path)
    assert [line["done"] for line in written] == [0, 1, 2, 3, 4, 999]


def test_a_writer_that_cannot_write_does_not_end_the_work(tmp_path):
    (tmp_path / "file").write_text("")
    ProgressWriter(tmp_path / "file" / "below", 1)(0, 1, "message")


def test_the_reader_hands_out_what_was_added_since(path):
    writer = ProgressWriter(path, 1)
    writer(0, 3, "before")
    reader = ProgressReader(path)
    assert reader.new_lines() == []
    writer(1, 3, "one")
    writer(2, 3, "two")
    assert [line.message for line in reader.new_lines()] == ["one", "two"]
    assert reader.new_lines() == []


def test_a_torn_last_line_waits_until_it_is_whole(path):
    reader = ProgressReader(path)
    assert reader.new_lines() == []
    whole = json.dumps({"time": 1.0, "attempt": 1, "done": 1.0, "total": 2.0, "message": "ä"}, ensure_ascii=False)
    raw = (whole + "\n").encode()
    path.write_bytes(raw[:-4])
    assert reader.new_lines() == []
    assert last_line(path) is None
    path.write_bytes(raw)
    assert [line.message for line in reader.new_lines()] == ["ä"]


def test_a_line_torn_by_a_crash_is_passed_over(path):
    path.write_bytes(b'{"time": 1.0, "attem')
    assert last_line(path) is None
    reader = ProgressReader(path)
    ProgressWriter(path, 2)(1, 1, "whole")
    assert last_line(path).message == "whole"
    assert [line.message for line in reader.new_lines()] == ["whole"]


def test_no_file_is_no_progress(path):
    assert last_line(path) is None
    assert ProgressReader(path).new_lines() == []
