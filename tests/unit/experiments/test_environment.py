from __future__ import annotations

import hashlib
import importlib.metadata
import json
import subprocess
import sys

import numpy as np

from specweave.experiments import environment


def test_freeze_agrees_with_the_installed_metadata():
    listed, digest = environment.freeze()
    found = dict(line.split("==") for line in listed.splitlines())
    assert found["numpy"] == np.__version__
    assert found["scikit-learn"] == importlib.metadata.version("scikit-learn")
    assert digest == hashlib.sha256(listed.encode()).hexdigest()
    names = {d.metadata["Name"].lower().replace("_", "-").replace(".", "-") for d in importlib.metadata.distributions()}
    assert names <= set(found)


def test_main_packages_are_those_that_decide_results():
    found = environment.main_packages()
    assert found["numpy"] == np.__version__
    assert "pytest" not in found


def test_interpreter_and_host():
    assert environment.interpreter()["executable"] == sys.executable
    assert environment.host()["cores"] >= 1


def _run(tmp_path, *arguments, **variables):
    script = tmp_path / "mein skript.py"
    script.write_text(
        "import json\nfrom specweave.experiments import environment as e\n"
        "print(json.dumps([e.command(), e.entry()]))\n",
        "utf-8",
    )
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**_clean(), **variables})
    return script, *json.loads(done.stdout)


def _clean():
    import os

    return {k: v for k, v in os.environ.items() if not k.startswith("SPECWEAVE")}


def test_running_script_is_recorded_with_its_hash_and_masked_arguments(tmp_path):
    script, command, entry = _run(tmp_path, "--token", "abc", "--lr=0.1")
    assert command == [sys.executable, str(script), "--token", "***", "--lr=0.1"]
    assert entry == {"by": "script", "path": str(script), "sha256": hashlib.sha256(script.read_bytes()).hexdigest()}


def test_runner_names_the_file_it_runs(tmp_path):
    notebook = tmp_path / "a.ipynb"
    notebook.write_text("{}", "utf-8")
    _, _, entry = _run(tmp_path, SPECWEAVE_SCRIPT=str(notebook))
    assert entry["by"] == "notebook"
    assert entry["path"] == str(notebook)


def test_session_without_a_file_is_interactive():
    program = "from specweave.experiments import environment as e; print(e.entry())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=_clean())
    assert done.stdout.strip() == "{'by': 'interactive'}"


def test_kernel_of_a_notebook_is_recognised_and_its_file_named(tmp_path, monkeypatch):
    notebook = tmp_path / "a.ipynb"
    notebook.write_text("{}", "utf-8")
    for name in ("ipykernel", "IPython"):
        monkeypatch.setitem(sys.modules, name, object())
    monkeypatch.setattr(sys, "argv", ["/venv/ipykernel_launcher.py", "-f", "x"])
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    assert environment.runs_in_notebook()
    assert environment.entry()["path"] == str(notebook)


def test_own_programs_are_tools(monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "__file__", environment.__file__, raising=False)
    assert environment.entry() == {"by": "tool"}
