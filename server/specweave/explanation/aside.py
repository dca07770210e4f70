"""A second process that takes over parts of the work, such as drawing, while this one goes on.

Whatever it does not do in time, or cannot do, is done here, so an answer never depends on it: it saves time where a second
processor is free. Only functions of this package and their arguments are handed over, through pipes of the two processes.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from specweave.processors import usable_processors

_SIZE = 8
_NEEDED = (
    "sklearn.ensemble",
    "specweave.explanation.sensitive",
    "specweave.explanation.refitting",
    "matplotlib.backends.backend_agg",
    "specweave.explanation.drawing",
)


@dataclass(eq=False)
class Answer:
    """What a function gives, worked out by the other process or, if that has not begun when it is wanted, here."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    elsewhere: Future[tuple[bool, Any]] | None = field(default=None, repr=False)

    @property
    def waiting(self) -> bool:
        """Whether the other process has it before it."""
        return self.elsewhere is not None and not self.elsewhere.running() and not self.elsewhere.done()

    def get(self, *, patient: bool = False) -> Any:
        """The value; raises what the function raises. A patient one waits for the other process to begin."""
        if self.elsewhere is not None and (patient or not self.elsewhere.cancel()):
            done, value = self.elsewhere.result()
            if done:
                return value
        return self.function(*self.arguments)


class Aside:
    """Hands calls over one after the other; without a process everything is done where it is wanted."""

    def __init__(self, process: subprocess.Popen[bytes] | None = None) -> None:
        self._process = process
        self._messenger = None if process is None else ThreadPoolExecutor(1, "aside")

    @property
    def helped(self) -> bool:
        """Whether there is another process."""
        return self._process is not None

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Answer:
        """Have a module's function called with these arguments; both are pickled."""
        if self._messenger is None:
            return Answer(function, arguments)
        return Answer(function, arguments, self._messenger.submit(self._told, function, arguments))

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is None or self._messenger is None:
            return
        self._messenger.shutdown(wait=False, cancel_futures=True)
        self._process.kill()
        self._process.wait()
        self._messenger.shutdown()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()

    def _told(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            _send(self._process.stdin, pickle.dumps((function, arguments)))
            return _received(self._process.stdout)  # type: ignore[no-any-return]
        except Exception:  # noqa: BLE001 - what cannot be sent, or finds nobody, is done here
            return False, None


@contextlib.contextmanager
def helping() -> Iterator[Aside]:
    """An Aside with a process of its own where a second processor may be free, ended with the block."""
    aside = Aside(_started() if usable_processors() > 1 else None)
    if aside.helped:
        aside.ask(warmed)
    try:
        yield aside
    finally:
        aside.close()


def warmed() -> None:
    """Import what the work handed over will need, while the other process imports it too."""
    for name in _NEEDED:
        importlib.import_module(name)


def _started() -> subprocess.Popen[bytes] | None:
    package = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
    except OSError:
        return None


def _send(pipe: IO[bytes], content: bytes) -> None:
    pipe.write(len(content).to_bytes(_SIZE, "big") + content)
    pipe.flush()


def _received(pipe: IO[bytes]) -> Any:
    """Raises EOFError when the other side is gone."""
    size = pipe.read(_SIZE)
    if len(size) < _SIZE:
        raise EOFError
    return pickle.loads(pipe.read(int.from_bytes(size, "big")))  # noqa: S301 - from our own process


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Do what is asked until nobody asks any more."""
    while True:
        try:
            function, arguments = _received(asked)
            answer = pickle.dumps((True, function(*arguments)))
        except EOFError:
            return
        except Exception:  # noqa: BLE001 - done again by the process that asks, which then meets the error itself
            answer = pickle.dumps((False, None))
        _send(answers, answer)


def _main() -> None:
    # What libraries print must not end up among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    _main()
