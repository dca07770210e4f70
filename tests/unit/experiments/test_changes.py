from __future__ import annotations

import pytest

from specweave.experiments import changes, create_experiment


@pytest.fixture
def experiment(folder):
    return create_experiment(folder, "a", kind="script", params={"C": 1})


def test_the_same_batch_comes_again_until_it_was_delivered(experiment):
    experiment.log_metric("loss", 1.0, step=0)
    found = changes.Changes(experiment.path)
    first = found.next()
    experiment.log_metric("loss", 0.5, step=1)
    second = found.next()
    assert [value.value for value in first.metrics] == [1.0]
    assert [value.value for value in second.metrics] == [1.0, 0.5]
    found.delivered()
    assert not found.next()


def test_only_what_changed_comes_next(experiment, tmp_path):
    found = changes.Changes(experiment.path)
    found.next()
    found.delivered()
    experiment.log_params({"C": 1, "depth": 2})
    experiment.set_tags(team="x")
    experiment.log_note("one")
    batch = found.next()
    assert (batch.params, batch.tags, [file.name for file in batch.files]) == (
        {"depth": 2},
        {"team": "x"},
        ["notes.md"],
    )
    found.delivered()
    experiment.log_note("two")
    assert [file.name for file in found.next().files] == ["notes.md"]


def test_long_histories_come_in_portions_that_hold_every_line_once(experiment, monkeypatch):
    monkeypatch.setattr(changes, "_PORTION_BYTES", 500)
    for step in range(200):
        experiment.log_metric("loss", step / 7, step=step)
    experiment.log_metric("ü" * 800, 1.0)
    found = changes.Changes(experiment.path)
    steps, batches = [], 0
    while batch := found.next():
        steps += [value.step for value in batch.metrics]
        batches += 1
        found.delivered()
    assert steps == [*range(200), None]
    assert batches > 10


def test_a_torn_line_waits_for_its_end_and_a_damaged_one_is_passed_over(experiment):
    path = experiment.path / "metric-history.jsonl"
    path.write_bytes(b'{"name": "a", "value": 1, "step": 0, "time": 1}\n[]\n{"name": "b", "val')
    found = changes.Changes(experiment.path)
    assert [value.name for value in found.next().metrics] == ["a"]
    found.delivered()
    assert not found.next().metrics
    with path.open("ab") as out:
        out.write(b'ue": 2, "step": 0, "time": 1}\n')
    assert [value.name for value in found.next().metrics] == ["b"]


def test_files_still_being_written_are_left_out(experiment):
    folder = experiment.path / "artifacts" / "deep"
    folder.mkdir(parents=True)
    (folder / ".half.tmp").write_text("x")
    (folder / "whole.txt").write_text("x")
    assert [file.name for file in changes.Changes(experiment.path).next().files] == ["artifacts/deep/whole.txt"]
