import pytest

from conformance.problem_kinds import Case, ProblemKindConformance
from made_tables import made
from specweave.problem import Problem

CASES = {
    "binary": {"task": "binary"},
    "multiclass": {"task": "multiclass"},
    "regression": {"task": "regression"},
    "rare class": {"task": "binary", "rare": 0.1},
}


@pytest.mark.parametrize("name", list(CASES))
class TestTabular(ProblemKindConformance):
    @pytest.fixture
    def case(self, name):
        return Case("tabular", made(200, **CASES[name]), Problem(target="y"))


class TestTabularByGroup(ProblemKindConformance):
    @pytest.fixture
    def case(self):
        frame = made(200).assign(who=[f"w{i % 25}" for i in range(200)])
        return Case("tabular", frame, Problem(target="y"), group="who")


class TestTabularByTime(ProblemKindConformance):
    @pytest.fixture
    def case(self):
        return Case("tabular", made(200, task="regression"), Problem(target="y"), time="when")
