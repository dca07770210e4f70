from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from specweave.errors import DataError
from specweave.jobs.outcome import facts, plain


@dataclass
class Point:
    x: float
    path: Path


class Model(BaseModel):
    name: str
    where: Path


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        ("ä", "ä"),
        (float("nan"), None),
        (float("-inf"), None),
        (np.float64(0.5), 0.5),
        (np.float32("nan"), None),
        (np.int64(3), 3),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        ((1, 2), [1, 2]),
        (frozenset({1}), [1]),
        ({1: {"a": Path("/x")}}, {"1": {"a": "/x"}}),
        (Point(1.5, Path("/y")), {"x": 1.5, "path": "/y"}),
        (Model(name="m", where=Path("/z")), {"name": "m", "where": "/z"}),
    ],
)
def test_values_become_json(value, expected):
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


def test_a_known_error_keeps_its_facts():
    error = DataError("No", value=[1, 2], allowed="three", next_step="try")
    assert facts(error, "log") == {
        "type": "DataError",
        "what": "No",
        "value": "[1, 2]",
        "allowed": "three",
        "next_step": "try",
    }


def test_an_unknown_error_names_the_log_and_keeps_to_one_line():
    found = facts(KeyError("a\nb"), "/the/log")
    assert "KeyError" in found["what"]
    assert "\n" not in found["what"]
    assert "/the/log" in found["next_step"]
