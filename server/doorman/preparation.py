"""Gets an environment ready in a background thread and remembers how that went."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from doorman.failures import Failure, Stopped, storage_failure
from doorman.places import Log

if TYPE_CHECKING:
    from doorman.environments import Environments
    from doorman.installers import Commands

RETRY_AFTER = 20.0  # seconds between attempts, so that a model calling in a loop does not install in a loop
READY_INTERPRETER = "SW_ML_PYTHON"


class Preparation:
    """`python` once ready, `failure` once failed, else running with a `step`; `finished` is called after each attempt."""

    def __init__(
        self, data: Path, lock_file: Path, variables: Mapping[str, str], log: Log, finished: Callable[[], None]
    ) -> None:
        self._data = data
        self._lock_file = lock_file
        self._variables = variables
        self._log = log
        self._finished = finished
        self._commands: Commands | None = None
        self._environments: Environments | None = None
        self._attempted = 0.0
        self.step = "preparing the environment"
        self.python: Path | None = None
        self.failure: Failure | None = None

    def start(self) -> None:
        self.failure = None
        self._attempted = time.monotonic()
        threading.Thread(target=self._attempt, name="preparation", daemon=True).start()

    def may_retry(self) -> bool:
        return self.failure is not None and time.monotonic() - self._attempted >= RETRY_AFTER

    def stop(self) -> None:
        if self._commands is not None:
            self._commands.stop()

    def _attempt(self) -> None:
        try:
            self.python = self._ready_interpreter() or self._environment()
            self._log.write(f"ready {self.python}")
        except Stopped:
            return
        except Failure as failure:
            self.failure = failure
        except OSError as error:
            self.failure = storage_failure(error, self._data)
        except Exception as error:  # noqa: BLE001 - the server must stay up and say so, whatever it is
            self.failure = Failure(f"the doorman failed: {type(error).__name__}: {error}", "Report this with the log")
        if self.failure is not None:
            self._log.write(f"failed: {self.failure.reason}")
        self._finished()
        if self.python is not None and self._environments is not None:
            self._environments.remove_others()

    def _ready_interpreter(self) -> Path | None:
        named = self._variables.get(READY_INTERPRETER)
        if not named:
            return None
        python = Path(named)
        if not python.is_file():
            raise Failure(
                f"{READY_INTERPRETER} names {named}, which is no file", f"Correct or unset {READY_INTERPRETER}"
            )
        return python

    def _environment(self) -> Path:
        # Late: a third of the doorman's start would go into modules that only an installation needs.
        from doorman.environments import Environments
        from doorman.installers import Commands

        self._environments = Environments(self._data, self._lock_file, self._variables, self._log)
        self._commands = Commands(self._variables, self._log, self._say)
        return self._environments.get(self._commands)

    def _say(self, step: str) -> None:
        self.step = step
