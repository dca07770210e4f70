"""The user's project: where it is, its settings, its increments, and writes that cannot tear.

Standard library only, because `track_experiment` runs in the user's own interpreter.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from specweave.errors import (
    IncrementError,
    LockedError,
    NoWorkspaceError,
    OutsideWorkspaceError,
    StorageError,
    UnknownIncrementError,
)

FOLDER = ".specweave"
ROOT_VARIABLE = "CLAUDE_PROJECT_DIR"
INCREMENT_VARIABLE = "SPECWEAVE_INCREMENT"
_INCREMENT_NAME = re.compile(r"(\d{4,})-([\w-]+)")


@dataclass(frozen=True)
class Settings:
    """`.specweave/ml.json`: what a user may set for the whole project."""

    python: str | None = None
    look_budget: int = 3
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Settings:
        raw = read_json(path, default={})
        if not isinstance(raw, dict):
            raise StorageError(
                "ml.json does not hold a JSON object",
                value=str(path),
                allowed='for example {"python": ".venv/bin/python"}',
            )
        known = {k: raw[k] for k in ("python", "look_budget") if k in raw}
        return cls(**known, extra={k: v for k, v in raw.items() if k not in known})


@dataclass(frozen=True)
class IncrementFolder:
    """Paths of one increment, `.specweave/increments/0042-name/`."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def number(self) -> int:
        return int(self.id.split("-", 1)[0])

    @property
    def spec(self) -> Path:
        return self.path / "spec.md"

    @property
    def metadata_file(self) -> Path:
        return self.path / "metadata.json"

    @property
    def experiments(self) -> Path:
        return self.path / "experiments"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def models(self) -> Path:
        return self.path / "models"

    @property
    def reports(self) -> Path:
        return self.path / "reports"

    @property
    def notebooks(self) -> Path:
        return self.path / "notebooks"

    @property
    def root(self) -> Path:
        """The project folder that holds `.specweave/`."""
        return self.path.parents[2]

    def metadata(self) -> dict[str, Any]:
        found = read_json(self.metadata_file, default=None)
        if not isinstance(found, dict):
            raise IncrementError(
                "metadata.json is missing or damaged",
                value=str(self.metadata_file),
                next_step="restore it from version control",
            )
        return found


@dataclass(frozen=True)
class Workspace:
    """A project folder with its `.specweave/`."""

    root: Path

    @classmethod
    def find(cls, start: str | os.PathLike[str] | None = None) -> Workspace:
        """The workspace named, or of CLAUDE_PROJECT_DIR, or the nearest one above the working directory."""
        origin = cls._origin(start)
        for folder in (origin, *origin.parents):
            if (folder / FOLDER).is_dir():
                return cls(folder)
        raise NoWorkspaceError.above(origin)

    @classmethod
    def find_or_create(cls, start: str | os.PathLike[str] | None = None) -> Workspace:
        try:
            return cls.find(start)
        except NoWorkspaceError:
            origin = cls._origin(start)
            with storage_errors(origin):
                (origin / FOLDER / "increments").mkdir(parents=True, exist_ok=True)
            return cls(origin)

    @staticmethod
    def _origin(start: str | os.PathLike[str] | None) -> Path:
        named = start or os.environ.get(ROOT_VARIABLE) or Path.cwd()
        origin = Path(named).expanduser().resolve()
        if not origin.is_dir():
            raise NoWorkspaceError(
                "The project folder does not exist", value=str(origin), next_step="name an existing folder"
            )
        return origin

    @property
    def folder(self) -> Path:
        return self.root / FOLDER

    @property
    def increments(self) -> Path:
        return self.folder / "increments"

    @property
    def jobs(self) -> Path:
        return self.folder / "jobs"

    @property
    def settings(self) -> Settings:
        return Settings.read(self.folder / "ml.json")

    def increment_folders(self) -> list[IncrementFolder]:
        """Every increment, lowest number first."""
        if not self.increments.is_dir():
            return []
        named = (p for p in self.increments.iterdir() if p.is_dir() and _INCREMENT_NAME.fullmatch(p.name))
        return sorted((IncrementFolder(p) for p in named), key=lambda f: (f.number, f.id))

    def increment(self, ref: str | int) -> IncrementFolder:
        """The increment for `42`, `"0042"` or `"0042-name"`."""
        folders = self.increment_folders()
        text = str(ref).strip()
        for folder in folders:
            if text == folder.id or (text.isdecimal() and int(text) == folder.number):
                return folder
        raise UnknownIncrementError.among(ref, [f.id for f in folders])

    def current_increment(self) -> IncrementFolder:
        """The increment of the environment variable, of the working directory, or the one last worked on.

        The last counts increments being planned or active, by the time their metadata tell; one whose metadata are
        damaged is passed over.
        """
        named = os.environ.get(INCREMENT_VARIABLE)
        if named:
            return self.increment(named)
        here = Path.cwd().resolve()
        for folder in (here, *here.parents):
            if folder.parent == self.increments:
                return self.increment(folder.name)
        worked_on = [(when, found.number, found) for found in self.increment_folders() if (when := _last_work(found))]
        if worked_on:
            return max(worked_on, key=lambda known: known[:2])[2]
        raise UnknownIncrementError.among("the current increment", [f.id for f in self.increment_folders()])

    def resolve_input(self, path: str | os.PathLike[str], *, allow_outside: bool = False) -> Path:
        """An existing file named by the user, relative to the project; links are followed before judging."""
        given = Path(path).expanduser()
        found = (given if given.is_absolute() else self.root / given).resolve()
        if not allow_outside and not found.is_relative_to(self.root.resolve()):
            raise OutsideWorkspaceError.path(found, self.root)
        if not found.exists():
            raise StorageError(
                "No such file", value=str(path), allowed=f"a path below {self.root}", next_step="correct the path"
            )
        return found

    def relative(self, path: str | os.PathLike[str]) -> str:
        """The path as written in records: relative to the project where possible, with forward slashes."""
        full = Path(path).resolve()
        root = self.root.resolve()
        return (full.relative_to(root) if full.is_relative_to(root) else full).as_posix()


def _last_work(folder: IncrementFolder) -> datetime | None:
    """When an increment being planned or active was last worked on; nothing for others and damaged ones."""
    try:
        metadata = folder.metadata()
    except (StorageError, IncrementError):
        return None
    if metadata.get("status") not in ("planning", "active"):
        return None
    try:
        when = datetime.fromisoformat(str(metadata.get("lastActivity")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


@contextlib.contextmanager
def storage_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Operating-system failures become a StorageError that names the path."""
    try:
        yield
    except OSError as error:
        raise StorageError.from_os(error, path) from error


def write_bytes(path: str | os.PathLike[str], content: bytes, *, sync: bool = True) -> Path:
    """Replace the file in one step: a reader, or a crash, sees the old file or the new one.

    Without `sync` the content survives the death of this process but perhaps not a power cut:
    for what is written often and can be rebuilt.
    """
    target = Path(path)
    with storage_errors(target):
        handle, name = _temporary(target)
        try:
            try:
                write_all(handle, content)
                if sync:
                    os.fsync(handle)
            finally:
                os.close(handle)
            os.replace(name, target)  # noqa: PTH105  a Path for each write costs more than the writing
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108
            raise
    return target


def write_all(handle: int, content: bytes) -> None:
    """Hand everything to the system, also where one call takes only a part of it."""
    left = memoryview(content)
    while left:
        left = left[os.write(handle, left) :]


def _temporary(target: Path) -> tuple[int, str]:
    """A new file beside the target, open for writing, with the permissions of a new file, and its path."""
    folder = f"{target.parent}{os.sep}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    while True:
        name = f"{folder}.{target.name[:40]}.{os.urandom(6).hex()}.tmp"
        try:
            return os.open(name, flags, 0o666), name
        except FileExistsError:
            continue
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)


def write_text(path: str | os.PathLike[str], content: str, *, sync: bool = True) -> Path:
    return write_bytes(path, content.encode("utf-8"), sync=sync)


def write_json(path: str | os.PathLike[str], content: Any, *, sync: bool = True) -> Path:
    return write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", sync=sync)


_REQUIRED: Any = object()


def read_json(path: str | os.PathLike[str], default: Any = _REQUIRED) -> Any:
    """The file's content; `default` when it is absent, an error that names it when it is damaged."""
    source = Path(path)
    try:
        return json.loads(source.read_text("utf-8"))
    except FileNotFoundError:
        if default is not _REQUIRED:
            return default
        raise StorageError("No such file", value=str(source)) from None
    except OSError as error:
        raise StorageError.from_os(error, source) from error
    except ValueError as error:
        raise StorageError(
            f"The file is not valid JSON ({error})", value=str(source), next_step="correct it by hand or restore it"
        ) from error


def append_line(path: str | os.PathLike[str], line: str) -> None:
    """Add one line durably; concurrent writers' lines never mix."""
    target = Path(path)
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(handle, (line.rstrip("\n") + "\n").encode("utf-8"))
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def lock(path: str | os.PathLike[str], timeout: float = 30.0) -> Iterator[int]:
    """Hold an exclusive lock on `path`, with the file's handle; the system releases it when the process dies."""
    target = Path(path)
    with storage_errors(target):
        try:
            handle = os.open(target, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(target, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        deadline = time.monotonic() + timeout
        while not _try_lock(handle):
            if time.monotonic() >= deadline:
                raise LockedError.held(target, timeout)
            time.sleep(0.02)
        yield handle
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    if os.name == "nt":  # pragma: no cover
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
