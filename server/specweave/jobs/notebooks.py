"""A notebook run from top to bottom in a kernel of the user's interpreter; the executed copy is saved cell by cell."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from specweave.errors import ExperimentError, MissingDependencyError, shorten
from specweave.jobs.ending import Ending, last_part
from specweave.jobs.interpreters import Interpreter, has_module
from specweave.progress import Progress
from specweave.workspace import storage_errors, write_text

_START_SECONDS = 60
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_PARAMETER = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


def kernel_interpreter(found: Interpreter, environment: Mapping[str, str]) -> Interpreter:
    """The Python the kernel runs in: `found` where ipykernel is importable there, else the plugin's own.

    MissingDependencyError where neither has it, or where a person named the one that has not.
    """
    if has_module(found.path, "ipykernel", dict(environment)):
        return found
    install = f"{found.path} -m pip install ipykernel"
    own = Path(sys.executable)
    if found.source in ("argument", "ml.json") or not has_module(own, "ipykernel", dict(os.environ)):
        raise MissingDependencyError.package("ipykernel", f"Running a notebook with {found.path}", install)
    passed_over = (*found.passed_over, f"{found.source} ({found.path}): it has no ipykernel; to use it run `{install}`")
    why = "the project's Python cannot run notebooks"
    return Interpreter(own, "plugin", why, platform.python_version(), Path(sys.prefix), passed_over)


def run_notebook(
    source: Path,
    executed: Path,
    python: Path,
    *,
    environment: Mapping[str, str],
    arguments: Iterable[str],
    timeout: float | None,
    progress: Progress,
    on_line: Callable[[str], None],
) -> Ending:
    """Run every cell in the notebook's own folder, as Jupyter does, and keep the result in `executed`.

    `arguments` are `name=value` (value as JSON, or text) and follow the cell tagged "parameters", or come first.
    Stops at the first cell that fails. Raises ExperimentError for a file that is no Python notebook.
    """
    notebook = _read(source)
    _insert_parameters(notebook, _parameters(arguments))
    run = _Run(notebook, executed, progress, on_line, None if timeout is None else time.monotonic() + timeout)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="specweave-kernel-") as folder:
        client = _client(notebook, python, Path(folder))
        reason = run.all_cells(client, cwd=str(source.parent), env=dict(environment))
    return Ending(1 if reason else 0, time.monotonic() - started, last_part("\n".join(run.output)), reason)


def _library() -> tuple[Any, Any]:
    try:
        import nbclient
        import nbformat
    except ImportError as error:
        raise MissingDependencyError.package(
            "nbclient", "Running a notebook", f"{sys.executable} -m pip install 'sw-ml[notebook]'"
        ) from error
    return nbclient, nbformat


def _read(source: Path) -> Any:
    _, nbformat = _library()
    try:
        with storage_errors(source), warnings.catch_warnings():
            # Notebooks written by hand or by old editors lack cell ids, which are given below.
            warnings.simplefilter("ignore")
            notebook = nbformat.reads(source.read_text("utf-8"), as_version=4)
            notebook = nbformat.validator.normalize(notebook)[1]
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        raise ExperimentError(
            f"The file is not a notebook: {shorten(error)}", value=str(source), allowed="a Jupyter notebook (.ipynb)"
        ) from error
    metadata = notebook.metadata
    language = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name", "python")
    if language.lower() not in ("python", "ipython"):
        raise ExperimentError("The notebook is not in Python", value=language, allowed="notebooks with a Python kernel")
    return notebook


def _parameters(arguments: Iterable[str]) -> dict[str, Any]:
    found = {}
    for argument in arguments:
        match = _PARAMETER.fullmatch(argument)
        if match is None:
            raise ExperimentError(
                "A notebook takes its arguments as name=value", value=argument, allowed='for example "n_estimators=200"'
            )
        try:
            found[match[1]] = json.loads(match[2])
        except ValueError:
            found[match[1]] = match[2]
    return found


def _insert_parameters(notebook: Any, parameters: Mapping[str, Any]) -> None:
    if not parameters:
        return
    _, nbformat = _library()
    source = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["injected-parameters"]})
    tagged = [i for i, c in enumerate(notebook.cells) if "parameters" in c.metadata.get("tags", [])]
    notebook.cells.insert(tagged[0] + 1 if tagged else 0, cell)


def _client(notebook: Any, python: Path, folder: Path) -> Any:
    """A client whose kernel is `python -m ipykernel_launcher`, whatever kernels are registered on this machine."""
    nbclient, _ = _library()
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    specification = KernelSpec(
        argv=[str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        display_name=f"Python ({python})",
        language="python",
    )

    class OneKernel(KernelSpecManager):  # type: ignore[misc,unused-ignore]
        def get_kernel_spec(self, kernel_name: str) -> Any:  # noqa: ARG002 - there is only this one
            return specification

    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=OneKernel(),
        connection_file=str(folder / "kernel.json"),
    )
    return nbclient.NotebookClient(
        notebook, km=manager, kernel_name="python3", startup_timeout=_START_SECONDS, allow_errors=False
    )


class _Run:
    """The walk through the cells."""

    def __init__(
        self,
        notebook: Any,
        executed: Path,
        progress: Progress,
        on_line: Callable[[str], None],
        deadline: float | None,
    ) -> None:
        self._notebook = notebook
        self._executed = executed
        self._progress = progress
        self._on_line = on_line
        self._deadline = deadline
        self.output: list[str] = []

    def all_cells(self, client: Any, **kernel: Any) -> str | None:
        """Run them; the reason for stopping early, or None."""
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

        number, total = 0, len(self._notebook.cells)
        try:
            # Cell by cell rather than execute(), which would take the SIGTERM handler away from the job.
            with client.setup_kernel(cleanup_kc=True, **kernel):
                for number, cell in enumerate(self._notebook.cells, start=1):
                    self._progress(number - 1, total, f"cell {number} of {total}")
                    self._one_cell(client, cell, number - 1)
        except CellExecutionError as error:
            return _COLOURS.sub("", f"cell {number} raised {error.ename}: {error.evalue}")
        except CellTimeoutError:
            return f"the timeout was reached in cell {number}"
        except DeadKernelError:
            return f"the kernel died in cell {number}, often for want of memory"
        except RuntimeError as error:
            return f"the kernel did not start: {shorten(error)}"
        self._progress(total, total, f"{total} cells done")
        return None

    def _one_cell(self, client: Any, cell: Any, index: int) -> None:
        if self._deadline is not None:
            client.timeout = max(1, round(self._deadline - time.monotonic()))
        try:
            client.execute_cell(cell, index)
        finally:
            _, nbformat = _library()
            write_text(self._executed, nbformat.writes(self._notebook))
            for line in _printed(cell):
                self.output.append(line)
                self._on_line(line)


def _printed(cell: Any) -> list[str]:
    """What the cell wrote, without colours."""
    parts = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            parts.append(output.text)
        elif output.output_type == "error":
            parts.append("\n".join(output.traceback))
        else:
            parts.append(output.data.get("text/plain", ""))
    return [line for part in parts for line in _COLOURS.sub("", part).splitlines()]
