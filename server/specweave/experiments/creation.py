"""Starting a record, and opening one that is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from specweave.errors import ExperimentError, listing, suggestion
from specweave.experiments import document, environment, naming, processes, record, values, yaml_form
from specweave.experiments.experiment import Experiment, timestamp
from specweave.experiments.git_state import git_state
from specweave.workspace import IncrementFolder, write_all

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
# Sixty folds of one search share one diff and one list of packages: later records link to the file of an earlier one.
_shared: dict[tuple[str, str, str], str] = {}


def create_experiment(
    folder: IncrementFolder,
    name: str,
    *,
    kind: str,
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    seeds: Mapping[str, Any] | None = None,
    entry: Mapping[str, Any] | None = None,
) -> Experiment:
    """Start the record `exp-NNN-slug` in the increment, with status running.

    `seeds` are the random seeds given, by purpose. `entry` says what started the run, for example
    {"by": "tool", "tool": "run_experiment"}; without it the running script or notebook is recorded with its hash.
    Raises ExperimentError for an unknown kind.
    """
    _check(kind)
    state = git_state(folder.root)
    listed, packages_sha256 = environment.freeze()
    metadata = {
        "format": record.FORMAT,
        "id": "",
        "name": values.text(str(name)),
        "kind": kind,
        "status": "running",
        "created": timestamp(),
        "process": processes.this_process(),
        "git": values.mapping(state.facts),
        "python": dict(environment.interpreter()),
        "packages": environment.main_packages(),
        "packages_sha256": packages_sha256,
        "host": dict(environment.host()),
        "command": environment.command(),
        "cwd": values.plain(Path.cwd()),
        "entry": values.mapping(entry) if entry is not None else environment.entry(),
        "seeds": values.mapping(seeds or {}),
        "tags": values.mapping(tags or {}),
    }

    writer = yaml_form.Writer()

    def fill(identifier: str, new: Path) -> None:
        metadata["id"] = identifier
        # Nobody reads the folder before it has its name, so plain writes do.
        place = f"{new}{os.sep}"
        _write(place + record.METADATA, writer.dump(metadata).encode("utf-8"))
        if params:
            _write(place + record.PARAMS, document.as_json(values.mapping(params)).encode("utf-8"))
        final = f"{folder.experiments}{os.sep}{identifier}{os.sep}"
        _write_shared(place, final, "packages.txt", packages_sha256, listed)
        if state.diff:
            _write_shared(place, final, "diff.patch", state.facts["diff_sha256"], state.diff)

    path = naming.reserve(folder.experiments, str(name), fill)
    return Experiment(path, metadata=metadata, writer=writer)


def open_experiment(folder: IncrementFolder, reference: str | int) -> Experiment:
    """The record for "exp-003-lightgbm", "exp-003" or 3.

    Facts and metrics can be added to it as it is; `.resume()` sets it running again.
    """
    return Experiment(naming.find(folder.experiments, reference))


def _check(kind: str) -> None:
    if kind not in record.KINDS:
        raise ExperimentError(
            "No such kind of experiment",
            value=kind,
            allowed=listing(record.KINDS),
            next_step=suggestion(str(kind), record.KINDS) or "leave `kind` away: script or notebook is found out",
        )


def _write_shared(new: str, final: str, name: str, digest: str, content: str | bytes) -> None:
    """Write the file, or link it to an earlier one with the same content; such files are never changed."""
    key = (os.path.dirname(final[:-1]), name, digest)  # noqa: PTH120  twenty records a second, each a few Paths less
    try:
        os.link(_shared[key], new + name)
    except (KeyError, OSError):  # the first, removed since, or a file system without links
        _write(new + name, content.encode() if isinstance(content, str) else content)
        _shared[key] = final + name


def _write(path: str, content: bytes) -> None:
    handle = os.open(path, _FLAGS, 0o666)
    try:
        write_all(handle, content)
    finally:
        os.close(handle)
