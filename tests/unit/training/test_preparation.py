import json

import numpy as np
import pandas as pd
import pytest

from made_tables import made
from specweave.data.seal import is_sealed, looks, read_seal, training_rows
from specweave.errors import ProblemError, SealedError
from specweave.problem import DataSource, ExcludedColumn, Problem, SplitPolicy
from specweave.training import prepare
from specweave.workspace import IncrementFolder


@pytest.fixture
def folder(workspace):
    path = workspace.increments / "0001-made"
    path.mkdir(parents=True)
    return IncrementFolder(path)


@pytest.fixture
def frame():
    frame = made(300)
    return frame.assign(leak=np.where(frame["y"] == "yes", 7.0, 3.0))


@pytest.fixture
def problem(workspace, frame):
    frame.to_csv(workspace.root / "made.csv", index=False)
    return Problem(target="y", data=DataSource(location="made.csv"))


def test_a_certain_leak_is_excluded_with_its_reason_and_the_rest_filled_in(workspace, folder, problem):
    prepared = prepare(workspace, folder, problem)
    assert [e.column for e in prepared.problem.excluded] == ["leak"]
    assert prepared.problem.excluded[0].reason.startswith(f"{prepared.findings[0].code}: ")
    assert (prepared.problem.task, prepared.problem.positive_label) == ("binary", "yes")
    assert prepared.problem.metric == "roc_auc"
    assert prepared.problem.split.strategy == prepared.seal.strategy == "stratified"
    assert prepared.problem.split.reason == prepared.seal.reason
    assert problem.excluded == []


def test_the_test_set_is_sealed_and_nobody_has_looked(workspace, folder, problem):
    prepared = prepare(workspace, folder, problem)
    assert len(training_rows(folder)) == prepared.seal.n_train == 240
    assert looks(folder) == []


def test_leaks_and_profile_are_kept_as_files(workspace, folder, problem):
    prepare(workspace, folder, problem)
    leaks = json.loads((folder.data / "leaks.json").read_text("utf-8"))
    assert any("leak" in leak["columns"] for leak in leaks)
    assert (folder.reports / "profile.json").is_file()


def test_a_second_call_gives_the_same_and_works_nothing_out_again(workspace, folder, problem, monkeypatch):
    first = prepare(workspace, folder, problem)
    for name in ("profile_table", "find_leaks", "choose_split"):
        monkeypatch.setattr(f"specweave.training.preparation.{name}", lambda *_, **__: pytest.fail("done twice"))
    for given in (problem, first.problem):
        again = prepare(workspace, folder, given)
        assert again.problem == first.problem
        assert again.seal == first.seal
        assert again.findings == first.findings


def test_a_column_the_user_insists_on_is_kept(workspace, folder, problem):
    prepared = prepare(workspace, folder, problem.model_copy(update={"keep": ["leak"]}))
    assert prepared.problem.excluded == []
    assert any("leak" in finding.columns for finding in prepared.findings)


def test_exclusions_of_the_user_stay_as_they_are(workspace, folder, problem):
    asked = ExcludedColumn(column="leak", reason="known after the fact")
    prepared = prepare(workspace, folder, problem.model_copy(update={"excluded": [asked]}))
    assert prepared.problem.excluded == [asked]


def test_changed_data_or_another_target_is_refused(workspace, folder, problem, frame):
    prepare(workspace, folder, problem)
    with pytest.raises(SealedError, match="another target"):
        prepare(workspace, folder, problem.model_copy(update={"target": "colour"}))
    frame.iloc[:-1].to_csv(workspace.root / "made.csv", index=False)
    with pytest.raises(SealedError, match=r"have changed.*create_increment"):
        prepare(workspace, folder, problem)
    assert read_seal(folder).n_train == 240


def test_what_cannot_be_answered_seals_nothing(workspace, folder, problem):
    with pytest.raises(ProblemError, match="names no data"):
        prepare(workspace, folder, Problem(target="y"))
    with pytest.raises(ProblemError):
        prepare(workspace, folder, problem.model_copy(update={"target": "nobody"}))
    with pytest.raises(ProblemError, match="group column"):
        prepare(workspace, folder, problem.model_copy(update={"split": SplitPolicy(group="nobody")}))
    assert not is_sealed(folder)


def test_progress_rises_to_its_total(workspace, folder, problem):
    told = []
    prepare(workspace, folder, problem, progress=lambda done, total, message: told.append((done / total, message)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert all(0 < len(message) <= 200 for _, message in told)


def test_dates_in_a_file_reach_the_split(workspace, folder):
    n = 400
    when = pd.date_range("2024-01-01", periods=n, freq="D")
    frame = pd.DataFrame({"when": when, "a": np.arange(n) % 7, "y": np.linspace(0, 9, n) + np.arange(n) % 5})
    frame.to_csv(workspace.root / "days.csv", index=False)
    prepared = prepare(workspace, folder, Problem(target="y", data=DataSource(location="days.csv")))
    assert (prepared.seal.strategy, prepared.problem.split.time) == ("time", "when")
