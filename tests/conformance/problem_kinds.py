"""What every problem kind must do. To test a kind, inherit and give it data:

class TestMyKind(ProblemKindConformance):
    @pytest.fixture
    def case(self):
        return Case(kind="mine", frame=…, problem=Problem(target="y"), roles={})
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from specweave.errors import ProblemError
from specweave.metrics import METRICS, score
from specweave.problem import Problem
from specweave.problems import ProblemKind, problem_kind


@dataclass
class Case:
    """Data a kind can learn something from."""

    kind: str
    frame: pd.DataFrame
    problem: Problem
    roles: dict[str, str] = field(default_factory=dict)
    group: str | None = None
    time: str | None = None


class ProblemKindConformance:
    """Inherit, and give a fixture `case`."""

    @pytest.fixture
    def kind(self, case) -> ProblemKind:
        return problem_kind(case.kind)

    @pytest.fixture
    def problem(self, case, kind) -> Problem:
        return kind.resolve(case.problem, case.frame, SimpleNamespace(target=None, columns=[]))

    @pytest.fixture
    def columns(self, case, kind, problem):
        return kind.columns(problem, case.frame, case.roles)[0]

    @pytest.fixture
    def folds(self, case, kind, problem):
        return kind.folds(problem, case.frame, group=case.group, time=case.time)

    @pytest.fixture
    def predictions_of(self, case, kind, problem, columns, folds):
        """predictions_of(attempt, fold): fitted on the fold's one side, asked about the other."""

        def predict(attempt, fold):
            learnt, held = folds.sides(fold)
            model = kind.fit(attempt, problem, case.frame.iloc[learnt], columns)
            return kind.predict(model, problem, case.frame.iloc[held], columns, kind.classes(problem, case.frame))

        return predict

    def test_it_is_registered_under_its_name(self, case, kind):
        assert kind.name == case.kind
        assert isinstance(kind, ProblemKind)

    def test_resolving_fills_task_and_metric_and_can_be_repeated(self, case, kind, problem):
        assert problem.task is not None
        assert problem.metric in METRICS
        assert kind.resolve(problem, case.frame, None) == problem

    def test_resolving_leaves_the_problem_it_was_given_alone(self, case, kind):
        before = case.problem.model_copy(deep=True)
        kind.resolve(case.problem, case.frame, None)
        assert case.problem == before

    def test_a_missing_or_constant_target_is_refused_with_the_next_step(self, case, kind):
        target = case.problem.target
        for frame in (case.frame.drop(columns=target), case.frame.assign(**{target: case.frame[target].iloc[0]})):
            with pytest.raises(ProblemError) as caught:
                kind.resolve(case.problem, frame, None)
            assert caught.value.next_step

    def test_the_target_is_never_read_and_every_column_is_accounted_for(self, case, kind, problem):
        columns, left_out = kind.columns(problem, case.frame, case.roles)
        assert {c.name for c in columns} | set(left_out) == set(case.frame.columns) - {problem.target}
        assert not {c.name for c in columns} & set(left_out)
        assert all(left_out.values())

    def test_folds_hold_out_rows_they_do_not_learn_from(self, case, folds):
        assert folds.count >= 2
        assert len(folds.number) == len(case.frame)
        for learnt, held in folds:
            assert len(learnt) > 0
            assert len(held) > 0
            assert not set(learnt) & set(held)
        assert folds.reason

    def test_folds_repeat(self, case, kind, problem, folds):
        again = kind.folds(problem, case.frame, group=case.group, time=case.time)
        assert np.array_equal(again.number, folds.number)

    def test_there_is_a_baseline_and_a_candidate_with_different_names(self, case, kind, problem, columns):
        baselines = kind.baselines(problem, case.frame, columns)
        candidates, absent = kind.candidates(problem, case.frame, columns)
        assert {a.kind for a in baselines} == {"baseline"}
        assert {a.kind for a in candidates} == {"candidate"}
        assert len({a.name for a in [*baselines, *candidates]}) == len(baselines) + len(candidates)
        assert all(absent.values())

    def test_every_attempt_fits_and_predicts_held_out_rows(self, case, kind, problem, columns, folds, predictions_of):
        for attempt in [
            *kind.baselines(problem, case.frame, columns),
            *kind.candidates(problem, case.frame, columns)[0],
        ]:
            found = predictions_of(attempt, 0)
            assert list(found.rows) == list(case.frame.index[folds.sides(0)[1]])
            assert found.classes == kind.classes(problem, case.frame)

    def test_the_best_candidate_beats_the_weakest_baseline(self, case, kind, problem, columns, folds, predictions_of):
        sign = 1 if METRICS[problem.metric].greater_is_better else -1
        values = {attempt.kind: [] for attempt in kind.baselines(problem, case.frame, columns)} | {"candidate": []}
        for attempt in [
            *kind.baselines(problem, case.frame, columns),
            *kind.candidates(problem, case.frame, columns)[0],
        ]:
            found = predictions_of(attempt, folds.count - 1)
            values[attempt.kind].append(sign * score(problem.metric, found))
        assert max(values["candidate"]) > min(values["baseline"])

    def test_a_decision_states_its_rule(self, case, kind, problem, columns, predictions_of):
        attempt = kind.baselines(problem, case.frame, columns)[-1]
        found = predictions_of(attempt, 0)
        threshold, rule = kind.decide(problem, found)
        assert threshold is None or 0 <= threshold <= 1
        assert rule

    def test_a_combination_speaks_of_the_same_rows_as_its_members(self, case, kind, problem, columns, predictions_of):
        candidates = kind.candidates(problem, case.frame, columns)[0]
        parts = {a.name: (a, predictions_of(a, 0)) for a in candidates[:3]}
        combined = kind.combine(problem, list(parts.values()))
        if combined is None:
            pytest.skip("this kind combines nothing here")
        assert set(combined.members) <= set(parts)
        members = [parts[name][1] for name in combined.members]
        assert list(kind.combined_predictions(members).rows) == list(members[0].rows)
