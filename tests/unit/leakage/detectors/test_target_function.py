from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.leakage import Material
from specweave.leakage.conformance import DetectorConformance
from specweave.leakage.detectors.target_function import TargetFunction


def people(n=600, seed=3):
    rng = np.random.default_rng(seed)
    age, hours = rng.normal(40, 10, n), rng.normal(38, 6, n)
    rich = (0.1 * (age - 40) + 0.1 * (hours - 38) + rng.normal(0, 1, n) > 0.5).astype(int)
    return pd.DataFrame({"age": age, "hours": hours, "rich": rich})


def found(frame, target, task="binary"):
    return TargetFunction().examine(Material(frame, target, task=task))


def coded(frame):
    rng = np.random.default_rng(5)
    return frame.assign(group_code=frame["rich"] * 500 + rng.integers(0, 500, len(frame)))


class TestTargetFunction(DetectorConformance):
    detector = TargetFunction

    def planted(self):
        return Material(coded(people()), "rich", task="binary")


def test_a_code_that_hides_the_target_behind_a_threshold():
    (finding,) = found(coded(people()), "rich")
    assert finding.columns == ("group_code",)
    assert finding.severity == "certain"
    assert "below 4" in finding.sentence or "below 5" in finding.sentence
    assert finding.evidence["skill_of_all_others"] < 0.7


def test_a_threshold_that_is_wrong_in_two_per_cent_is_still_certain():
    rng = np.random.default_rng(5)
    frame = people(2000)
    shown = np.where(rng.random(2000) < 0.01, 1 - frame["rich"], frame["rich"])
    (finding,) = found(frame.assign(score=shown + 0.9 * rng.random(2000)), "rich")
    assert finding.severity == "certain"


def test_many_values_each_belonging_to_one_class():
    rng = np.random.default_rng(5)
    cities = np.where(people()["rich"] == 1, rng.choice(list("abcdefgh"), 600), rng.choice(list("stuvwxyz"), 600))
    (finding,) = found(people().assign(city=cities), "rich")
    assert finding.columns == ("city",)


def test_a_unique_code_whose_first_character_is_the_class():
    frame = people().assign(ref=lambda d: [f"{'AB'[r]}{i:05d}" for i, r in enumerate(d["rich"])])
    (finding,) = found(frame, "rich")
    assert finding.sentence.startswith("The first character of ref alone")


def test_a_noisy_multiple_of_a_price():
    rng = np.random.default_rng(0)
    size, price = rng.lognormal(4, 0.5, 1500), None
    price = 1000 * size * rng.lognormal(0, 0.3, 1500)
    frame = pd.DataFrame({"size": size, "price": price, "assessed": 0.93 * price * (1 + rng.normal(0, 0.01, 1500))})
    (finding,) = found(frame, "price", "regression")
    assert finding.columns == ("assessed",)
    assert finding.severity == "certain"


def test_a_curve_that_is_not_monotone():
    rng = np.random.default_rng(0)
    hidden = rng.uniform(-3, 3, 1500)
    frame = pd.DataFrame({"other": rng.normal(size=1500), "hidden": hidden, "y": np.cos(2 * hidden)})
    assert [f.severity for f in found(frame, "y", "regression")] == ["certain"]


def test_a_feature_whose_knowledge_the_others_share_is_silent():
    rng = np.random.default_rng(0)
    sick = rng.integers(0, 2, 600)
    frame = pd.DataFrame({f"m{i}": 3.5 * sick + rng.normal(size=600) for i in range(3)} | {"sick": sick})
    assert found(frame, "sick") == []


def test_a_strong_honest_feature_is_silent():
    rng = np.random.default_rng(0)
    sex, age = rng.integers(0, 2, 900), rng.normal(40, 10, 900)
    lives = (rng.random(900) < np.where(sex == 1, 0.75, 0.2)).astype(int)
    assert found(pd.DataFrame({"sex": sex, "age": age, "lives": lives}), "lives") == []


def test_the_value_of_the_day_before_is_no_leak():
    walk = np.random.default_rng(0).normal(size=2000).cumsum()
    frame = pd.DataFrame(
        {"yesterday": walk[:-1], "volume": np.random.default_rng(1).normal(size=1999), "close": walk[1:]}
    )
    assert found(frame, "close", "regression") == []


@pytest.mark.parametrize("copies", [1, 2])
def test_several_leaks_do_not_excuse_each_other(copies):
    rng = np.random.default_rng(5)
    frame = people()
    for i in range(copies):
        frame[f"leak{i}"] = frame["rich"] * (i + 1) + 0.9 * rng.random(600)
    assert [(f.columns[0], f.severity) for f in found(frame, "rich")] == [
        (f"leak{i}", "certain") for i in range(copies)
    ]


def test_a_table_in_which_most_columns_determine_the_target_is_an_easy_problem_not_a_certain_leak():
    rng = np.random.default_rng(0)
    sick = rng.integers(0, 2, 600)
    frame = pd.DataFrame({f"m{i}": 9 * sick + rng.normal(size=600) for i in range(4)} | {"sick": sick})
    assert {f.severity for f in found(frame, "sick")} <= {"suspected"}


def test_two_imperfect_leaks_are_at_least_suspected():
    rng = np.random.default_rng(5)
    frame = people(2000)
    for name in ("a", "b"):
        frame[name] = np.where(rng.random(2000) < 0.01, 1 - frame["rich"], frame["rich"]) + 0.9 * rng.random(2000)
    assert {f.columns[0] for f in found(frame, "rich")} == {"a", "b"}


def test_forty_rows_are_too_few_to_be_certain():
    frame = coded(people(40))
    assert all(f.severity == "suspected" for f in found(frame, "rich"))
