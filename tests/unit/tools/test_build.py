"""`sw-ml build` refuses before it creates, and goes on with its own increment whatever became of the others."""

from __future__ import annotations

import pytest

import increment_factory as made
from specweave.errors import SpecweaveError
from specweave.progress import silent
from specweave.tools import build as module
from specweave.tools.build import build
from specweave.workspace import Workspace


def test_an_unknown_candidate_is_refused_before_an_increment_is_created(tmp_path):
    (tmp_path / "table.csv").write_text("x,y\n" + "1,a\n2,b\n" * 20, "utf-8")
    (tmp_path / ".specweave").mkdir()
    with pytest.raises(SpecweaveError, match=r"No candidate by that name.*bogus"):
        build(
            "predict y",
            project=str(tmp_path),
            progress=silent,
            say=print,
            data=str(tmp_path / "table.csv"),
            target="y",
            candidates=("bogus",),
        )
    assert Workspace.find(str(tmp_path)).increment_folders() == []


@pytest.mark.parametrize("damaged", ["metadata.json", "spec.md"])
def test_a_damaged_increment_does_not_stop_the_search_for_an_earlier_one(workspace, damaged):
    earlier = made.increment(workspace)
    newer = made.increment(workspace)
    (newer.path / damaged).write_text("{ no longer", "utf-8")
    problem = module.increments.read_problem(earlier)
    location = problem.data.location if problem.data else ""
    found = module._earlier(workspace, problem.request, location, problem.target)
    assert found is not None
    assert found.id == earlier.id
