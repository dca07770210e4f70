"""`track_experiment`: a context manager and a decorator that records whatever runs inside."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from specweave.errors import NoWorkspaceError, UnknownIncrementError
from specweave.experiments import environment
from specweave.experiments.creation import create_experiment
from specweave.experiments.experiment import Experiment
from specweave.workspace import INCREMENT_VARIABLE, IncrementFolder, Workspace

_Function = TypeVar("_Function", bound=Callable[..., Any])
_SIMPLE = (bool, int, float, str, type(None))
_current: ContextVar[Experiment | None] = ContextVar("specweave_experiment", default=None)
_HOW_TO = (
    'name one, as in track_experiment("…", increment="0042"), or create one with '
    '`sw-ml build "predict churn" --data churn.csv --target Churn` or the tool create_increment'
)


def current_experiment() -> Experiment | None:
    """The experiment this code runs in, if any."""
    return _current.get()


def track_experiment(
    name: str,
    increment: str | int | os.PathLike[str] | IncrementFolder | None = None,
    *,
    kind: str | None = None,
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    seeds: Mapping[str, Any] | None = None,
) -> TrackedRun:
    """Record what runs inside, as a context manager or a decorator.

    The increment is the one named (id, number or folder), else that of SPECWEAVE_INCREMENT, else that of the working
    directory, else the newest active one. An exception is recorded with its traceback and raised again.

        with track_experiment("lightgbm", increment="0042") as experiment:
            experiment.log_param("learning_rate", 0.1)
            experiment.log_metric("roc_auc", 0.91)

    A decorated function is recorded at each call, its plain arguments as parameters; when it has a
    parameter called `experiment`, it receives the record there.
    """
    facts = {"params": params, "tags": tags, "seeds": seeds}
    return TrackedRun(name, increment, kind, facts)


class TrackedRun:
    """What `track_experiment` returns; each use starts a record of its own."""

    def __init__(self, name: str, increment: Any, kind: str | None, facts: dict[str, Mapping[str, Any] | None]) -> None:
        self._name = name
        self._increment = increment
        self._kind = kind
        self._facts = facts
        self._local = threading.local()

    def __enter__(self) -> Experiment:
        run = self._run()
        experiment = run.__enter__()
        self._entered().append(run)
        return experiment

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered().pop().__exit__(kind, error, trace)

    def _entered(self) -> list[contextlib.AbstractContextManager[Experiment]]:
        """Runs this thread has entered and not left, the innermost last."""
        if not hasattr(self._local, "runs"):
            self._local.runs = []
        runs: list[contextlib.AbstractContextManager[Experiment]] = self._local.runs
        return runs

    def __call__(self, function: _Function) -> _Function:
        signature = inspect.signature(function)

        def prepared(experiment: Experiment, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
            if "experiment" in signature.parameters and "experiment" not in signature.bind_partial(*args).arguments:
                kwargs.setdefault("experiment", experiment)
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            experiment.log_params({k: v for k, v in bound.arguments.items() if isinstance(v, _SIMPLE)})
            return kwargs

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def recorded_async(*args: Any, **kwargs: Any) -> Any:
                with self._run() as experiment:
                    return await function(*args, **prepared(experiment, args, kwargs))

            return recorded_async  # type: ignore[return-value]

        @functools.wraps(function)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            with self._run() as experiment:
                return function(*args, **prepared(experiment, args, kwargs))

        return recorded  # type: ignore[return-value]

    @contextlib.contextmanager
    def _run(self) -> Iterator[Experiment]:
        experiment = create_experiment(
            find_increment(self._increment),
            self._name,
            kind=self._kind or _kind_of_run(),
            **self._facts,
        )
        token = _current.set(experiment)
        try:
            with experiment.entered():
                yield experiment
        except BaseException as error:
            _record_failure(experiment, error)
            raise
        else:
            experiment.finish()
        finally:
            _current.reset(token)


def find_increment(named: str | int | os.PathLike[str] | IncrementFolder | None) -> IncrementFolder:
    """The increment an experiment belongs to; an error that says how to create one when there is none."""
    if isinstance(named, IncrementFolder):
        return named
    if isinstance(named, os.PathLike) or (isinstance(named, str) and os.sep in named):
        folder = Path(named).expanduser().resolve()
        if folder.is_dir() and folder.parent.name == "increments":
            return IncrementFolder(folder)
        raise UnknownIncrementError("The path is not an increment's folder", value=str(named), next_step=_HOW_TO)
    try:
        workspace = Workspace.find()
        return workspace.current_increment() if named is None else workspace.increment(named)
    except NoWorkspaceError as error:
        raise NoWorkspaceError(error.what, value=error.value, next_step=_HOW_TO) from None
    except UnknownIncrementError as error:
        if named is not None or os.environ.get(INCREMENT_VARIABLE):
            raise
        what = "No increment was named, and none is active here"
        raise UnknownIncrementError(what, value=str(Path.cwd()), allowed=error.allowed, next_step=_HOW_TO) from None


def _kind_of_run() -> str:
    return "notebook" if environment.runs_in_notebook() else "script"


def _record_failure(experiment: Experiment, error: BaseException) -> None:
    ended_well = isinstance(error, GeneratorExit) or (isinstance(error, SystemExit) and error.code in (None, 0))
    try:
        experiment.finish("finished" if ended_well else "failed", error=None if ended_well else error)
    except Exception as trouble:  # noqa: BLE001  the user's error matters more than ours
        error.add_note(f"The record {experiment.id} could not be completed: {trouble}")
