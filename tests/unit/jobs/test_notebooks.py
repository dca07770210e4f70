from __future__ import annotations

import os
import sysconfig

import nbformat
import pytest

from specweave.errors import ExperimentError, MissingDependencyError
from specweave.experiments import list_experiments
from specweave.jobs import notebooks
from specweave.jobs.interpreters import find_interpreter
from specweave.jobs.scripts import run_script


@pytest.fixture
def write(workspace):
    def write(name: str, *cells: str, parameters: int | None = None, language: str = "python"):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "not-registered-here", "display_name": "x", "language": language}
        if parameters is not None:
            notebook.cells[parameters].metadata["tags"] = ["parameters"]
        path = workspace.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return write


@pytest.fixture
def notebook_venv(workspace, make_venv):
    """The project's environment, in which ipykernel (ours, through a path file) is importable."""
    folder = make_venv(workspace.root / ".venv")
    (site,) = (folder / "lib").glob("python*/site-packages")
    (site / "ours.pth").write_text(sysconfig.get_paths()["purelib"])
    return folder


def printed(path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))


def test_a_notebook_runs_in_the_projects_interpreter_and_keeps_its_outputs(workspace, increment, write, notebook_venv):
    write("notizen ü/explore.ipynb", "import os, sys\nprint(sys.prefix)", "print(os.getcwd())", "1 + 1")
    seen = []
    run = run_script(
        workspace, 1, "notizen ü/explore.ipynb", progress=lambda done, total, message: seen.append((done, total))
    )
    executed = workspace.root / run.executed_notebook
    assert executed.parent == increment.notebooks
    assert printed(executed).split("\n")[:2] == [str(notebook_venv), str(workspace.root / "notizen ü")]
    assert nbformat.read(executed, as_version=4).cells[2].outputs[0].data["text/plain"] == "2"
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    (record,) = list_experiments(increment)
    assert (record.kind, record.status) == ("notebook", "finished")
    assert record.metadata["interpreter"]["source"] == ".venv"
    assert record.metadata["run"]["executed_notebook"] == run.executed_notebook
    assert run.last_lines[-1] == "2"


def test_a_notebook_that_tracks_is_found_with_its_parameters(workspace, increment, write):
    write(
        "track.ipynb",
        "n = 1\nname = 'a'",
        "from specweave import track_experiment\nwith track_experiment('nb') as e:\n"
        "    e.log_params({'n': n, 'name': name, 'flag': flag})\n",
        parameters=0,
    )
    run = run_script(workspace, 1, "track.ipynb", arguments=["n=5", "name=two words", "flag=true"])
    (record,) = list_experiments(increment)
    assert run.tracked
    assert record.kind == "notebook"
    assert record.params == {"n": 5, "name": "two words", "flag": True}


def test_a_failing_cell_is_named_and_the_outputs_before_it_are_kept(workspace, increment, write):
    write("bad.ipynb", "print('kept')", "raise ValueError('no column age')", "print('never')")
    with pytest.raises(ExperimentError, match="cell 2 raised ValueError: no column age"):
        run_script(workspace, 1, "bad.ipynb")
    (executed,) = increment.notebooks.glob("bad-*.ipynb")
    assert printed(executed) == "kept\n"
    (record,) = list_experiments(increment)
    assert record.status == "failed"
    assert "no column age" in (record.path / "artifacts" / "output.txt").read_text()


def test_a_dead_kernel_is_said_to_be_dead(workspace, increment, write):
    write("dead.ipynb", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(ExperimentError, match="kernel died in cell 1"):
        run_script(workspace, 1, "dead.ipynb")


def test_the_timeout_names_the_cell(workspace, increment, write):
    write("slow.ipynb", "import time\ntime.sleep(60)")
    with pytest.raises(ExperimentError, match="timeout was reached in cell 1"):
        run_script(workspace, 1, "slow.ipynb", timeout=1)


def test_the_plugins_kernel_serves_where_the_project_has_none_and_the_record_says_so(
    workspace, increment, write, make_venv
):
    make_venv(workspace.root / ".venv")
    write("plain.ipynb", "print('ran')")
    run = run_script(workspace, 1, "plain.ipynb")
    assert run.interpreter["source"] == "plugin"
    assert "-m pip install ipykernel" in run.interpreter["passed_over"][-1]


def test_an_interpreter_without_ipykernel_that_was_named_is_an_error_with_the_cure(
    workspace, increment, write, bare_venv
):
    write("plain.ipynb", "print('ran')")
    with pytest.raises(MissingDependencyError) as caught:
        run_script(workspace, 1, "plain.ipynb", python=str(bare_venv))
    assert caught.value.next_step == f"run `{bare_venv}/bin/python -m pip install ipykernel`"


def test_no_ipykernel_anywhere_is_an_error_with_the_cure(workspace, monkeypatch):
    monkeypatch.setattr(notebooks, "has_module", lambda *_: False)
    with pytest.raises(MissingDependencyError, match="pip install ipykernel"):
        notebooks.kernel_interpreter(find_interpreter(workspace), dict(os.environ))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}', "print('a script')"])
def test_a_file_that_is_no_notebook_is_refused(workspace, increment, content):
    (workspace.root / "no.ipynb").write_text(content)
    with pytest.raises(ExperimentError, match="not a notebook"):
        run_script(workspace, 1, "no.ipynb")


def test_a_notebook_in_another_language_is_refused(workspace, increment, write):
    write("r.ipynb", "1", language="R")
    with pytest.raises(ExperimentError, match="not in Python"):
        run_script(workspace, 1, "r.ipynb")


def test_arguments_must_be_named(workspace, increment, write):
    write("plain.ipynb", "1")
    with pytest.raises(ExperimentError, match="name=value"):
        run_script(workspace, 1, "plain.ipynb", arguments=["--n"])
