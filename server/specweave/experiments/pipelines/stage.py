"""One stage of a pipeline: what it took, gave and cost, and whether there was anything to do."""

from __future__ import annotations

import functools
import inspect
import json
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from specweave.experiments import values
from specweave.experiments.pipelines import fingerprints

if TYPE_CHECKING:
    from specweave.experiments.pipelines.pipeline import ExperimentPipeline

_Function = TypeVar("_Function", bound=Callable[..., Any])
_COMPARED = ("inputs", "params", "code", "depends_on")
_SAID = {"inputs": "an input", "params": "a parameter", "code": "its code", "depends_on": "a stage before it"}


class Stage:
    """What `pipeline.stage(…)` returns: a decorator, or a context manager.

    A decorated function is not called when nothing changed. Python cannot skip the body of a `with` statement, so there
    `stage.needed` says whether there is anything to do:

        with pipeline.stage("preprocessing", inputs=["raw.csv"], outputs=["clean.csv"]) as stage:
            if stage.needed:
                clean("raw.csv", "clean.csv")
    """

    def __init__(  # noqa: PLR0917  made by ExperimentPipeline.stage only
        self,
        pipeline: ExperimentPipeline,
        name: str,
        inputs: Mapping[str, Any],
        outputs: Mapping[str, Any],
        params: Mapping[str, Any],
        depends_on: tuple[str, ...],
    ) -> None:
        self.name = name
        self.depends_on = depends_on
        self._needed = True
        self._asked = False
        self.reason = "it was not done before"
        self.metrics: dict[str, float | None] = {}
        self.result: Any = None
        self._pipeline = pipeline
        self._places = (inputs, outputs)
        self._params = dict(params)
        self.given: dict[str, Any] = {}
        self._before: dict[str, Any] = {}
        self._marks: dict[str, Any] = {}
        self._started = 0.0

    @property
    def needed(self) -> bool:
        """Whether there is anything to do. A `with` body that never asks is taken to do its work each time."""
        self._asked = True
        return self._needed

    @property
    def skipped(self) -> bool:
        return not self._needed and self._asked

    def log_metric(self, name: str, value: Any, step: float | None = None) -> None:
        """Record a metric of this stage; in the record it is called `STAGE.NAME`."""
        self.metrics[values.text(name)] = values.metric(value)[0]
        self._pipeline.experiment.log_metric(f"{self.name}.{name}", value, step=step)

    def log_metrics(self, metrics: Mapping[str, Any], step: float | None = None) -> None:
        for name, value in metrics.items():
            self.log_metric(name, value, step)

    def __enter__(self) -> Self:
        code = fingerprints.of_block(sys._getframe(1))  # noqa: SLF001  the block that runs is the caller's
        self._open(code, self._params)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(error)

    def __call__(self, function: _Function) -> _Function:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def staged(*args: Any, **kwargs: Any) -> Any:
            # A stage used twice is two stages' worth of facts.
            stage = Stage(self._pipeline, self.name, *self._places, self._params, self.depends_on)
            if "stage" in signature.parameters and "stage" not in signature.bind_partial(*args).arguments:
                kwargs.setdefault("stage", stage)
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = {k: v for k, v in bound.arguments.items() if v is not stage}
            stage._open(fingerprints.of_function(function), {**self._params, **given})
            return stage._perform(function, bound)

        staged.stage_name = self.name  # type: ignore[attr-defined]
        return staged  # type: ignore[return-value]

    def _perform(self, function: Callable[..., Any], bound: inspect.BoundArguments) -> Any:
        if not self.needed:
            self.result = self._before.get("result")
            self._close(None)
            return self.result
        try:
            self.result = function(*bound.args, **bound.kwargs)
        except BaseException as error:
            self._close(error)
            raise
        self._close(None)
        return self.result

    def _open(self, code: str, params: Mapping[str, Any]) -> None:
        inputs, outputs = self._places
        self._marks = {
            "inputs": fingerprints.of_files(inputs, must_exist=True),
            "params": {name: fingerprints.of_value(value) for name, value in params.items()},
            "code": code,
            "depends_on": self._pipeline.marks_of(self.depends_on, self.name),
        }
        self.given = values.mapping(params)
        self._before = self._pipeline.last_time(self.name)
        self.reason = self._find_reason(outputs)
        self._needed = bool(self.reason)
        self._started = time.monotonic()
        self._pipeline.began(self)

    def _find_reason(self, outputs: Mapping[str, Any]) -> str:
        """Why the stage has to be done; empty when nothing changed since it was done last."""
        if not self._before:
            return "it was not done before"
        for part in _COMPARED:
            if self._before.get(part) != self._marks[part]:
                return f"{_SAID[part]} changed{self._which(part)}"
        now = fingerprints.of_files(outputs, must_exist=False)
        if now != self._before.get("outputs"):
            gone = [name for name, mark in now.items() if mark is None]
            return f"an output is missing: {', '.join(gone)}" if gone else "an output was changed since"
        return "" if self._before.get("result_kept", True) else "its result was not kept, as it is no plain JSON"

    def _which(self, part: str) -> str:
        before, now = self._before.get(part), self._marks[part]
        if not isinstance(before, dict) or not isinstance(now, dict):
            return ""
        changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        return f": {', '.join(changed[:5])}"

    def _close(self, error: BaseException | None) -> None:
        status = "failed" if error is not None else "skipped" if self.skipped else "done"
        seconds = round(time.monotonic() - self._started, 3)
        facts = {"status": status, "why": self.reason or "nothing it depends on changed", "seconds": seconds}
        if error is not None:
            facts["error"] = f"{type(error).__name__}: {values.text(str(error))[:300]}"
        if not self._needed and not self.skipped:
            facts["why"] = "nothing changed, but its body does not ask stage.needed"
        if self.skipped:
            self.metrics = dict(self._before.get("metrics") or {})
            facts["seconds_saved"] = self._before.get("seconds_saved") or self._before.get("seconds") or 0.0
        self._pipeline.ended(self, {**facts, **self._facts(error)}, error)

    def _facts(self, error: BaseException | None) -> dict[str, Any]:
        kept = _is_plain(self.result)
        outputs = fingerprints.of_files(self._places[1], must_exist=error is None and not self.skipped)
        return {
            **self._marks,
            "given": self.given,
            "outputs": outputs,
            "after": list(self.depends_on),
            "metrics": self.metrics,
            "result": self.result if kept else None,
            "result_kept": kept,
        }


def _is_plain(value: Any) -> bool:
    """Whether the value comes back from JSON as it was."""
    try:
        return bool(json.loads(json.dumps(value)) == value and values.plain(value) == value)
    except (TypeError, ValueError):
        return False
