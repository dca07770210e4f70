"""Everything a user can be told went wrong.

SpecweaveError
├── WorkspaceError          the project folder and its .specweave/
│   ├── NoWorkspaceError        no workspace where one is needed
│   ├── OutsideWorkspaceError   a path that leaves the project
│   ├── LockedError             another process is writing
│   └── StorageError            disk full, no permission, unreadable file
├── IncrementError          an increment's files or its life cycle
│   └── UnknownIncrementError   no increment by that id
├── ProblemError            spec.md asks for what the data cannot give
├── DataError               the data set
│   ├── DataReadError           a file or query that does not load
│   └── SealedError             rows of the sealed test set were asked for
├── ExperimentError         an experiment's record, or its run
├── JobError                a job that cannot be started, found or resumed
├── ModelError              a model that cannot be stored, loaded or applied
├── DeploymentError         a service that does not start, answers wrongly, or misses its latency or error limit
├── CheckError              discipline refuses (completion, comparison)
└── MissingDependencyError  an optional package is not installed

Each carries four facts: what happened, the offending value, what is allowed and
the next step. For a tool called by an agent the next step is a call it can make.
Only the standard library is imported here: user projects load this module too.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SpecweaveError(Exception):
    """A failure the user can act on; never shown with a traceback."""

    def __init__(
        self,
        what: str,
        *,
        value: object = None,
        allowed: str | None = None,
        next_step: str | None = None,
    ) -> None:
        self.what = what
        self.value = value
        self.allowed = allowed
        self.next_step = next_step
        super().__init__(what)

    def __str__(self) -> str:
        parts = [self.what.rstrip(".") + "."]
        if self.value is not None:
            parts.append(f"Got: {shorten(self.value)}.")
        if self.allowed:
            parts.append(f"Allowed: {self.allowed.rstrip('.')}.")
        if self.next_step:
            parts.append(f"Next: {self.next_step.rstrip('.')}.")
        return " ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        facts = {"value": self.value, "allowed": self.allowed, "next_step": self.next_step}
        return (_rebuild, (type(self), self.what, facts))


def _rebuild(kind: type[SpecweaveError], what: str, facts: dict[str, str | None]) -> SpecweaveError:
    return kind(what, **facts)


class WorkspaceError(SpecweaveError):
    pass


class NoWorkspaceError(WorkspaceError):
    @classmethod
    def above(cls, start: object) -> NoWorkspaceError:
        return cls(
            "No .specweave folder here or in any folder above",
            value=str(start),
            next_step='run `sw-ml init` in the project folder, or call create_increment with project="…"',
        )


class OutsideWorkspaceError(WorkspaceError):
    @classmethod
    def path(cls, path: object, root: object) -> OutsideWorkspaceError:
        return cls(
            "The file lies outside the project",
            value=str(path),
            allowed=f"files below {root}",
            next_step="copy the file into the project, or name it again with allow_outside=true",
        )


class LockedError(WorkspaceError):
    @classmethod
    def held(cls, path: object, seconds: float) -> LockedError:
        return cls(
            f"Another process has been writing here for more than {seconds:.0f} s",
            value=str(path),
            next_step="wait for it, or look at it with the tool job(action='list')",
        )


class StorageError(WorkspaceError):
    @classmethod
    def from_os(cls, error: OSError, path: object) -> StorageError:
        reason = error.strerror or type(error).__name__
        cure = "restore the file" if isinstance(error, FileNotFoundError) else "free space or correct the permissions"
        return cls(
            f"The file could not be read or written: {reason}",
            value=str(path),
            next_step=f"{cure}, then repeat the call; finished work is kept",
        )


class IncrementError(SpecweaveError):
    pass


class UnknownIncrementError(IncrementError):
    @classmethod
    def among(cls, ref: object, known: Iterable[str]) -> UnknownIncrementError:
        names = sorted(known)
        return cls(
            "No increment by that id",
            value=ref,
            allowed=listing(names) if names else "none yet",
            next_step=suggestion(str(ref), names) or "create one with create_increment",
        )


class ProblemError(SpecweaveError):
    pass


class DataError(SpecweaveError):
    pass


class DataReadError(DataError):
    """A file or query that does not load; names the line where there is one."""


class SealedError(DataError):
    pass


class ExperimentError(SpecweaveError):
    pass


class JobError(SpecweaveError):
    pass


class ModelError(SpecweaveError):
    pass


class DeploymentError(SpecweaveError):
    """A service that does not start, breaks a promise of its API, or misses its limit for latency or errors."""


class CheckError(SpecweaveError):
    pass


class MissingDependencyError(SpecweaveError):
    @classmethod
    def package(cls, package: str, purpose: str, install: str) -> MissingDependencyError:
        return cls(f"{purpose} needs the package {package}, which is not installed", next_step=f"run `{install}`")


def shorten(value: object, limit: int = 200) -> str:
    """The value as one short line."""
    text = " ".join(str(value).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def listing(names: Iterable[str], limit: int = 12) -> str:
    """Names joined by commas, cut after `limit` with the number left out."""
    names = list(names)
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def suggestion(wrong: str, names: Iterable[str]) -> str | None:
    """A "did you mean" sentence, or nothing when no name is close."""
    close = difflib.get_close_matches(wrong, list(names), n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else None
