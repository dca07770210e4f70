from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from datasets import dataset
from specweave.data.split import choose_split, draw_groups
from specweave.errors import ProblemError
from specweave.problem import ExcludedColumn, Problem, SplitPolicy


def profile_of(frame, **roles):
    columns = []
    for name in frame.columns:
        numeric = pd.api.types.is_numeric_dtype(frame[name])
        dated = pd.api.types.is_datetime64_any_dtype(frame[name])
        role = roles.get(name, "datetime" if dated else "numeric" if numeric else "categorical")
        columns.append(SimpleNamespace(name=name, role=role))
    return SimpleNamespace(columns=columns)


def plan_of(frame, target="y", task="binary", roles=None, **problem):
    return choose_split(frame, Problem(target=target, task=task, **problem), profile_of(frame, **(roles or {})))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def plain(rng):
    return pd.DataFrame({"a": rng.normal(size=1000), "b": rng.normal(size=1000), "y": rng.random(1000) < 0.1})


@pytest.fixture
def patients(rng):
    who = np.repeat(np.arange(100), 6)
    trait = rng.normal(size=(100, 3))[who]
    frame = pd.DataFrame(trait + 0.05 * rng.normal(size=trait.shape), columns=["a", "b", "c"])
    return frame.assign(patient_id=who, y=(rng.random(100) < 0.5)[who]).sample(
        frac=1, random_state=0, ignore_index=True
    )


def drifting(rng, n=1000):
    when = pd.date_range("2024-01-01", periods=n, freq="h")
    return pd.DataFrame({"when": when, "a": rng.normal(size=n), "y": np.linspace(0, 3, n) + rng.normal(size=n)})


def test_every_labelled_row_is_on_exactly_one_side(plain):
    plan = plan_of(plain)
    assert sorted([*plan.train_rows, *plan.test_rows]) == list(range(1000))


def test_without_evidence_classes_have_equal_shares(plain):
    plan = plan_of(plain)
    assert plan.strategy == "stratified"
    shares = [plain["y"].iloc[rows].mean() for rows in (plan.train_rows, plan.test_rows)]
    assert abs(shares[0] - shares[1]) < 0.01
    assert len(plan.test_rows) == pytest.approx(200, abs=2)


def test_regression_without_evidence_is_stratified_by_tenths(rng):
    frame = pd.DataFrame({"a": rng.normal(size=1000), "y": rng.lognormal(size=1000)})
    plan = plan_of(frame, task="regression")
    tenth = frame["y"].quantile(0.9)
    assert plan.strategy == "stratified"
    assert (frame["y"].iloc[plan.test_rows] > tenth).sum() == pytest.approx(20, abs=1)


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(plain):
    first, again, other = plan_of(plain), plan_of(plain), plan_of(plain, seed=1)
    assert np.array_equal(first.test_rows, again.test_rows)
    assert not np.array_equal(first.test_rows, other.test_rows)


def test_rows_without_target_are_on_no_side(plain):
    frame = plain.assign(y=plain["y"].astype(object).where(plain.index >= 30, None))
    plan = plan_of(frame)
    assert plan.evidence["rows_without_target"] == 30
    assert min(plan.train_rows.min(), plan.test_rows.min()) >= 30


def test_drift_along_ordered_rows_gives_a_time_split(rng):
    frame = drifting(rng)
    plan = plan_of(frame, task="regression")
    assert (plan.strategy, plan.time) == ("time", "when")
    assert frame["when"].iloc[plan.train_rows].max() < frame["when"].iloc[plan.test_rows].min()
    assert "when" in plan.reason


def test_ordered_rows_without_drift_stay_stratified(rng):
    plan = plan_of(drifting(rng).assign(y=rng.normal(size=1000)), task="regression")
    assert plan.strategy == "stratified"
    assert "neither drifts" in plan.reason


def test_unordered_dates_are_no_reason_for_a_time_split(rng):
    frame = drifting(rng).sample(frac=1, random_state=0, ignore_index=True)
    assert plan_of(frame, task="regression").strategy == "stratified"


def test_rows_of_one_time_are_never_on_both_sides(rng):
    frame = drifting(rng)
    frame["when"] = frame["when"].dt.floor("D")
    plan = plan_of(frame, task="regression")
    assert not set(frame["when"].iloc[plan.train_rows]) & set(frame["when"].iloc[plan.test_rows])


def test_rows_without_a_time_stay_in_training(rng):
    frame = drifting(rng)
    frame.loc[frame.index[-50:], "when"] = pd.NaT
    plan = plan_of(frame, task="regression")
    assert set(range(950, 1000)) <= set(plan.train_rows)
    assert plan.evidence["rows_without_time"] == 50


def test_dates_written_as_text_order_rows_too(rng):
    frame = drifting(rng)
    frame["when"] = frame["when"].dt.strftime("%Y-%m-%d %H:%M")
    plan = plan_of(frame, task="regression", roles={"when": "datetime"})
    assert plan.strategy == "time"


def test_repeated_entities_that_resemble_themselves_give_a_group_split(patients):
    plan = plan_of(patients)
    assert (plan.strategy, plan.group) == ("group", "patient_id")
    assert not set(patients["patient_id"].iloc[plan.train_rows]) & set(patients["patient_id"].iloc[plan.test_rows])
    assert len(plan.test_rows) == pytest.approx(120, abs=12)


def test_inflation_of_a_group_split_is_measured_without_the_sealed_rows(patients):
    plan = plan_of(patients)
    found = plan.evidence["inflation"]
    assert found["random_split"] > found["this_split"] + 0.2
    shuffled = patients.copy()
    shuffled.loc[plan.test_rows, ["a", "b", "c"]] = 0.0
    again = plan_of(shuffled, split=SplitPolicy(group="patient_id"))
    assert again.evidence["inflation"] == found


def test_an_entity_whose_rows_are_unrelated_gives_no_group_split(patients, rng):
    frame = patients.assign(patient_id=rng.permutation(patients["patient_id"].to_numpy()))
    assert plan_of(frame).strategy == "stratified"


def test_a_category_is_not_an_entity(rng):
    country = rng.integers(0, 30, size=2000)
    frame = pd.DataFrame({"country": country, "a": rng.normal(size=2000), "y": rng.random(2000) < country / 40})
    assert plan_of(frame.assign(country="c" + frame["country"].astype(str))).strategy == "stratified"


def test_an_excluded_column_is_no_evidence(patients):
    plan = plan_of(patients, excluded=[ExcludedColumn(column="patient_id", reason="asked for")])
    assert plan.strategy == "stratified"


def test_the_policy_wins_over_the_evidence(patients):
    assert plan_of(patients, split=SplitPolicy(strategy="random")).strategy == "random"
    assert plan_of(patients, split=SplitPolicy(time="a")).strategy == "time"


@pytest.mark.parametrize("policy", [{"group": "nobody"}, {"time": "never"}, {"strategy": "time"}])
def test_a_policy_column_that_does_not_exist_is_named(plain, policy):
    with pytest.raises(ProblemError, match="split"):
        plan_of(plain, split=SplitPolicy(**policy))


def test_a_single_group_or_time_is_refused(plain):
    with pytest.raises(ProblemError, match="single group"):
        plan_of(plain.assign(g="same"), split=SplitPolicy(group="g"))
    with pytest.raises(ProblemError, match="single time"):
        plan_of(plain.assign(t=1.0), split=SplitPolicy(time="t"))


def test_copies_stay_on_one_side(plain):
    frame = pd.concat([plain, plain.iloc[:300]], ignore_index=True)
    plan = plan_of(frame)
    sides = frame.assign(test=frame.index.isin(plan.test_rows))
    copies = sides.groupby(["a", "b"])["test"]
    assert (copies.max() == copies.min()).all()
    assert plan.evidence["duplicates"]["rows_with_copies"] == 600


def test_equal_rows_among_few_distinct_ones_are_different_cases(rng):
    frame = pd.DataFrame({"a": rng.integers(0, 2, 500), "b": rng.integers(0, 2, 500), "y": rng.random(500) < 0.5})
    plan = plan_of(frame)
    assert plan.evidence["duplicates"]["kept_together"] is False
    assert len(plan.test_rows) == pytest.approx(100, abs=2)


def test_a_class_of_one_row_stays_in_training_and_is_named(rng):
    frame = pd.DataFrame({"a": rng.normal(size=100), "y": ["x"] * 60 + ["z"] * 37 + ["two"] * 2 + ["one"]})
    plan = plan_of(frame, task="multiclass")
    assert 99 in plan.train_rows
    assert plan.evidence["classes_only_in_training"] == ["one"]
    assert "one" in plan.reason
    assert "two" in set(frame["y"].iloc[plan.test_rows])


def test_two_rows_give_one_to_each_side(rng):
    plan = plan_of(pd.DataFrame({"a": [1.0, 2.0], "y": [0.5, 1.5]}), task="regression")
    assert (len(plan.train_rows), len(plan.test_rows)) == (1, 1)


def test_one_row_and_a_missing_target_are_refused():
    with pytest.raises(ProblemError, match="too few rows"):
        plan_of(pd.DataFrame({"a": [1.0], "y": [1.0]}), task="regression")
    with pytest.raises(ProblemError, match="target"):
        plan_of(pd.DataFrame({"a": [1.0, 2.0]}), task="regression")


def test_drawn_share_is_right_on_average():
    groups, strata = np.arange(50), np.zeros(50, dtype=int)
    drawn = np.mean([draw_groups(groups, strata, 0.2, seed) for seed in range(300)], axis=0)
    assert drawn.mean() == pytest.approx(0.2, abs=0.005)
    assert drawn.max() < 0.35


def test_hourly_bike_counts_are_split_by_time_with_their_inflation():
    frame = pd.read_csv(dataset("tabular/bike_sharing_hour.csv.gz"))
    frame["dteday"] = pd.to_datetime(frame["dteday"], dayfirst=True)
    leaks = [ExcludedColumn(column=c, reason="parts of the target") for c in ("casual", "registered")]
    plan = plan_of(frame, target="cnt", task="regression", excluded=leaks)
    assert (plan.strategy, plan.time) == ("time", "dteday")
    inflation = plan.evidence["inflation"]
    assert inflation["random_split"] > inflation["this_split"] + 0.03


def test_titanic_is_stratified():
    frame = pd.read_csv(dataset("tabular/titanic.csv.gz"))
    assert plan_of(frame, target="Survived", roles={"PassengerId": "id", "Name": "id"}).strategy == "stratified"


def test_columns_that_repeat_and_do_not_decide_are_named_with_the_reason(plain, rng):
    frame = plain.assign(ticket=[f"t{n}" for n in rng.integers(0, 800, 1000)], shop=rng.choice(list("abcdefgh"), 1000))
    profile = profile_of(frame)
    profile.groups = [SimpleNamespace(column="ticket"), SimpleNamespace(column="shop")]
    plan = choose_split(frame, Problem(target="y", task="binary"), profile)
    assert plan.strategy == "stratified"
    assert "ticket was weighed, but most of its values stand in a row or two" in plan.reason
    assert "shop was weighed, but it has too few values (8 values over 1,000 rows)" in plan.reason
    assert list(plan.evidence["groups_passed_over"]) == ["ticket", "shop"]


def test_without_any_column_that_repeats_the_reason_says_so(plain):
    plan = plan_of(plain)
    assert "No column was found that ties rows together" in plan.reason
    assert "groups_passed_over" not in plan.evidence
