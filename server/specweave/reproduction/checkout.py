"""The project as it was when an experiment was recorded: its commit, what differed from it, and the files git does not hold."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

from specweave.experiments import ExperimentSummary
from specweave.reproduction.result import Change
from specweave.workspace import FOLDER, IncrementFolder

_SECONDS = 120
_LINKED_FROM = 50_000_000
_SKIPPED = {".git", FOLDER, "node_modules", "__pycache__", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache"}  # fmt: skip
_SOURCES = {".py", ".ipynb", ".sh", ".toml", ".cfg"}


class Checkout:
    """A copy of the project in a temporary folder; `root` is the project in it, `how` says where its code came from."""

    def __init__(self, folder: IncrementFolder, record: ExperimentSummary, target: Path) -> None:
        self._folder, self._record = folder, record
        self._project = folder.root.resolve()
        self.changes: list[Change] = []
        self.how = ""
        self._target = target
        self._worktree_of: Path | None = None
        self.root = self._from_git(target) or self._copied(target)
        self._carry_increment()

    def close(self) -> None:
        """Take the worktree out of the repository's list again."""
        if self._worktree_of is not None:
            _git(self._worktree_of, "worktree", "remove", "--force", "--force", str(self._target))

    def place_of(self, path: Path) -> Path:
        """Where a file of the project lies in the copy; files outside stay where they are."""
        full = path.resolve()
        return self.root / full.relative_to(self._project) if full.is_relative_to(self._project) else path

    def _from_git(self, target: Path) -> Path | None:
        facts = self._record.metadata.get("git") or {}
        commit = facts.get("commit")
        top = _git(self._project, "rev-parse", "--show-toplevel")
        if not commit or top is None:
            self.how = f"the project's present files ({facts.get('reason') or 'no commit was recorded'})"
            return None
        home = Path(top.strip())
        if _git(home, "worktree", "add", "--detach", "--force", str(target), str(commit)) is None:
            self.how = "the project's present files"
            self.changes.append(
                Change(
                    kind="code changed",
                    sentence=f"the recorded commit {commit[:12]} is not in this repository any more",
                )
            )
            return None
        self._worktree_of = home
        self.how = f"commit {commit[:12]}"
        self._patch(target, facts)
        self._carry_untracked(home, target)
        return target / self._project.relative_to(home.resolve())

    def _patch(self, target: Path, facts: dict[str, Any]) -> None:
        patch = self._record.path / "diff.patch"
        if not facts.get("dirty"):
            return
        if facts.get("diff_cut_at"):
            self._doubt(f"the recorded difference to the commit was cut at {facts['diff_cut_at']:,} bytes")
        if not patch.is_file() or not patch.stat().st_size:
            return
        if _git(target, "apply", "--whitespace=nowarn", "--allow-empty", str(patch)) is None:
            self._doubt("the recorded difference to the commit cannot be applied")
        else:
            self.how += " with its recorded difference"
        if facts.get("diff_masked") and not self._restore_entry(target):
            self._doubt("keys or passwords in the recorded difference to the commit were masked")

    def _restore_entry(self, target: Path) -> bool:
        """Take the present script or notebook for the masked one where it is the recorded file."""
        entry = self._record.metadata.get("entry") or {}
        present = Path(str(entry.get("path")))
        if not present.is_file() or hashlib.sha256(present.read_bytes()).hexdigest() != entry.get("sha256"):
            return False
        home = Path((_git(self._project, "rev-parse", "--show-toplevel") or "").strip()).resolve()
        if present.resolve().is_relative_to(home):
            shutil.copy2(present, target / present.resolve().relative_to(home))
        return True

    def _doubt(self, sentence: str) -> None:
        self.changes.append(Change(kind="code changed", sentence=sentence))

    def _carry_untracked(self, home: Path, target: Path) -> None:
        """Data and whatever else git does not hold, as it is now."""
        listed = _git(home, "ls-files", "--others", "-z") or ""
        for name in filter(None, listed.split("\0")):
            if not _SKIPPED & set(Path(name).parts) and not _in_environment(home, Path(name)):
                self._carry(home / name, target / name)

    def _copied(self, target: Path) -> Path:
        for path, names, files in os.walk(self._project):
            here = Path(path)
            names[:] = [n for n in names if n not in _SKIPPED and not (here / n / "pyvenv.cfg").is_file()]
            for name in files:
                self._carry(here / name, target / here.relative_to(self._project) / name)
        target.mkdir(parents=True, exist_ok=True)
        return target

    def _carry(self, source: Path, place: Path) -> None:
        if place.exists() or not source.is_file():
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.stat().st_size > _LINKED_FROM:
            place.symlink_to(source)
        else:
            shutil.copy2(source, place)

    def _carry_increment(self) -> None:
        """The increment without its records and without the sealed rows, so that the code records into it afresh."""
        home = self.root / FOLDER / "increments" / self._folder.id
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for name in ("spec.md", "metadata.json"):
            if (self._folder.path / name).is_file():
                shutil.copy2(self._folder.path / name, home / name)
        if self._folder.data.is_dir():
            shutil.copytree(self._folder.data, home / "data", ignore=shutil.ignore_patterns("sealed"))

    def newer_files(self, script: Path) -> list[Change]:
        """Files brought along that were changed after the experiment ended; those the code names, or else all."""
        ended = _moment(self._record.metadata.get("ended"))
        if ended is None:
            return []
        text = script.read_text("utf-8", errors="replace") if script.is_file() else ""
        newer = [path for path in self._brought() if path.stat().st_mtime > ended]
        named = [path for path in newer if path.name in text or (path.suffix == ".py" and path.stem in text)]
        found = []
        for path in (named or [p for p in newer if p.suffix not in _SOURCES])[:5]:
            name = path.relative_to(self.root).as_posix()
            when = f"was changed on {datetime.fromtimestamp(path.stat().st_mtime).astimezone():%Y-%m-%d %H:%M}, after the run"
            kind = "code changed" if path.suffix in _SOURCES else "data changed"
            found.append(Change(kind=kind, sentence=f"{name} {when}, and no version of then is kept"))
        return found

    def _brought(self) -> list[Path]:
        """Files of the copy that are as they are today, not as some commit had them."""
        tracked: set[str] = set()
        if self._worktree_of is not None:
            tracked = set((_git(self.root, "ls-files", "-z") or "").split("\0"))
            patched = self._record.path / "diff.patch"
            if patched.is_file():
                tracked |= _created_by(patched)
        found = (p for p in self.root.rglob("*") if p.is_file() and not _SKIPPED & set(p.relative_to(self.root).parts))
        return [p for p in found if p.relative_to(self.root).as_posix() not in tracked]


def _created_by(patch: Path) -> set[str]:
    lines = patch.read_text("utf-8", errors="replace").splitlines()
    return {line[6:] for line in lines if line.startswith("+++ b/")}


def _in_environment(home: Path, name: Path) -> bool:
    return any((home / parent / "pyvenv.cfg").is_file() for parent in name.parents)


def _moment(text: Any) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says; None when it refuses or is not there."""
    environment = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "-c", "core.quotepath=false", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        return None
    return done.stdout
