"""A user's script or notebook, run again in the project as it was."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from specweave.errors import ExperimentError
from specweave.experiments import ExperimentSummary, list_experiments
from specweave.jobs.scripts import run_script
from specweave.jobs.surroundings import expose_package, user_environment
from specweave.progress import Progress
from specweave.reproduction.checkout import Checkout
from specweave.reproduction.result import Change
from specweave.reproduction.run import Rerun, Stage
from specweave.workspace import IncrementFolder, Workspace

_NO_FILE = re.compile(r"No such file or directory: '?([^'\n]+)'?")
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")


class UserCode(Stage):
    """The recorded file with its recorded arguments, in a checkout of the recorded code."""

    data_differ = False

    def __init__(self, folder: IncrementFolder, record: ExperimentSummary, scratch: Path, progress: Progress) -> None:
        self._folder, self._record, self._scratch, self._progress = folder, record, scratch, progress
        self._checkout = Checkout(folder, record, scratch / "project")
        self._file = self._checkout.place_of(Path(str(record.metadata["entry"]["path"])))
        self.how = f"run again in a clean process from {self._checkout.how}"
        self.changes = [*self._checkout.changes, *self._code_change(), *self._checkout.newer_files(self._file)]

    def close(self) -> None:
        self._checkout.close()

    def environment(self, python: Path) -> dict[str, str]:
        """As `run_script` gives it to the user's code."""
        return user_environment(self._scratch_increment, python, expose_package(self._scratch / "package"))

    def run(self, python: Path) -> Rerun:
        """Once more, recorded in the checkout's increment."""
        increment = self._scratch_increment
        before = {record.id for record in list_experiments(increment)}
        try:
            run_script(
                Workspace(self._checkout.root),
                self._folder.id,
                self._file,
                arguments=arguments_of(self._record),
                python=str(python),
                cwd=self._cwd(),
                allow_outside=True,
                progress=self._progress,
            )
        except ExperimentError as error:
            return Rerun(failed=error.what, changes=_explained(error.what))
        made = [record for record in list_experiments(increment) if record.id not in before]
        found = self._counterpart(made)
        if found is None:
            names = ", ".join(sorted({record.name for record in made})) or "nothing"
            return Rerun(failed=f"the new run recorded no experiment {self._record.name}, but {names}")
        return Rerun(record=found.path)

    def run_on_recorded_data(self, python: Path) -> Rerun:
        """No other data are kept than those of today."""
        return self.run(python)

    @property
    def _scratch_increment(self) -> IncrementFolder:
        return Workspace(self._checkout.root).increment(self._folder.id)

    def _cwd(self) -> Path | None:
        recorded = self._record.metadata.get("cwd")
        tool = self._record.metadata.get("run") is not None and "exit_code" in self._record.metadata["run"]
        if not recorded or tool or self._record.metadata["entry"]["by"] != "script":
            return None
        place = self._checkout.place_of(Path(str(recorded)))
        return place if place.is_dir() and place.is_relative_to(self._checkout.root) else None

    def _code_change(self) -> list[Change]:
        recorded = self._record.metadata["entry"].get("sha256")
        name = self._file.name
        if not self._file.is_file():
            return [
                Change(kind="missing file", sentence=f"{name} is neither in {self._checkout.how} nor in the project")
            ]
        if recorded and hashlib.sha256(self._file.read_bytes()).hexdigest() != recorded:
            return [
                Change(
                    kind="code changed",
                    sentence=f"{name} is not the recorded file any more, and the recorded one is not in {self._checkout.how}",
                )
            ]
        return []

    def _counterpart(self, made: list[ExperimentSummary]) -> ExperimentSummary | None:
        """The new record of the same name; of several, the one in the same place of the order."""
        same = [record for record in made if record.name == self._record.name]
        process = self._record.metadata.get("process")
        earlier = [
            record
            for record in list_experiments(self._folder)
            if record.name == self._record.name
            and record.metadata.get("process") == process
            and record.number < self._record.number
        ]
        return same[min(len(earlier), len(same) - 1)] if same else None


def arguments_of(record: ExperimentSummary) -> list[str]:
    """The command line after the script's name, as recorded; ExperimentError where a secret in it was masked."""
    run = record.metadata.get("run") or {}
    found: Any = run.get("arguments")
    if found is None and record.params.keys() >= {"file", "arguments"}:
        found = record.params["arguments"]
    if found is None and record.metadata["entry"]["by"] == "script":
        found = _after_script(record)
    arguments = [str(part) for part in found or []]
    if any("***" in part for part in arguments):
        raise ExperimentError(
            "The experiment was started with a secret, which is not recorded",
            value=record.id,
            next_step="run the script yourself with the secret, and compare the two with compare_experiments",
        )
    return arguments


def _after_script(record: ExperimentSummary) -> list[str]:
    command = [str(part) for part in record.metadata.get("command") or []]
    name = Path(str(record.metadata["entry"]["path"])).name
    at = next((i for i, part in enumerate(command) if Path(part).name == name), None)
    return [] if at is None else command[at + 1 :]


def _explained(reason: str) -> list[Change]:
    file, module = _NO_FILE.search(reason), _NO_MODULE.search(reason)
    if file:
        return [Change(kind="missing file", sentence=f"{file[1]} is not there any more")]
    if module:
        return [Change(kind="package changed", sentence=f"{module[1]} is not installed any more")]
    return []
