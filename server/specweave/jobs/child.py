"""The process that does a job's work: `python -P -m specweave.jobs.child JOBDIR`."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from specweave.errors import JobError, SpecweaveError
from specweave.jobs.job import ERROR, HEARTBEAT, PROGRESS, RESULT, Job
from specweave.jobs.launch import claim
from specweave.jobs.outcome import facts, plain
from specweave.jobs.progress_file import ProgressWriter
from specweave.patience import sleep_while_waiting
from specweave.workspace import write_json

_BEAT_SECONDS = 1.0


class Stopped(SystemExit):
    """SIGTERM arrived: the work unwinds, so context managers close what they hold."""


def main(folder: Path) -> int:
    """Do the job in `folder`; 0 when result.json was written, 1 when error.json was."""
    signal.signal(signal.SIGTERM, _stop)
    sleep_while_waiting()
    job = Job(folder)
    record = claim(job, os.getpid())
    progress = ProgressWriter(folder / PROGRESS, record["attempt"])
    with _heartbeat(folder / HEARTBEAT, progress.flush):
        return _work(job, record, progress)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    # Only once: a second signal must not tear the unwinding apart.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped(128 + signal.SIGTERM)


def _work(job: Job, record: dict[str, Any], progress: ProgressWriter) -> int:
    try:
        function = load_operation(record["operation"])
        result = plain(function(job.workspace, progress=progress, **record["arguments"]))
        progress.flush()
        write_json(job.folder / RESULT, result)
    except Stopped:
        raise
    except SpecweaveError as error:
        _log(f"{type(error).__name__}: {error}")
        return _fail(job, error)
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - every end leaves its reason
        traceback.print_exc()
        return _fail(job, error)
    return 0


def _fail(job: Job, error: BaseException) -> int:
    write_json(job.folder / ERROR, facts(error, job.log))
    return 1


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - standard error is the job's log


def load_operation(operation: str) -> Callable[..., Any]:
    """The function behind "module:function"; JobError when there is none."""
    module, _, name = operation.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise JobError(f"The operation does not load: {error}", value=operation, allowed="module:function") from error
    if not callable(function):
        raise JobError("The operation is not a function", value=operation, allowed="module:function")
    return function  # type: ignore[no-any-return]


@contextlib.contextmanager
def _heartbeat(path: Path, also: Callable[[], None]) -> Iterator[None]:
    """Touch the file every second, from a thread, while the work goes on."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError):
                path.touch()
            also()
            ended.wait(_BEAT_SECONDS)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=5)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
