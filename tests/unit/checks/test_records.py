from __future__ import annotations

import increment_factory as made
from specweave.checks import records


def test_records_are_sorted_into_baselines_and_candidates(workspace):
    folder = made.increment(workspace)
    made.record(folder, "majority", "baseline")
    made.record(folder, "forest")
    made.record(folder, "mine", "script")
    made.record(folder, "silent", "script", metrics={})
    made.record(folder, "look", "eda")
    made.record(folder, "broken", status="failed")
    assert [r.name for r in records.finished(folder)] == ["majority", "forest", "mine", "silent", "look"]
    assert [r.name for r in records.baselines(folder)] == ["majority"]
    assert [r.name for r in records.candidates(folder)] == ["forest", "mine"]


def test_models_with_a_column_excluded_since_are_out_of_date_while_another_is_left(workspace):
    folder = made.increment(workspace)
    made.record(folder, "leaky", model={"features": ["tax"]})
    problem = made.problem(excluded=[{"column": "tax", "reason": "a leak"}])
    assert [r.name for r in records.current(records.candidates(folder), problem)] == ["leaky"]
    made.record(folder, "clean")
    assert [r.name for r in records.current(records.candidates(folder), problem)] == ["clean"]


def test_the_model_to_be_judged_is_the_best_candidate(workspace):
    folder = made.increment(workspace)
    made.record(folder, "majority", "baseline", metrics={"roc_auc": 0.99})
    assert records.would_be_judged(folder, made.problem()) is None
    made.record(folder, "good", metrics={"roc_auc": 0.8})
    made.record(folder, "better", metrics={"roc_auc": 0.9})
    assert records.would_be_judged(folder, made.problem()).name == "better"


def test_paths_are_told_below_the_increment(workspace):
    folder = made.increment(workspace)
    assert (
        records.within(folder, folder.experiments / "exp-001-a" / "metrics.json")
        == "experiments/exp-001-a/metrics.json"
    )
