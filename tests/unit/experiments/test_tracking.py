from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading

import pytest

from specweave.errors import NoWorkspaceError, UnknownIncrementError
from specweave.experiments import current_experiment, list_experiments, track_experiment


@pytest.fixture
def here(folder, monkeypatch):
    """The working directory is the project."""
    monkeypatch.chdir(folder.root)
    return folder


def test_context_manager_records_what_runs_inside(here):
    with track_experiment("lightgbm", increment="0001", params={"a": 1}, tags={"t": 1}, seeds={"s": 1}) as experiment:
        assert current_experiment() is experiment
        experiment.log_metric("auc", 0.9)
    assert current_experiment() is None
    (found,) = list_experiments(here)
    assert (found.name, found.kind, found.status) == ("lightgbm", "script", "finished")
    assert (found.params, found.metrics) == ({"a": 1}, {"auc": 0.9})


def test_exception_is_recorded_and_raised_again(here):
    @track_experiment("a")
    def run():
        current_experiment().log_metric("auc", 0.5)
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        run()
    (found,) = list_experiments(here)
    assert (found.status, found.metrics) == ("failed", {"auc": 0.5})
    assert found.metadata["error"]["type"] == "ZeroDivisionError"
    assert "1 / 0" in (found.path / "traceback.txt").read_text("utf-8")


@pytest.mark.parametrize(("code", "status"), [(0, "finished"), (None, "finished"), (1, "failed"), ("no", "failed")])
def test_exit_of_the_script_is_a_failure_only_with_a_code(here, code, status):
    with pytest.raises(SystemExit), track_experiment("a"):
        sys.exit(code)
    assert list_experiments(here)[0].status == status


def test_interrupt_is_recorded(here):
    with pytest.raises(KeyboardInterrupt), track_experiment("a"):
        raise KeyboardInterrupt
    assert list_experiments(here)[0].metadata["error"]["type"] == "KeyboardInterrupt"


def test_users_error_is_raised_even_where_the_record_is_gone(here):
    import shutil

    @track_experiment("a")
    def run():
        record = current_experiment().path
        shutil.rmtree(record)
        record.write_text("in the way", "utf-8")
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        run()


def test_decorator_records_each_call_with_its_plain_arguments(here):
    @track_experiment("train")
    def train(rate, data, *, depth=3):
        current_experiment().log_metric("auc", rate)
        return depth

    assert train(0.1, object()) == 3
    assert train(0.2, None, depth=5) == 5
    first, second = list_experiments(here)
    assert (first.params, first.metrics) == ({"rate": 0.1, "depth": 3}, {"auc": 0.1})
    assert second.params == {"rate": 0.2, "data": None, "depth": 5}
    assert train.__name__ == "train"


def test_decorated_function_can_ask_for_the_record(here):
    @track_experiment("train")
    def train(rate, experiment=None):
        return experiment.id

    assert train(0.1) == "exp-001-train"


def test_decorated_coroutine_is_recorded_until_it_ends(here):
    @track_experiment("train")
    async def train(rate):
        await asyncio.sleep(0)
        current_experiment().log_metric("auc", rate)
        return rate

    async def both():
        return await asyncio.gather(train(0.1), train(0.2))

    assert asyncio.run(both()) == [0.1, 0.2]
    assert [(s.status, s.metrics) for s in list_experiments(here)] == [
        ("finished", {"auc": 0.1}),
        ("finished", {"auc": 0.2}),
    ]


def test_one_tracker_serves_threads_and_nests(here):
    tracker = track_experiment("a")

    def work():
        with tracker as outer, tracker as inner:
            outer.log_metric("m", 1)
            inner.log_metric("m", 2)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(s.metrics["m"] for s in list_experiments(here)) == [1] * 4 + [2] * 4
    assert {s.status for s in list_experiments(here)} == {"finished"}


@pytest.mark.parametrize("named", [1, "1", "0001", "0001-churn"])
def test_increment_by_argument(here, named):
    with track_experiment("a", increment=named) as experiment:
        assert experiment.path.parents[1] == here.path


def test_increment_by_folder(folder):
    with track_experiment("a", increment=folder.path) as experiment:
        assert experiment.path.parents[1] == folder.path.resolve()


def test_increment_by_environment_from_a_working_directory_elsewhere(folder, monkeypatch):
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(folder.root))
    monkeypatch.setenv("SPECWEAVE_INCREMENT", "0001")
    with track_experiment("a") as experiment:
        assert experiment.path.parents[1] == folder.path.resolve()


def test_increment_by_working_directory(folder, monkeypatch):
    other = folder.path.parent / "0002-newer"
    other.mkdir()
    (other / "metadata.json").write_text(json.dumps({"status": "active"}), "utf-8")
    folder.notebooks.mkdir()
    monkeypatch.chdir(folder.notebooks)
    with track_experiment("a") as experiment:
        assert experiment.path.parents[1] == folder.path.resolve()


def test_no_workspace_says_how_to_get_one():
    with pytest.raises(NoWorkspaceError, match="create_increment"), track_experiment("a"):
        pass


def test_no_increment_says_how_to_create_one(workspace, monkeypatch):
    monkeypatch.chdir(workspace.root)
    with pytest.raises(UnknownIncrementError, match="create_increment"), track_experiment("a"):
        pass


def test_path_that_is_no_increment_is_refused(tmp_path):
    with pytest.raises(UnknownIncrementError, match="not an increment's folder"), track_experiment("a", tmp_path):
        pass


def test_user_script_in_an_interpreter_with_nothing_installed(folder):
    """-S leaves out every installed package: only the standard library and our folder are there."""
    from pathlib import Path

    import specweave

    package = Path(specweave.__file__).parents[1]
    script = folder.root / "mein training.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(package)!r})\n"
        "from specweave import track_experiment\n"
        "with track_experiment('plain') as e:\n"
        "    e.log_params({'rate': 0.1}); e.log_metric('auc', 0.9)\n"
        "    e.log_table([{'a': 1}], 't'); e.set_tags(x='y')\n"
        "    e.save_model({'weights': [1, 2]}, 'model.pkl')\n"
        "assert not {'pydantic', 'pandas', 'numpy', 'yaml', 'jinja2'} & set(sys.modules)\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-S", str(script)], cwd=folder.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (found,) = list_experiments(folder)
    assert (found.status, found.metrics, found.damage) == ("finished", {"auc": 0.9}, ())
    assert found.metadata["entry"]["path"] == str(script)
    assert "skops" in found.metadata["model"]["why_not"]
