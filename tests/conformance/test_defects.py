"""The planted-defect suite: the cases about code always, those about real data with the slow tests; and its page."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

import datasets

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks" / "defects"


def loaded(name):
    specification = importlib.util.spec_from_file_location(f"defects_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    sys.path.insert(0, str(FOLDER))
    try:
        specification.loader.exec_module(module)
    finally:
        sys.path.remove(str(FOLDER))
    return module


RUN = loaded("run")
KEPT = {one["name"]: one for one in json.loads(RUN.RESULT.read_text("utf-8"))["cases"]}


def test_there_are_enough_cases_of_both_kinds():
    every = [case for _, case in RUN.cases()]
    assert sum(case["defect"] for case in every) >= 60
    assert sum(not case["defect"] for case in every) >= 60
    assert set(KEPT) == {name for name, _ in RUN.cases()}


@pytest.mark.parametrize(("name", "case"), RUN.cases("code"), ids=[name for name, _ in RUN.cases("code")])
def test_code(name, case):
    assert RUN.judged(name, case) == KEPT[name]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), RUN.cases("data"), ids=[name for name, _ in RUN.cases("data")])
def test_data(name, case):
    datasets.dataset(case["dataset"])
    assert RUN.judged(name, case)["right"] == KEPT[name]["right"]


def test_the_goals_are_met():
    total = RUN.summary(list(KEPT.values()))
    assert total["found"] >= 0.95 * total["defects"]
    assert total["false_alarms"] <= 0.03 * total["clean"]


def test_the_page_is_current():
    content = json.loads(RUN.RESULT.read_text("utf-8"))
    assert RUN.PAGE.read_text("utf-8") == loaded("page").rendered(content)
