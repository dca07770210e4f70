from __future__ import annotations

import multiprocessing
import re

import pytest

import increment_process
from specweave.errors import StorageError
from specweave.increments import create_increment
from specweave.increments.numbering import SLUG_LIMIT, reserved_folder, slug


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Predict customer churn", "predict-customer-churn"),
        ("Kündigungen vorhersagen (Größe > 5)", "kündigungen-vorhersagen-grösse-5"),
        ("顧客の解約を予測する", "顧客の解約を予測する"),
        ("Прогноз оттока клиентов", "прогноз-оттока-клиентов"),
        ("don't stop", "dont-stop"),
        ("a/b\\c..d: e*f?", "a-b-c-d-e-f"),
        ("snake_case_name", "snake-case-name"),
        ("🙂🙂", "ml-increment"),
        ("", "ml-increment"),
        ("ﬁne Ｆullwidth", "fine-fullwidth"),
    ],
)
def test_a_slug_is_words_of_any_language(text, name):
    assert slug(text) == name


def test_a_long_title_is_cut_between_words_and_a_long_word_inside():
    assert slug("one two three four five six seven eight nine ten") == "one-two-three-four-five-six-seven-eight"
    assert slug("x" * 90) == "x" * SLUG_LIMIT


@pytest.mark.parametrize("text", ["Größenwahn " * 9, "解約" * 40, "a-b " * 40, "ग्राहक मंथन की भविष्यवाणी"])
def test_every_slug_makes_a_folder_the_workspace_finds(workspace, text):
    assert len(slug(text)) <= SLUG_LIMIT
    folder = create_increment(workspace, text)
    assert workspace.increment(1) == folder


def test_numbers_follow_the_highest_also_of_archived_ones(workspace):
    (workspace.increments / "0007-old").mkdir(parents=True)
    (workspace.increments / "_archive" / "0011-older").mkdir(parents=True)
    with reserved_folder(workspace.increments, "new") as (_, identity):
        pass
    assert identity == "0012-new"


def test_numbers_go_on_after_9999(workspace):
    (workspace.increments / "9999-last").mkdir(parents=True)
    with reserved_folder(workspace.increments, "new") as (_, identity):
        pass
    assert identity == "10000-new"
    assert workspace.increment("10000").id == "10000-new"


def test_a_failure_while_building_leaves_nothing(workspace):
    with pytest.raises(ZeroDivisionError), reserved_folder(workspace.increments, "new") as (folder, _):
        (folder / "half").write_text(str(1 / 0))
    assert list(workspace.increments.iterdir()) == []


def test_a_reservation_of_a_killed_process_is_stepped_over_and_seen_by_nobody(workspace):
    (workspace.increments / ".0001").mkdir(parents=True)
    folder = create_increment(workspace, "second")
    assert folder.number == 2
    assert workspace.increment_folders() == [folder]


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path):
    blocked = tmp_path / "increments"
    blocked.write_text("a file")
    with pytest.raises(StorageError), reserved_folder(blocked, "new"):
        pass


def test_sixteen_processes_at_once_get_sixteen_numbers(workspace):
    context = multiprocessing.get_context("spawn")
    barrier, out = context.Barrier(16), context.Queue()
    titles = ["same title" if n % 2 else f"title {n}" for n in range(16)]
    workers = [
        context.Process(target=increment_process.create, args=(workspace.root, title, barrier, out)) for title in titles
    ]
    for worker in workers:
        worker.start()
    made = sorted(out.get(timeout=100) for _ in workers)
    for worker in workers:
        worker.join()
    assert [int(name[:4]) for name in made] == list(range(1, 17))
    assert [folder.id for folder in workspace.increment_folders()] == made
    assert all((folder.path / "tests.md").exists() for folder in workspace.increment_folders())
    assert not [name for name in workspace.increments.iterdir() if re.match(r"\.\d", name.name)]
