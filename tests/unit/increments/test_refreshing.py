from __future__ import annotations

import pytest

import increment_factory as made
from specweave.errors import LockedError
from specweave.increments import create_increment, read_problem, refresh_plan, write_problem
from specweave.spec_file import lock_path
from specweave.workspace import lock, write_json

ROWS = [{"age": (n * 37) % 61, "churn": "yes" if n % 5 == 0 else "no"} for n in range(300)]


@pytest.fixture
def folder(workspace):
    return create_increment(workspace, "predict churn from churn.csv")


@pytest.fixture
def profile(workspace):
    return made.profile(workspace, ROWS)


def settle(folder, **changes):
    write_problem(folder, read_problem(folder).model_copy(update={"target": "churn", "task": "binary", **changes}))


def test_plan_and_spec_take_up_what_was_found(folder, profile):
    settle(folder)
    found = refresh_plan(folder, profile)
    assert {"plan.md: decisions", "spec.md: input", "spec.md: problem-type"} <= set(found.replaced)
    assert found.kept == ()
    assert "300 rows × 2 columns" in folder.spec.read_text("utf-8")
    assert "300 rows × 2 columns" in (folder.path / "plan.md").read_text("utf-8")


def test_a_second_time_changes_nothing(folder, profile):
    settle(folder)
    refresh_plan(folder, profile)
    before = [(folder.path / name).stat().st_mtime_ns for name in ("spec.md", "plan.md")]
    found = refresh_plan(folder, profile, read_problem(folder))
    assert (found.replaced, found.kept) == ((), ())
    assert [(folder.path / name).stat().st_mtime_ns for name in ("spec.md", "plan.md")] == before


def test_hands_and_ticks_survive(folder, profile):
    text = folder.spec.read_text("utf-8")
    text = text.replace("- [ ] **AC-US1-01**", "- [x] **AC-US1-01**")
    text = text.replace("Not known yet: it follows from the problem type.", "A list for the call centre.")
    text = text.replace("## Latency", "## By hand\n\nÆ\n\n## Latency") + "\n## Appendix\n\n- [x] asked\n"
    folder.spec.write_text(text, "utf-8")
    settle(folder, metric="f1")
    found = refresh_plan(folder, profile)
    after = folder.spec.read_text("utf-8")
    assert set(found.kept) == {"spec.md: output", "spec.md: latency"}
    assert "- [x] **AC-US1-01**" in after
    assert "better than the best baseline in `f1`" in after
    assert "A list for the call centre." in after
    assert "## By hand\n\nÆ\n" in after
    assert after.endswith("\n## Appendix\n\n- [x] asked\n")


def test_leaks_of_the_search_enter_the_plan(folder, profile):
    settle(folder)
    made.leaks(folder, ("certain", ["tax"]))
    refresh_plan(folder, profile)
    assert "- Certain: tax gives the target away. Exclude it" in (folder.path / "plan.md").read_text("utf-8")


def test_a_deleted_plan_is_not_written_again(folder, profile):
    (folder.path / "plan.md").unlink()
    assert "plan.md: decisions" in refresh_plan(folder, profile).kept
    assert not (folder.path / "plan.md").exists()


def test_windows_line_ends_stay(folder, profile):
    folder.spec.write_bytes(folder.spec.read_bytes().replace(b"\n", b"\r\n"))
    settle(folder)
    refresh_plan(folder, profile)
    content = folder.spec.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    assert read_problem(folder).target == "churn"


def test_a_second_writer_gives_up_and_changes_nothing(folder, profile):
    before = folder.spec.read_bytes()
    with lock(lock_path(folder)), pytest.raises(LockedError):
        refresh_plan(folder, profile, timeout=0.1)
    assert folder.spec.read_bytes() == before


def test_columns_training_left_out_are_listed_with_its_reason(folder, profile):
    write_json(folder.reports / "training.json", {"left_out": {"age": "constant on the training rows"}})
    refresh_plan(folder, profile)
    for name in ("spec.md", "plan.md"):
        assert "`age`: constant on the training rows" in (folder.path / name).read_text("utf-8")


@pytest.mark.parametrize("content", ["{", "[]", '{"left_out": 3}'])
def test_an_unreadable_training_report_stops_nothing(folder, profile, content):
    folder.reports.mkdir(exist_ok=True)
    (folder.reports / "training.json").write_text(content, "utf-8")
    assert "spec.md: input" in refresh_plan(folder, profile).replaced
