from __future__ import annotations

import datetime as dt
import enum
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from specweave.experiments import values


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Config:
    rate: float
    path: Path


class Hostile:
    def __repr__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (np.float64(1.5), 1.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([1, 2]), [1, 2]),
        (np.array(2.5), 2.5),
        (Path("a/b"), "a/b"),
        (Colour.RED, "red"),
        ({1, 2}, [1, 2]),
        ((1, "a"), [1, "a"]),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (Config(0.1, Path("x")), {"rate": 0.1, "path": "x"}),
        ({1: {"a": np.float32(0.5)}}, {"1": {"a": 0.5}}),
        (len, "builtins.len"),
        (None, None),
        (True, True),
    ],
)
def test_what_scripts_log_becomes_json(given, stored):
    assert values.plain(given) == stored
    json.dumps(values.plain(given), allow_nan=False)


def test_large_array_becomes_shape_type_and_hash():
    found = values.plain(np.zeros((100, 100)))
    assert found.startswith("<ndarray (100, 100) float64, sha256 ")
    assert found != values.plain(np.ones((100, 100)))


def test_long_list_keeps_its_first_items_and_the_number_left_out():
    assert values.plain(list(range(10_003)))[-1] == "… 3 more"


def test_self_containing_list_ends():
    loop: list = []
    loop.append(loop)
    json.dumps(values.plain(loop))


def test_object_whose_repr_raises_is_named():
    assert values.plain(Hostile()) == "<Hostile that cannot be shown: RuntimeError>"


def test_half_a_character_is_written_as_an_escape():
    assert values.plain("a\udcff") == "a\\udcff"


def test_value_of_a_secret_parameter_is_masked_and_a_number_is_not():
    assert values.mapping({"api_key": "abc", "token": 3}) == {"api_key": "***", "token": 3}


@pytest.mark.parametrize(
    ("given", "stored"),
    [(0.5, 0.5), (3, 3), (True, 1), (np.float32(0.25), 0.25), (np.array([2.0]), 2.0), (Decimal("1.5"), 1.5)],
)
def test_metric_is_whatever_converts_to_a_number(given, stored):
    number, reason = values.metric(given)
    assert (number, reason) == (stored, None)
    assert type(number) in (int, float)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (float("nan"), "NaN"),
        (np.float64("inf"), "Infinity"),
        ("0.9", "not a number: '0.9'"),
        (None, "not a number: None"),
        (np.array([1, 2]), "not a number: [1, 2]"),
    ],
)
def test_metric_without_a_number_is_null_with_the_reason(given, reason):
    assert values.metric(given) == (None, reason)
