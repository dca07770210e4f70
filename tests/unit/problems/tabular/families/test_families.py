"""Every registered family keeps its promises on every task; a new family is tested by being registered."""

import numpy as np
import pytest

from made_tables import COLUMNS, made, resolved, table
from specweave.experiments.models import load_model, save_model
from specweave.metrics import score
from specweave.problems import NotApplicable
from specweave.problems.tabular.families import families
from specweave.problems.tabular.kind import Tabular

FAMILIES = sorted(families())
TASKS = ["binary", "multiclass", "regression"]


def attempts(name, **facts):
    try:
        return families()[name].attempts(table(**facts))
    except NotApplicable as reason:
        pytest.skip(f"{name} is not applicable because {reason}")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_beats_guessing_and_its_model_survives_storage(name, task, tmp_path):
    kind, problem, frame = Tabular(), resolved(task), made(300, task=task)
    attempt = attempts(name, task=task)[0]
    model = kind.fit(attempt, problem, frame.iloc[:200], COLUMNS)
    found = kind.predict(model, problem, frame.iloc[200:], COLUMNS, kind.classes(problem, frame))
    value = score(problem.metric, found)
    assert value < 0.9 * frame["y"].std() if task == "regression" else value > 0.45
    save_model(model, tmp_path / "model.skops")
    again = load_model(tmp_path / "model.skops")
    assert np.array_equal(
        kind.predict(again, problem, frame.iloc[200:], COLUMNS, kind.classes(problem, frame)).labels, found.labels
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_a_rare_class_written_as_a_digit_is_learnt(name):
    kind, problem, frame = Tabular(), resolved(positive_label="1"), made(400, rare=0.1)
    frame = frame.assign(y=(frame["y"] == "yes").astype(int))
    for attempt in attempts(name, minority_share=0.1):
        model = kind.fit(attempt, problem, frame.iloc[:300], COLUMNS)
        found = kind.predict(model, problem, frame.iloc[300:], COLUMNS, ("0", "1"))
        assert score("roc_auc", found) > 0.6


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("n_rows", [50, 5_000, 50_000, 2_000_000])
def test_names_are_unique_and_params_say_what_is_set(name, n_rows):
    found = attempts(name, n_rows=n_rows)
    assert len({a.name for a in found}) == len(found) > 0
    assert all(a.family == name and a.kind == "candidate" and a.params for a in found)
    assert all(dict(a.build().named_steps["model"].get_params()) is not None for a in found)


def test_a_fit_repeats_exactly():
    kind, problem, frame = Tabular(), resolved(), made(200)
    for name in FAMILIES:
        attempt = attempts(name)[0]
        twice = [
            kind.predict(kind.fit(attempt, problem, frame, COLUMNS), problem, frame, COLUMNS, ("no", "yes")).scores
            for _ in range(2)
        ]
        assert np.array_equal(*twice)


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr("specweave.problems.tabular.families.xgboost.find_spec", lambda _: None)
    with pytest.raises(NotApplicable, match="xgboost is not installed"):
        families()["xgboost"].attempts(table())
    monkeypatch.setattr("specweave.problems.tabular.families.lightgbm.find_spec", lambda _: None)
    with pytest.raises(NotApplicable, match="lightgbm is not installed"):
        families()["lightgbm"].attempts(table())


def test_too_many_rows_are_no_case_for_forests_and_splines():
    for name in ("forest", "linear"):
        with pytest.raises(NotApplicable, match="2,000,000 rows"):
            families()[name].attempts(table(n_rows=2_000_000))


def test_a_rare_class_is_weighed():
    found = families()["linear"].attempts(table(minority_share=0.05))
    assert {a.params["class_weight"] for a in found} == {None, "balanced"}
    assert families()["forest"].attempts(table(minority_share=0.05))[0].params["class_weight"] == "balanced"
