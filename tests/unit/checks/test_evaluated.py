from __future__ import annotations

import pytest

import increment_factory as made
from specweave.checks.evaluated import evaluated, judged_experiment
from specweave.errors import StorageError
from specweave.experiments import list_experiments


def test_what_the_evaluation_writes_is_understood(workspace):
    folder = made.increment(workspace)
    assert evaluated(folder) is None
    written = made.evaluation(folder)
    found = evaluated(folder)
    assert (found.experiment, found.baseline, found.margin) == (written.experiment, written.baseline, written.margin)
    assert found.estimate("roc_auc") == written.estimates[0]
    assert found.estimate("f1") is None
    assert found.comparison == written.comparison


def test_the_judged_record_is_found_among_the_records(workspace):
    folder = made.increment(workspace)
    made.record(folder, "majority", "baseline")
    made.record(folder)
    assert judged_experiment(folder, list_experiments(folder)) is None
    made.evaluation(folder)
    assert judged_experiment(folder, list_experiments(folder)).id == "exp-002-lightgbm"


@pytest.mark.parametrize("content", ["[]", '{"experiment": 3}', "{"])
def test_a_damaged_file_is_an_error_that_names_it(workspace, content):
    folder = made.increment(workspace)
    (folder.reports / "evaluation.json").write_text(content, "utf-8")
    with pytest.raises(StorageError) as caught:
        evaluated(folder)
    assert "evaluation.json" in str(caught.value)
