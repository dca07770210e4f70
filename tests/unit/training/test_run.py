from types import SimpleNamespace

import numpy as np
import pytest

from made_tables import made, resolved
from specweave.data.seal import looks, seal
from specweave.data.split import choose_split
from specweave.errors import ExperimentError, LockedError, ProblemError, SealedError, StorageError
from specweave.experiments import list_experiments
from specweave.experiments.models import load_model
from specweave.metrics import Predictions, score
from specweave.problem import Problem
from specweave.problems import NotApplicable
from specweave.problems.base import Attempt
from specweave.problems.tabular.kind import Tabular
from specweave.training import read_training, run_training
from specweave.training.fold_store import FoldStore
from specweave.workspace import IncrementFolder, lock

QUICK = ["splines"]
PROFILE = SimpleNamespace(columns=[])


@pytest.fixture
def folder(workspace):
    path = workspace.increments / "0001-made"
    path.mkdir(parents=True)
    return IncrementFolder(path)


def sealed(folder, task="binary", **facts):
    """A problem whose test set is sealed in the folder."""
    frame, problem = made(240, task=task), resolved(task, **{"folds": 3, **facts})
    plan = choose_split(frame, problem, PROFILE)
    seal(folder, frame, plan, SimpleNamespace(content="c" * 32, schema_hash="s" * 16))
    return problem


def records(folder):
    return {record.name: record for record in list_experiments(folder)}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_attempt_leaves_a_whole_record(folder, task):
    problem = sealed(folder, task)
    result = run_training(folder, problem, candidates=QUICK)
    found = records(folder)
    assert len(found) == 5
    for record in found.values():
        predictions = Predictions.load(record.path / "predictions.parquet")
        assert record.status == "finished"
        assert len(predictions) == result.n_train
        assert set(predictions.folds) == set(range(3))
        assert record.metrics[problem.metric] == pytest.approx(score(problem.metric, predictions))
        assert {"cv_mean", "cv_std", "fold_1", "fold_3"} <= set(record.metrics)
        assert record.metadata["data"]["rows"] == result.n_train
        assert record.metadata["model"]["features"] == result.columns
        model = load_model(record.path / "model.skops", sha256=record.metadata["model"]["sha256"])
        assert len(model.predict(made(5, task=task)[result.columns])) == 5
        assert not (record.path / "folds").exists()


def test_the_leaderboard_is_ordered_and_says_what_was_found(folder):
    result = run_training(folder, sealed(folder), candidates=QUICK)
    values = [row.value for row in result.leaderboard]
    assert values == sorted(values, reverse=True)
    best = result.row(result.best)
    assert result.best_baseline == next(row.experiment for row in result.leaderboard if row.kind == "baseline")
    assert best.low < best.cv_mean < best.high <= 1
    kept = Predictions.load(records(folder)[best.name].path / "predictions.parquet")
    assert best.precision == pytest.approx(score("precision", kept))
    assert best.recall == pytest.approx(score("recall", kept))
    assert best.n_flagged == (kept.labels == kept.positive).sum()
    assert result.margin == pytest.approx(
        (best.value - result.row(result.best_baseline).value) / (1 - result.row(result.best_baseline).value)
    )
    majority = next(row for row in result.leaderboard if row.name == "majority")
    assert majority.verdict == "worse"
    assert majority.value == pytest.approx(0.5, abs=0.02)
    assert read_training(folder) == result


def test_the_sealed_rows_are_not_touched(folder, monkeypatch):
    problem = sealed(folder)
    (folder.data / "sealed" / "test.parquet").unlink()
    run_training(folder, problem, candidates=QUICK)
    assert looks(folder) == []


def test_a_second_run_reuses_what_is_finished(folder):
    problem = sealed(folder)
    first = run_training(folder, problem, candidates=QUICK)
    again = run_training(folder, problem, candidates=QUICK)
    assert len(list_experiments(folder)) == 5
    assert again.leaderboard == first.leaderboard
    assert again.best == first.best


def test_another_seed_is_another_experiment(folder):
    problem = sealed(folder)
    run_training(folder, problem, candidates=QUICK)
    run_training(folder, problem.model_copy(update={"seed": 1}), candidates=QUICK)
    assert len(list_experiments(folder)) == 10


def test_an_interrupted_run_goes_on_after_its_last_finished_fold(folder, monkeypatch):
    problem = sealed(folder)
    fitted = []
    fit = Tabular.fit

    def counted(self, attempt, *rest):
        fitted.append(attempt.name)
        if fitted.count("splines") == 2:
            raise KeyboardInterrupt
        return fit(self, attempt, *rest)

    monkeypatch.setattr(Tabular, "fit", counted)
    with pytest.raises(KeyboardInterrupt):
        run_training(folder, problem, candidates=QUICK)
    # What a killed process leaves: a record that says running, by a process that is gone.
    monkeypatch.setattr("specweave.experiments.processes.is_alive", lambda _: False)
    fitted.clear()
    monkeypatch.setattr(
        Tabular, "fit", lambda self, attempt, *rest: fitted.append(attempt.name) or fit(self, attempt, *rest)
    )
    result = run_training(folder, problem, candidates=QUICK)
    assert fitted == ["splines"] * 3  # folds 2 and 3, and the final fit
    assert len(list_experiments(folder)) == 5
    assert {row.status for row in result.leaderboard} == {"finished"}


def test_resumed_folds_give_the_numbers_of_an_undisturbed_run(folder, monkeypatch, workspace):
    problem = sealed(folder)
    other = IncrementFolder(workspace.increments / "0002-other")
    other.path.mkdir()
    sealed(other)
    undisturbed = run_training(other, problem, candidates=QUICK)
    save = FoldStore.save

    def dying(self, fold, *rest):
        save(self, fold, *rest)
        if fold == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(FoldStore, "save", dying)
    with pytest.raises(KeyboardInterrupt):
        run_training(folder, problem, candidates=QUICK)
    monkeypatch.setattr(FoldStore, "save", save)
    monkeypatch.setattr("specweave.experiments.processes.is_alive", lambda _: False)
    resumed = run_training(folder, problem, candidates=QUICK)
    assert [(r.name, r.value, r.folds) for r in resumed.leaderboard] == [
        (r.name, r.value, r.folds) for r in undisturbed.leaderboard
    ]


def failing(*_args, **_facts):
    raise ValueError("the matrix is singular")


def test_a_failing_candidate_is_recorded_and_costs_no_other(folder, monkeypatch):
    candidates = Tabular.candidates

    def with_broken(self, *given):
        found, absent = candidates(self, *given)
        return [Attempt("broken", "candidate", "broken", failing), *found], absent

    monkeypatch.setattr(Tabular, "candidates", with_broken)
    result = run_training(folder, sealed(folder), candidates=["broken", *QUICK])
    assert records(folder)["broken"].status == "failed"
    assert "singular" in result.leaderboard[-1].error
    assert [row.status for row in result.leaderboard].count("finished") == 5
    assert any("singular" in warning for warning in result.warnings)


def test_when_everything_fails_the_reason_is_given(folder, monkeypatch):
    problem = sealed(folder)
    monkeypatch.setattr(Tabular, "fit", failing)
    with pytest.raises(ExperimentError, match="singular"):
        run_training(folder, problem, candidates=QUICK)


def test_a_full_disk_stops_the_run_and_keeps_what_is_finished(folder, monkeypatch):
    problem = sealed(folder)
    run_training(folder, problem, candidates=[])

    def full(*_):
        raise StorageError("The file could not be read or written: No space left on device")

    monkeypatch.setattr(FoldStore, "save", full)
    with pytest.raises(StorageError, match="No space left"):
        run_training(folder, problem, candidates=QUICK)
    assert [r.status for r in list_experiments(folder)] == ["finished"] * 4 + ["failed"]


def test_a_second_writer_is_refused(folder):
    problem = sealed(folder)
    with lock(folder.experiments / ".training.lock"), pytest.raises(LockedError):
        run_training(folder, problem)


def test_nothing_is_trained_before_data_are_sealed_or_the_problem_resolved(folder):
    with pytest.raises(SealedError, match="No test set"):
        run_training(folder, resolved())
    with pytest.raises(ProblemError, match="not resolved"):
        run_training(folder, Problem(target="y"))
    with pytest.raises(ExperimentError, match="Nothing was trained"):
        read_training(folder)


def test_candidates_are_chosen_by_name_or_family_and_unknown_ones_named(folder, monkeypatch):
    problem = sealed(folder)
    with pytest.raises(ProblemError, match=r"lihgtgbm.*lightgbm"):
        run_training(folder, problem, candidates=["lihgtgbm"])

    class Absent:
        def attempts(self, table):
            raise NotApplicable("the moon is full")

    monkeypatch.setattr("specweave.problems.tabular.kind.families", lambda: {"lunar": Absent()})
    with pytest.raises(ProblemError, match="not applicable because the moon is full"):
        run_training(folder, problem, candidates=["lunar"])


def test_a_threshold_for_the_precision_of_the_specification_is_stored(folder):
    problem = sealed(folder, success=[{"metric": "precision", "value": 0.8}])
    result = run_training(folder, problem, candidates=QUICK)
    record = records(folder)["splines"]
    predictions = Predictions.load(record.path / "predictions.parquet")
    assert record.metadata["model"]["threshold"] == predictions.threshold == result.row(record.id).threshold
    assert score("precision", predictions) >= 0.8


def test_a_combination_is_recorded_beside_its_members(folder):
    result = run_training(folder, sealed(folder), candidates=["linear", "lightgbm"])
    blend = records(folder)["blend"]
    assert set(blend.params["members"]) <= {row.name for row in result.leaderboard}
    assert len({blend.params["members"][0].split("-")[0], blend.params["members"][1].split("-")[0]}) == 2
    assert hasattr(load_model(blend.path / "model.skops"), "predict_proba")


def test_library_warnings_go_into_the_record(folder, monkeypatch):
    import warnings

    fit = Tabular.fit

    def noisy(self, *given):
        warnings.warn("this may not converge", UserWarning, stacklevel=1)
        return fit(self, *given)

    monkeypatch.setattr(Tabular, "fit", noisy)
    run_training(folder, sealed(folder), candidates=[])
    assert records(folder)["linear"].metadata["warnings"] == ["UserWarning: this may not converge"]


def test_groups_stay_together_and_time_only_runs_forward(folder, workspace):
    frame = made(240, task="regression")
    problem = resolved("regression", split={"time": "when"})
    plan = choose_split(frame, problem, PROFILE)
    seal(folder, frame, plan, SimpleNamespace(content="c", schema_hash="s"))
    result = run_training(folder, problem, candidates=QUICK)
    assert "follow when" in result.folds
    predictions = Predictions.load(records(folder)["linear"].path / "predictions.parquet")
    assert len(predictions) < result.n_train
    times = frame["when"].to_numpy()[predictions.rows]
    assert all(times[predictions.folds == f].max() < times[predictions.folds == f + 1].min() for f in range(4))


def test_progress_rises_tells_the_time_left_and_ends_at_its_total(folder):
    told = []
    problem = sealed(folder)
    run_training(folder, problem, candidates=QUICK, progress=lambda *given: told.append(given))
    shares = [done / total for done, total, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert any("left" in message for *_, message in told)
    assert all(len(message) <= 200 for *_, message in told)


def test_suspicious_perfection_is_pointed_out(folder):
    frame, problem = made(240), resolved()
    frame["size"] = np.where(frame["y"] == "yes", 1.0, -1.0)
    seal(folder, frame, choose_split(frame, problem, PROFILE), SimpleNamespace(content="c", schema_hash="s"))
    result = run_training(folder, problem, candidates=QUICK)
    assert any("look for a leak" in warning for warning in result.warnings)
