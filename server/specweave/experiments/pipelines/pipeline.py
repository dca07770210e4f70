"""`ExperimentPipeline`: stages with dependencies, recorded as one experiment, done again only where something changed."""

from __future__ import annotations

import atexit
import json
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from specweave.errors import ExperimentError, listing, suggestion
from specweave.experiments import environment, naming
from specweave.experiments.creation import create_experiment
from specweave.experiments.experiment import Experiment
from specweave.experiments.pipelines import drawing, fingerprints
from specweave.experiments.pipelines.stage import Stage
from specweave.experiments.tracking import find_increment
from specweave.workspace import IncrementFolder, write_json, write_text

FILE = "stages.json"
PAGE = "pipeline.md"
_Places = Mapping[str, Any] | Iterable[Any] | None


class ExperimentPipeline:
    """A pipeline of the increment; each run of it is one record with `stages.json` and a drawing in `pipeline.md`.

    The record begins with the first stage and ends with `finish()`, the `with` block or the process. A stage whose inputs,
    code, parameters and earlier stages are unchanged, and whose outputs are still there, is skipped and says so.

        pipeline = ExperimentPipeline("churn", increment="0042")

        @pipeline.stage("preprocessing", inputs=["raw.csv"], outputs=["clean.csv"])
        def preprocess(): ...

        @pipeline.stage("training", inputs=["clean.csv"], depends_on=["preprocessing"])
        def train(rate=0.1): ...

        preprocess()
        train()
    """

    def __init__(
        self,
        name: str,
        increment: str | int | os.PathLike[str] | IncrementFolder | None = None,
        *,
        say: Callable[[str], None] = print,
    ) -> None:
        self.name = name
        self.stages: dict[str, dict[str, Any]] = {}
        self._folder = find_increment(increment)
        self._say = say
        self._experiment: Experiment | None = None
        self._earlier: dict[str, dict[str, Any]] | None = None
        self._guard = threading.RLock()
        _open_pipelines.add(self)

    @property
    def experiment(self) -> Experiment:
        """The record of this run."""
        with self._guard:
            if self._experiment is None:
                self._earlier = self._read_earlier()
                kind = "notebook" if environment.runs_in_notebook() else "script"
                self._experiment = create_experiment(self._folder, self.name, kind=kind, tags={"pipeline": self.name})
            return self._experiment

    def stage(
        self,
        name: str,
        *,
        inputs: _Places = None,
        outputs: _Places = None,
        params: Mapping[str, Any] | None = None,
        depends_on: str | Callable[..., Any] | Iterable[str | Callable[..., Any]] = (),
    ) -> Stage:
        """A stage, as a decorator or a context manager.

        `inputs` and `outputs` are paths (relative to the working directory), or a mapping that gives them names;
        an input may also be a value such as a DataFrame. `params` and a decorated function's arguments are what it is
        done with. `depends_on` names stages, or is their decorated functions.
        """
        given = [depends_on] if isinstance(depends_on, str) or callable(depends_on) else list(depends_on)
        names = tuple(str(getattr(stage, "stage_name", stage)) for stage in given)
        return Stage(self, name, _named(inputs), _named(outputs), params or {}, names)

    def finish(self) -> Experiment:
        """Close the record: failed when a stage failed last, else finished."""
        with self._guard:
            found = self.experiment
            failed = any(facts["status"] == "failed" for facts in self.stages.values())
            found.finish("failed" if failed else "finished")
            return found

    def finish_if_open(self) -> None:
        """Close the record if there is one that still runs."""
        if self._experiment is not None and self._experiment.status == "running":
            self.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self._experiment is not None:
            self._experiment.finish("failed", error=error)
        elif self._experiment is not None:
            self.finish()

    def last_time(self, stage: str) -> dict[str, Any]:
        """The facts of the stage when it was last done or skipped; empty when never."""
        with self._guard:
            now = self.stages.get(stage)
            found = now if now and now["status"] in ("done", "skipped") else None
            _ = self.experiment
            return found or (self._earlier or {}).get(stage, {})

    def marks_of(self, names: tuple[str, ...], stage: str) -> dict[str, str]:
        """What the stages before this one gave, as hashes. Raises ExperimentError when one was not done in this run."""
        return {name: self._mark_of(name, stage) for name in names}

    def began(self, stage: Stage) -> None:
        with self._guard:
            if self.experiment.status != "running":  # a cell run again after the record was closed
                self.experiment.resume()
            self.experiment.log_params({f"{stage.name}.{k}": v for k, v in stage.given.items()})

    def ended(self, stage: Stage, facts: dict[str, Any], error: BaseException | None) -> None:
        with self._guard:
            self.stages[stage.name] = facts
            if stage.skipped:
                self._say(f"{self.name}: {stage.name} is skipped, nothing it depends on changed")
                self.experiment.log_metrics({f"{stage.name}.{k}": v for k, v in stage.metrics.items()})
            self.experiment.log_metric(f"{stage.name}.seconds", facts["seconds"])
            self._write()
            if error is not None:
                self.experiment.finish("failed", error=error)

    def _write(self) -> None:
        folder = self.experiment.path
        write_json(folder / FILE, {"pipeline": self.name, "stages": self.stages}, sync=False)
        write_text(folder / PAGE, drawing.page(self.name, self.experiment.id, self.stages), sync=False)

    def _mark_of(self, name: str, stage: str) -> str:
        facts = self.stages.get(name)
        if facts is None or facts["status"] == "failed":
            what = "failed" if facts else "was not done in this run"
            raise ExperimentError(
                f"The stage {stage} depends on {name}, which {what}",
                value=name,
                allowed=listing(self.stages) if self.stages else "stages done before",
                next_step=suggestion(name, self.stages) or f"run the stage {name} first",
            )
        given = {"outputs": facts["outputs"], "result": facts["result"]}
        if not facts["outputs"] and (facts["result"] is None or not facts["result_kept"]):
            # Nothing shows what it gave, so what it was given stands for it.
            given = {key: facts[key] for key in ("inputs", "params", "code", "depends_on")}
        return fingerprints.of_value(given)

    def _read_earlier(self) -> dict[str, dict[str, Any]]:
        """Each stage as it was last done well, from the newest records of this pipeline."""
        folders = naming.numbered_folders(self._folder.experiments)
        return {
            name: facts
            for _, path in folders
            for name, facts in _read_stages(path / FILE, self.name).items()
            if facts.get("status") in ("done", "skipped")
        }


def _read_stages(path: Path, pipeline: str) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8"))
        return dict(found["stages"]) if found["pipeline"] == pipeline else {}
    except (OSError, ValueError, KeyError, TypeError):  # no pipeline, or damaged: then the stages are done again
        return {}


def _named(places: _Places) -> dict[str, Any]:
    if places is None:
        return {}
    if isinstance(places, Mapping):
        return dict(places)
    if isinstance(places, (str, os.PathLike)):
        return {_place_name(places): places}
    return {_place_name(place, number): place for number, place in enumerate(places)}


def _place_name(place: Any, number: int = 0) -> str:
    return Path(place).as_posix() if isinstance(place, (str, os.PathLike)) else f"value {number + 1}"


_open_pipelines: weakref.WeakSet[ExperimentPipeline] = weakref.WeakSet()


def _finish_open() -> None:
    for pipeline in list(_open_pipelines):
        pipeline.finish_if_open()


atexit.register(_finish_open)
