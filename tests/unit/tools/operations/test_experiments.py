import pytest

import increment_factory as made
from specweave.errors import ProblemError
from specweave.tools.operations.experiments import TRAIN, work_for


def test_an_unknown_candidate_is_refused_before_anything_is_started(workspace):
    folder = made.increment(workspace)
    with pytest.raises(ProblemError, match=r"No candidate by that name.*bogus"):
        work_for(workspace, folder, candidates=["bogus"])
    assert not any(folder.data.glob("split.json"))


def test_a_known_candidate_becomes_the_training_job(workspace):
    folder = made.increment(workspace)
    operation, arguments = work_for(workspace, folder, candidates=["hist_boosting"])
    assert (operation, arguments["candidates"]) == (TRAIN, ["hist_boosting"])
