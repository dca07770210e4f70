"""One job as its folder tells it: what was asked, where it stands, how it ended."""

from __future__ import annotations

import contextlib
import shutil
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from specweave import errors
from specweave.errors import JobError, SpecweaveError, shorten
from specweave.jobs import processes
from specweave.jobs.progress_file import ProgressLine, last_line
from specweave.workspace import Workspace, read_json

JobState = Literal["running", "finished", "failed", "cancelled", "lost"]

RECORD = "job.json"
RESULT = "result.json"
ERROR = "error.json"
CANCELLED = "cancelled.json"
PROGRESS = "progress.jsonl"
HEARTBEAT = "heartbeat"
LOG = "log"
OUTCOMES = (RESULT, ERROR, CANCELLED)

# From the record to the process number in it; the starter holds a lock in between.
_STARTING_SECONDS = 30.0
# A job on another machine (a shared disk) can only be judged by its heartbeat, which comes every second.
_HEARTBEAT_SECONDS = 30.0
# Less than this and no record, fold or model can be written any more.
_FULL_BYTES = 20_000_000
_TAIL_BYTES = 8_192


@dataclass(frozen=True)
class Job:
    """A handle on `.specweave/jobs/job-…/`; reads the files anew on every question."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder.parents[2])

    @property
    def log(self) -> Path:
        return self.folder / LOG

    def record(self) -> dict[str, Any]:
        """job.json: operation, arguments, argv, pid, started, host, increment, interpreter, attempt, created, begun."""
        found = read_json(self.folder / RECORD)
        if not isinstance(found, dict):
            raise JobError("The job's record is damaged", value=str(self.folder / RECORD))
        return found

    @property
    def state(self) -> JobState:
        """running, finished, failed, cancelled, or lost: the process is gone and left no outcome."""
        # The process before the files: one that ends in between has left its outcome by then.
        alive = self.is_alive()
        if (self.folder / RESULT).exists():
            return "finished"
        if (self.folder / CANCELLED).exists():
            return "running" if alive else "cancelled"
        if (self.folder / ERROR).exists():
            return "failed"
        return "running" if alive else "lost"

    def is_alive(self) -> bool:
        """True while the process that does the work exists."""
        record = self.record()
        if record["pid"] is None:
            return _age(self.folder / RECORD) < _STARTING_SECONDS
        if record["host"] != socket.gethostname():
            return _age(self.folder / HEARTBEAT) < _HEARTBEAT_SECONDS
        return processes.is_running(record["pid"], record["started"], record["argv"])

    def result(self) -> Any:
        """What the operation returned.

        Raises the operation's own error when it failed, and JobError while there is no outcome.
        """
        state = self.state
        if state == "finished":
            return read_json(self.folder / RESULT)
        if state == "failed":
            raise self.error()
        why = f". {self.cause()}" if state == "lost" else ""
        raise JobError(f"The job has no result: it is {state}{why}", value=self.id, next_step=self.next_call(state))

    def error(self) -> SpecweaveError:
        """The failure with its four facts, of the class that was raised."""
        facts = read_json(self.folder / ERROR)
        kind = getattr(errors, str(facts.get("type")), JobError)
        if not (isinstance(kind, type) and issubclass(kind, SpecweaveError)):
            kind = JobError
        return kind(
            facts["what"], value=facts.get("value"), allowed=facts.get("allowed"), next_step=facts.get("next_step")
        )

    def progress(self) -> ProgressLine | None:
        """The newest complete line of progress.jsonl."""
        return last_line(self.folder / PROGRESS)

    def seconds(self) -> float:
        """Wall time of the present attempt: up to its outcome, to now while it runs, to its last heartbeat when lost."""
        begun = datetime.fromisoformat(self.record()["begun"]).timestamp()
        alive = self.is_alive()
        files = [self.folder / name for name in OUTCOMES if (self.folder / name).exists()]
        ended = [time.time() - _age(path) for path in files or ([] if alive else [self.folder / HEARTBEAT])]
        return max(0.0, min(ended, default=time.time()) - begun)

    def next_call(self, state: JobState | None = None) -> str:
        """The call that makes sense in this state, in the words of the tool `job`."""
        actions: dict[JobState, str] = {"running": "wait", "finished": "status", "failed": "resume"}
        return f"job(action='{actions.get(state or self.state, 'resume')}', job='{self.id}')"

    def cause(self) -> str:
        """Why the job was lost, as far as can be known afterwards: the disk's free space and the log's last line."""
        found = ["Its process ended without a word"]
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(self.folder).free
            if free < _FULL_BYTES:
                found = [
                    f"The disk that holds {self.workspace.folder} is full ({free / 1e6:.1f} MB free); free some space"
                ]
        last = _last_line(self.log)
        return "; ".join([*found, *([f"the log ends with: {last}"] if last else [])]) + "."

    def describe(self) -> dict[str, Any]:
        """The job in a few facts, for a list or an answer."""
        record, state, progress = self.record(), self.state, self.progress()
        facts: dict[str, Any] = {
            "id": self.id,
            "state": state,
            "operation": record["operation"],
            "increment": record["increment"],
            "attempt": record["attempt"],
            "created": record["created"],
            "seconds": round(self.seconds(), 1),
            "progress": progress.as_dict() if progress else None,
            "log": str(self.log),
            "next": self.next_call(state),
        }
        if state == "lost":
            return facts | {"cause": self.cause()}
        return facts | ({"error": str(self.error())} if state == "failed" else {})


def read_clock() -> str:
    """Now, in UTC, to the microsecond: newer jobs sort behind older ones."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _last_line(path: Path) -> str:
    """The last line with text in the log, shortened; empty when there is none."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            lines = log.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return shorten(next((line for line in reversed(lines) if line.strip()), ""))


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return float("inf")
