from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from specweave.errors import ExperimentError
from specweave.experiments import naming


def _nothing(identifier, path):
    return None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LightGBM", "lightgbm"),
        ("Größe & Höhe", "grosse-hohe"),
        ("模型 七", "模型-七"),
        ("été_2", "ete-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("🙂", "experiment"),
        ("", "experiment"),
        ("a" * 100, "a" * 48),
    ],
)
def test_any_name_gives_a_folder_name(name, expected):
    assert naming.slug(name) == expected


def test_long_name_is_cut_between_characters():
    cut = naming.slug("模" * 40)
    assert cut == "模" * 16


def test_numbers_rise_past_999_and_past_gaps(tmp_path):
    for name in ("exp-002-a", "exp-999-b", "notes", "exp-x"):
        (tmp_path / name).mkdir()
    assert naming.reserve(tmp_path, "c", _nothing).name == "exp-1000-c"
    assert [n for n, _ in naming.numbered_folders(tmp_path)] == [2, 999, 1000]


def test_threads_get_different_numbers(tmp_path):
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.append(naming.reserve(tmp_path, "t", _nothing).name)) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [f"exp-{n:03d}-t" for n in range(1, 17)]


def test_processes_get_different_numbers(tmp_path):
    program = (
        "import sys; from pathlib import Path; from specweave.experiments import naming\n"
        "for i in range(10): naming.reserve(Path(sys.argv[1]), sys.argv[2], lambda identifier, path: None)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), f"p{i}"]) for i in range(8)]
    assert [process.wait() for process in running] == [0] * 8
    assert [n for n, _ in naming.numbered_folders(tmp_path)] == list(range(1, 81))


def test_folder_of_a_killed_process_is_removed_and_never_listed(tmp_path):
    (tmp_path / ".exp-001-a.new").mkdir()
    (tmp_path / ".exp-001-a.new" / "metadata.yaml").write_text("id", "utf-8")
    assert naming.numbered_folders(tmp_path) == []
    assert naming.reserve(tmp_path, "b", _nothing).name == "exp-001-b"
    assert not (tmp_path / ".exp-001-a.new").exists()


def test_failure_while_filling_leaves_no_record(tmp_path):
    def fail(identifier, path):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        naming.reserve(tmp_path, "a", fail)
    assert naming.numbered_folders(tmp_path) == []


@pytest.mark.parametrize("reference", ["exp-003-lightgbm", "exp-003", "exp-3", 3, "3", "003", " 3 "])
def test_record_is_found_by_id_prefix_or_number(tmp_path, reference):
    (tmp_path / "exp-003-lightgbm").mkdir()
    (tmp_path / "exp-033-other").mkdir()
    assert naming.find(tmp_path, reference).name == "exp-003-lightgbm"


def test_unknown_record_names_those_there_are(tmp_path):
    (tmp_path / "exp-003-lightgbm").mkdir()
    with pytest.raises(ExperimentError, match="exp-003-lightgbm") as failure:
        naming.find(tmp_path, "exp-003-lightgmb")
    assert failure.value.next_step == "did you mean exp-003-lightgbm?"


def test_several_are_found_in_the_order_given(tmp_path):
    made = [naming.reserve(tmp_path, name, lambda *_: None).name for name in ("a", "b", "c")]
    assert naming.find_all(tmp_path, [3, made[0], "exp-002"]) == [made[2], made[0], made[1]]
    with pytest.raises(ExperimentError, match="No experiment by that id"):
        naming.find_all(tmp_path, [1, 9])


def test_a_folder_that_others_changed_is_listed_again(tmp_path):
    naming.reserve(tmp_path, "a", _nothing)
    (tmp_path / "exp-041-copied").mkdir()
    assert naming.reserve(tmp_path, "b", _nothing).name == "exp-042-b"
    (tmp_path / "exp-041-copied").rmdir()
    (tmp_path / "exp-042-b").rmdir()
    assert naming.reserve(tmp_path, "c", _nothing).name == "exp-002-c"


@pytest.mark.parametrize("content", [b"", b"7", b"x 1", b"\0\xff" * 40, b"99999 0"])
def test_whatever_stands_in_the_lock_the_number_is_right(tmp_path, content):
    naming.reserve(tmp_path, "a", _nothing)
    (tmp_path / ".lock").write_bytes(content)
    assert naming.reserve(tmp_path, "b", _nothing).name == "exp-002-b"


def test_the_next_number_needs_no_listing(tmp_path, monkeypatch):
    naming.reserve(tmp_path, "a", _nothing)
    monkeypatch.setattr(naming, "_names", lambda folder: pytest.fail("it was listed"))
    assert naming.reserve(tmp_path, "b", _nothing).name == "exp-002-b"


def test_locks_and_indexes_are_kept_out_of_version_control(tmp_path):
    naming.reserve(tmp_path, "a", _nothing)
    assert (tmp_path / ".gitignore").read_text("utf-8").split() == [".*", "!.gitignore"]
