"""Weights & Biases beside the local record: online with a key, otherwise an offline folder that `wandb sync` sends."""

from __future__ import annotations

import importlib.util
import netrc
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from specweave.errors import ExperimentError, MissingDependencyError, listing
from specweave.experiments.backends.protocol import Batch, MetricValue, Run
from specweave.experiments.backends.registry import register_tracking_backend
from specweave.workspace import IncrementFolder, storage_errors

MODES = ("online", "offline", "disabled")
_HOST = "https://api.wandb.ai"


def configure_wandb(
    increment: str | int | os.PathLike[str] | IncrementFolder | None = None,
    *,
    project: str | None = None,
    entity: str | None = None,
    mode: str | None = None,
) -> str:
    """Log this increment's experiments to Weights & Biases as well; the mode it is done in: online, offline or disabled.

    The project is the increment's id. Without `mode` (or WANDB_MODE) it is online where a key is found in WANDB_API_KEY or
    the netrc file; offline runs lie in the increment's `experiments/wandb/` until `wandb sync` sends them. The key is left
    where it is. Raises MissingDependencyError without the package wandb, ExperimentError for an unknown mode.
    """
    from specweave.experiments.tracking import find_increment

    folder = find_increment(increment)
    backend = WandbBackend.for_increment(folder, project=project, entity=entity, mode=mode)
    register_tracking_backend(backend, increment=folder)
    return backend.mode


class WandbBackend:
    """One W&B run for each record; made by `configure_wandb` or by its name in `.specweave/ml.json`."""

    name = "wandb"

    def __init__(self, project: str, folder: Path, mode: str, entity: str | None = None) -> None:
        self.project = project
        self.folder = folder
        self.mode = mode
        self.entity = entity
        self._runs: dict[str, Any] = {}

    @classmethod
    def for_increment(
        cls, folder: IncrementFolder, project: str | None = None, entity: str | None = None, mode: str | None = None
    ) -> WandbBackend:
        if importlib.util.find_spec("wandb") is None:
            raise MissingDependencyError.package("wandb", "Logging to Weights & Biases", "pip install wandb")
        chosen = mode or os.environ.get("WANDB_MODE") or ("online" if has_key() else "offline")
        if chosen not in MODES:
            raise ExperimentError(
                "No such W&B mode", value=chosen, allowed=listing(MODES), next_step="leave it out to have it chosen"
            )
        return cls(project or folder.id, folder.experiments.resolve(), chosen, entity)

    def start(self, run: Run) -> Mapping[str, Any]:
        import wandb

        # One of MODES; W&B declares them as literals, and is not installed everywhere.
        mode: Any = self.mode
        with storage_errors(self.folder):
            (self.folder / "wandb").mkdir(parents=True, exist_ok=True)
        opened = self._runs.get(run.id) or wandb.init(
            project=self.project,
            entity=self.entity,
            dir=str(self.folder),
            mode=mode,
            id=run.known(self.name).get("run_id"),
            resume="allow" if self.mode == "online" else None,
            name=run.id,
            group=run.kind,
            config={"specweave": {"experiment": run.id, "increment": run.increment, "kind": run.kind}},
            reinit="create_new",
            settings=_settings(wandb),
        )
        # Each metric has steps of its own, which need not grow as W&B's single step counter must.
        opened.define_metric("*", step_metric="step")
        self._runs[run.id] = opened
        return {"run_id": opened.id, "mode": self.mode, "project": self.project, "folder": Path(opened.dir).parent.name}

    def log(self, run: Run, batch: Batch) -> None:
        opened = self._runs[run.id]
        if batch.params:
            opened.config.update(dict(batch.params), allow_val_change=True)
        if batch.tags:
            opened.config.update({"tags": {**(opened.config.get("tags") or {}), **batch.tags}}, allow_val_change=True)
            opened.tags = [*opened.tags, *(f"{name}:{value}"[:64] for name, value in batch.tags.items())]
        for row in rows(batch.metrics):
            opened.log(row)
        for file in batch.files:
            opened.save(str(file.path), base_path=str(run.folder), policy="now")
        if batch.model is not None:
            opened.save(str(run.folder / str(batch.model["file"])), base_path=str(run.folder), policy="now")
            opened.summary["model"] = {k: v for k, v in batch.model.items() if isinstance(v, (str, int, float))}

    def finish(self, run: Run, status: str) -> None:
        self._runs[run.id].finish(exit_code=0 if status == "finished" else 1)
        del self._runs[run.id]


def rows(metrics: Iterable[MetricValue]) -> Iterator[dict[str, float]]:
    """Values that were logged together, one after the other with the same step and time, as one row."""
    for (step, _), together in groupby(metrics, key=lambda value: (value.step, value.time)):
        row: dict[str, float] = {}
        for value in together:
            if value.name in row:
                yield {**row, **_step(step)}
                row = {}
            row[value.name] = float("nan") if value.value is None else value.value
        yield {**row, **_step(step)}


def _step(step: float | None) -> dict[str, float]:
    return {} if step is None else {"step": step}


def has_key() -> bool:
    """Whether W&B would find a key: in the environment or the netrc file. The key itself is not kept."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    host = urlparse(os.environ.get("WANDB_BASE_URL") or _HOST).hostname or ""
    for path in (os.environ.get("NETRC"), Path.home() / ".netrc", Path.home() / "_netrc"):
        try:
            if path and netrc.netrc(str(path)).authenticators(host):
                return True
        except (OSError, netrc.NetrcParseError):
            continue
    return False


def _settings(wandb: Any) -> Any:
    """Nothing is gathered beyond what was logged: command lines, environments and outputs can hold secrets."""
    wanted = {
        "console": "off",
        "silent": True,
        "disable_git": True,
        "save_code": False,
        "disable_code": True,
        "init_timeout": 30,
        "x_disable_meta": True,
        "x_disable_stats": True,
        "x_disable_machine_info": True,
        "x_save_requirements": False,
    }
    known = wandb.Settings.model_fields
    return wandb.Settings(**{name: value for name, value in wanted.items() if name in known})
