from __future__ import annotations

import pytest

import increment_factory as made
from specweave.increments.data_facts import DataFacts
from specweave.increments.plan_text import decisions, plan_parts
from specweave.problem import Criterion, SplitPolicy


def table(n=1200, **columns):
    """A plain table with a balanced target; `columns` give a value by row number."""
    base = {
        "age": lambda i: (i * 7919) % 9973 / 3,
        "city": lambda i: "abc"[(i * 31) % 3],
        "churn": lambda i: "yes" if (i * 7) % 11 < 5 else "no",
    }
    return [{name: make(i) for name, make in {**base, **columns}.items()} for i in range(n)]


def decided(workspace, rows, **changes):
    found = DataFacts(made.profile(workspace, rows, target=changes.get("target", "churn")), made.problem(**changes))
    return {d.topic: f"{d.found} {d.decision}" for d in decisions(found)}


def test_a_plain_table_needs_no_decision_but_balance(workspace):
    assert list(decided(workspace, table())) == ["balance"]


@pytest.mark.parametrize(
    ("topic", "columns", "said"),
    [
        ("imbalance", {"churn": lambda i: "yes" if i % 20 == 0 else "no"}, "5.0 %"),
        ("missing values", {"age": lambda i: None if i % 4 == 0 else (i * 7919) % 9973 / 3}, "`age` 25.0 %"),
        ("hidden missing codes", {"age": lambda i: -999 if i % 9 == 0 else 20 + (i * 7919) % 50}, "-999 in `age`"),
        ("columns left out", {"row": lambda i: f"id-{i:06d}"}, "`row`: an identifier"),
        ("columns left out", {"country": lambda i: "DK"}, "`country`: the same value"),
        ("time", {"day": lambda i: f"2021-{1 + i // 100:02d}-{1 + i % 28:02d}"}, "`day`"),
    ],
)
def test_what_the_profile_finds_becomes_a_decision(workspace, topic, columns, said):
    assert said in decided(workspace, table(**columns))[topic]


def test_a_balanced_target_asks_for_no_weights_and_a_rare_one_for_a_threshold(workspace):
    rows = table(churn=lambda i: "yes" if i % 25 == 0 else "no")
    wanted = decided(workspace, rows, success=[Criterion(metric="precision", value=0.99)])
    assert "No weights" in decided(workspace, table())["balance"]
    assert "out-of-fold predictions for `precision` ≥ 0.99" in wanted["imbalance"]
    assert "balance" not in wanted


def test_few_rows_are_called_few(workspace):
    assert "60 rows, so about 12 in the sealed test set" in decided(workspace, table(60))["few rows"]


def test_duplicates_stay_on_one_side(workspace):
    rows = table(1100)
    assert "200 rows repeat an earlier one" in decided(workspace, rows + rows[:200])["duplicate rows"]


def test_the_chosen_split_replaces_the_question(workspace):
    rows = table(day=lambda i: f"2021-{1 + i // 100:02d}-{1 + i % 28:02d}")
    by_time = SplitPolicy(strategy="time", time="day", reason="Later rows are harder.")
    assert (
        "Later rows are harder. The sealed test set is the latest part by `day`"
        in decided(workspace, rows, split=by_time)["time"]
    )
    by_class = SplitPolicy(strategy="stratified", reason="Time changes nothing.")
    assert (
        "shares of the classes all the same: Time changes nothing." in decided(workspace, rows, split=by_class)["time"]
    )
    by_group = SplitPolicy(strategy="group", group="city", reason="Cities repeat.")
    assert "equal `city` stay on one side" in decided(workspace, rows, split=by_group)["groups"]


def test_a_capped_target_is_judged_apart(workspace):
    rows = table(price=lambda i: min(500.0, 20 + (i * 7919) % 611))
    assert "500" in decided(workspace, rows, target="price", task="regression", metric="mae")["capped target"]


def test_no_weights_are_spoken_of_for_numbers(workspace):
    found = decided(
        workspace, table(price=lambda i: 20 + (i * 7919) % 611), target="price", task="regression", metric="mae"
    )
    assert not {"balance", "imbalance"} & found.keys()


def test_leaks_found_stand_in_the_plan(workspace):
    profile = made.profile(workspace, table())
    leak = {"severity": "certain", "sentence": "tax copies churn.", "remedy": "exclude it"}
    note = {"severity": "note", "sentence": "id names the row.", "remedy": ""}
    assert "will stand here" in plan_parts("0001-x", made.problem(), profile, None)["leaks"]
    assert "found nothing to decide" in plan_parts("0001-x", made.problem(), profile, [])["leaks"]
    told = plan_parts("0001-x", made.problem(), profile, [leak, note])["leaks"]
    assert told.endswith("- Certain: tax copies churn. Exclude it")


def test_without_a_profile_the_plan_says_what_to_call():
    found = plan_parts("0001-x", made.problem(), None)
    assert 'Not known yet: `profile_data(increment="0001-x")`' in found["decisions"]
