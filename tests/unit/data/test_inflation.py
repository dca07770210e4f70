from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from specweave.data.inflation import measure_inflation


def problem(task, **facts):
    return SimpleNamespace(**{"task": task, "target": "y", "seed": 0, "excluded": [], **facts})


@pytest.fixture
def entities():
    rng = np.random.default_rng(0)
    who = np.repeat(np.arange(60), 10)
    trait = rng.normal(size=60)[who] + 0.01 * rng.normal(size=600)
    return pd.DataFrame({"trait": trait, "who": who, "y": (rng.random(60) < 0.5)[who].astype(int)})


def test_memorised_entities_show_as_inflation(entities):
    found = measure_inflation(entities, problem("binary"), {}, group="who", time=None).facts
    assert found["metric"] == "roc_auc"
    assert found["random_split"] > 0.9
    assert found["this_split"] < 0.8


def test_independent_rows_show_none():
    rng = np.random.default_rng(1)
    x = rng.normal(size=2000)
    frame = pd.DataFrame({"x": x, "t": np.arange(2000), "y": x + 0.5 * rng.normal(size=2000)})
    found = measure_inflation(frame, problem("regression"), {"t": "id"}, group=None, time="t")
    assert found.facts["metric"] == "r2"
    assert abs(found.facts["random_split"] - found.facts["this_split"]) < 0.06
    assert "a random split would have shown" in found.sentence


def test_an_excluded_column_plays_no_part(entities):
    frame = entities.assign(noise=np.random.default_rng(2).normal(size=600))
    without = problem("binary", excluded=[SimpleNamespace(column="trait")])
    assert measure_inflation(frame, without, {}, group="who", time=None).facts["random_split"] < 0.7


def test_several_classes_are_judged_by_accuracy(entities):
    frame = entities.assign(y=pd.Series(["a", "b", "c"])[entities["who"] % 3].to_numpy())
    assert measure_inflation(frame, problem("multiclass"), {}, group="who", time=None).facts["metric"] == "accuracy"


def test_too_few_rows_or_one_class_have_no_inflation(entities):
    few = measure_inflation(entities.head(40), problem("binary"), {}, group="who", time=None)
    assert "fewer than 50" in few.facts["undefined"]
    one = measure_inflation(entities.assign(y=1), problem("binary"), {}, group="who", time=None)
    assert "lacks a class" in one.facts["undefined"]
