from __future__ import annotations

import increment_factory as made
from specweave.increments.data_facts import DataFacts, shares, used_columns


def facts(workspace, **changes):
    rows = [
        {
            "id": f"k{n:05d}",
            "age": None if n % 10 == 0 else (n * 37) % 61,
            "city": None if n % 2 else "x",
            "tax": n % 9,
            "churn": "yes" if n % 3 else "no",
        }
        for n in range(200)
    ]
    return DataFacts(made.profile(workspace, rows), made.problem(**changes))


def test_ids_exclusions_and_the_target_are_not_used(workspace):
    found = facts(workspace, excluded=[{"column": "tax", "reason": "late"}])
    assert "id" not in [c.name for c in found.used]
    assert "churn" not in [c.name for c in found.used]
    assert ("tax", "late") in found.left_out
    assert dict(found.left_out)["id"].startswith("an identifier")


def test_an_exclusion_of_a_useless_column_is_listed_once(workspace):
    found = facts(workspace, excluded=[{"column": "id", "reason": "a key"}])
    assert [reason for column, reason in found.left_out if column == "id"] == ["a key"]


def test_missing_columns_come_emptiest_first(workspace):
    found = facts(workspace)
    assert [c.name for c in found.missing][-1] == "age"
    assert shares(found.missing).endswith("`age` 10.0 %")


def test_without_a_target_nothing_is_said_about_it(workspace):
    rows = [{"age": n, "city": "x" if n % 2 else "y"} for n in range(50)]
    found = DataFacts(made.profile(workspace, rows, target=None), made.problem(target=None, task=None))
    assert found.minority_share is None
    assert found.target_sentence == ""


def test_one_column_is_not_columns():
    assert (used_columns(1), used_columns(2)) == ("1 used column", "2 used columns")


def with_text(workspace):
    rows = [
        {
            "note": f"the caller number {n} said that word {n % 7} of it was wrong {n * 3}",
            "age": n * 37 % 61,
            "churn": n % 2,
        }
        for n in range(200)
    ]
    return made.profile(workspace, rows)


def test_free_text_is_left_out_with_the_reason_of_the_kind(workspace):
    profile = with_text(workspace)
    assert profile.column("note").role == "text"
    found = DataFacts(profile, made.problem())
    assert found.left_out == [("note", "free text, which a table model does not read")]
    assert [c.name for c in found.used] == ["age"]


def test_after_training_what_it_recorded_is_said_instead(workspace):
    found = DataFacts(with_text(workspace), made.problem(), {"age": "constant on the training rows"})
    assert found.left_out == [("age", "constant on the training rows")]
    assert [c.name for c in found.used] == ["note"]
