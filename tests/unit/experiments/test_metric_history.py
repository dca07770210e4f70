from __future__ import annotations

import json

from specweave.experiments.backends.protocol import MetricValue
from specweave.experiments.metric_history import MetricHistory, last_values, read_history


def test_every_value_is_kept_with_its_step_and_the_last_one_is_found(tmp_path):
    history = MetricHistory(tmp_path)
    for step, loss in enumerate([0.5, 0.25]):
        history.append({"loss": (loss, None)}, step)
    assert [(line["step"], line["value"]) for line in read_history(tmp_path)] == [(0, 0.5), (1, 0.25)]
    assert last_values(tmp_path) == {"loss": 0.25}


def test_line_is_on_disk_before_append_returns(tmp_path):
    history = MetricHistory(tmp_path)
    history.append({"a": (1, None), "b": (None, "NaN")}, None)
    lines = (tmp_path / "metric-history.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["a", "b"]
    assert json.loads(lines[1])["reason"] == "NaN"


def test_torn_last_line_is_skipped_and_swallows_no_later_one(tmp_path):
    (tmp_path / "metric-history.jsonl").write_text('{"name": "a", "value": 1}\n{"name": "b", "val', "utf-8")
    assert last_values(tmp_path) == {"a": 1}
    MetricHistory(tmp_path).append({"c": (3, None)}, None)
    assert last_values(tmp_path) == {"a": 1, "c": 3}


def test_lines_of_others_are_noticed(tmp_path):
    own, other = MetricHistory(tmp_path), MetricHistory(tmp_path)
    own.append({"a": (1, None)}, None)
    assert not own.others_wrote()
    other.append({"b": (1, None)}, None)
    assert own.others_wrote()
    own.adopt()
    assert not own.others_wrote()


def test_appending_after_close_opens_again(tmp_path):
    history = MetricHistory(tmp_path)
    history.append({"a": (1, None)}, None)
    history.close()
    history.append({"a": (2, None)}, None)
    assert last_values(tmp_path) == {"a": 2}


def test_no_history_is_empty(tmp_path):
    assert last_values(tmp_path) == {}


def test_points_from_elsewhere_that_are_no_numbers_are_kept_as_valid_lines(tmp_path):
    MetricHistory(tmp_path).append_points(
        [MetricValue("a", float("nan"), None, 1.0), MetricValue('"b\n', 2.5, 3, 1.2345)]
    )
    first, second = map(json.loads, (tmp_path / "metric-history.jsonl").read_text("utf-8").splitlines())
    assert first == {"name": "a", "value": None, "step": None, "time": 1.0, "reason": "NaN"}
    assert second == {"name": '"b\n', "value": 2.5, "step": 3, "time": 1.234}
