from __future__ import annotations

import pytest

from specweave.experiments import create_experiment, find_unfinished, list_experiments
from specweave.experiments.record import read_record


def test_increment_without_experiments_has_none(folder):
    assert list_experiments(folder) == []


def test_records_come_in_order_of_their_numbers(folder):
    for name in ("b", "a"):
        create_experiment(folder, name, kind="baseline", params={"x": name}).finish()
    found = list_experiments(folder)
    assert [(s.id, s.number, s.name, s.kind, s.params) for s in found] == [
        ("exp-001-b", 1, "b", "baseline", {"x": "b"}),
        ("exp-002-a", 2, "a", "baseline", {"x": "a"}),
    ]


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("metadata.yaml", b"id: [", "metadata.yaml is damaged"),
        ("metadata.yaml", b"\xff\xfe", "metadata.yaml is damaged"),
        ("params.json", b'{"a": 1', "params.json is damaged"),
        ("metrics.json", b"", "metrics.json is damaged"),
    ],
)
def test_damaged_file_is_reported_and_the_rest_is_read(folder, file, content, sentence):
    experiment = create_experiment(folder, "a", kind="candidate", params={"rate": 1})
    experiment.log_metric("auc", 0.9)
    experiment.finish()
    (experiment.path / file).write_bytes(content)
    (found,) = list_experiments(folder)
    assert len(found.damage) == 1
    assert sentence in found.damage[0]
    assert found.metrics == {"auc": 0.9}
    assert found.status == ("damaged" if file == "metadata.yaml" else "finished")


def test_empty_folder_is_reported(folder):
    (folder.experiments / "exp-001-a").mkdir(parents=True)
    (found,) = list_experiments(folder)
    assert found.damage == ("metadata.yaml is missing",)
    assert found.status == "damaged"


def test_record_that_is_a_file_is_reported(folder):
    folder.experiments.mkdir()
    (folder.experiments / "exp-001-a").write_text("x", "utf-8")
    (found,) = list_experiments(folder)
    assert found.damage


def test_unfinished_is_the_newest_of_that_name_and_kind(folder):
    assert find_unfinished(folder, "a", "candidate") is None
    create_experiment(folder, "a", kind="candidate").finish("failed")
    create_experiment(folder, "b", kind="candidate").finish()
    assert find_unfinished(folder, "a", "candidate").id == "exp-001-a"
    assert find_unfinished(folder, "a", "baseline") is None
    create_experiment(folder, "a", kind="candidate").finish()
    assert find_unfinished(folder, "a", "candidate") is None


def test_running_record_of_this_process_is_not_interrupted(folder):
    experiment = create_experiment(folder, "a", kind="candidate")
    assert not experiment.summary().interrupted
    experiment.update_metadata(process={"started": "another"})
    assert read_record(experiment.path).interrupted
