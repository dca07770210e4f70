from __future__ import annotations

import increment_factory as made
from specweave.checks.muting import Muting, mutings
from specweave.problem import Problem


def test_codes_are_read_in_any_case_with_their_place(workspace):
    folder = made.increment(workspace)
    problem = Problem(muted_checks=[{"code": " ml004 ", "reason": " few rows "}])
    assert mutings(folder, problem) == {"ML004": Muting("ML004", "few rows", "spec.md")}


def test_nothing_is_muted_by_default(workspace):
    folder = made.increment(workspace)
    assert mutings(folder, Problem()) == {}
    assert mutings(folder, None) == {}
