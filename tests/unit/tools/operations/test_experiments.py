from types import SimpleNamespace

import pytest

import increment_factory as made
from specweave.errors import ProblemError
from specweave.tools.calls import Call
from specweave.tools.contract import RunExperiment
from specweave.tools.operations import experiments
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


LEAKY = """import pandas as pd
from sklearn.model_selection import train_test_split
table = pd.read_csv("a.csv")
X, y = StandardScaler().fit_transform(table.drop(columns="y")), table["y"]
X_train, X_test, y_train, y_test = train_test_split(X, y)
print(LogisticRegression().fit(X_train, y_train).score(X_test, y_test))
"""


@pytest.fixture
def run(workspace, monkeypatch):
    """What run_experiment answers about a script whose job is over at once; no process is started."""
    folder = made.increment(workspace)

    def answered(code):
        (workspace.root / "train.py").write_text(code, "utf-8")
        monkeypatch.setattr(experiments.jobs, "start", lambda *_, **__: SimpleNamespace(state="finished"))
        monkeypatch.setattr(experiments.jobs, "wait", lambda *_, **__: None)
        monkeypatch.setattr(experiments, "described", lambda _: "Job j is done.")
        monkeypatch.setattr(experiments, "estimated_seconds", lambda _: 1.0)
        arguments = RunExperiment(increment=folder.id, script="train.py")
        return experiments.run_experiment(Call(arguments, str(workspace.root)))

    return answered


def test_the_leaks_of_a_script_are_told_with_line_and_fix_when_it_is_run(run):
    answer = run(LEAKY)
    assert answer.startswith("Job j is done.")
    (line,) = (line for line in answer.splitlines() if "leak in code" in line)
    assert "train.py" in line
    assert "4" in line
    assert "StandardScaler" in line
    assert "Split first" in line or "split" in line.lower()


def test_a_script_without_leaks_is_answered_with_its_job_alone(run):
    assert run("print('nothing is learnt here')\n") == "Job j is done."


def test_what_a_person_allowed_with_a_reason_is_not_told_again(run):
    allowed = LEAKY.replace(
        'table["y"]\nX_train',
        'table["y"]  # sw-ml: allow preprocessing-before-split because it is a demonstration\nX_train',
    )
    assert run(allowed) == "Job j is done."
