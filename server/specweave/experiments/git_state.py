"""The state of the code as git knows it: commit, branch, and what differs from the commit.

Works without git and outside a repository: then the state says so. Nothing in the repository is changed.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specweave.experiments.masking import mask_text

DIFF_LIMIT = 1_000_000
_NEW_FILE_LIMIT = 200_000
_TIMEOUT = 10.0
_FRESH_FOR = 2.0
_FRESH_FACTOR = 20
_SOURCES = {".py", ".ipynb", ".r", ".sql", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".json", ".sh"}
# Our own records change with every run, and key files must not reach a record.
_EXCLUDED = ("**/.specweave/**", "**/.env*", "**/*.pem", "**/*.key", "**/*credential*", "**/*secret*", "**/.netrc")


@dataclass(frozen=True)
class GitState:
    """`facts` for the record; `diff` is a patch that turns the commit into the files as they were."""

    facts: dict[str, Any] = field(default_factory=dict)
    diff: bytes = b""


_cache: dict[Path, tuple[float, GitState]] = {}
_cache_guard = threading.Lock()


def git_state(folder: Path) -> GitState:
    """The state of the repository around `folder`, at most two seconds old, or twenty times as old as asking takes.

    The cache is what lets a search of a thousand short runs in one process be recorded at a
    millisecond each; a process has loaded its code before it starts such runs.
    """
    with _cache_guard:
        until, found = _cache.get(folder, (0.0, None))
        now = time.monotonic()
        if found is None or now > until:
            found = _capture(folder)
            cost = time.monotonic() - now
            _cache[folder] = (now + cost + max(_FRESH_FOR, _FRESH_FACTOR * cost), found)
        return found


def _capture(folder: Path) -> GitState:
    import subprocess

    try:
        return _read(folder)
    except FileNotFoundError:
        return GitState({"available": False, "reason": "git is not installed"})
    except subprocess.TimeoutExpired:
        return GitState({"available": False, "reason": f"git did not answer within {_TIMEOUT:.0f} s"})
    except subprocess.CalledProcessError as error:
        return GitState({"available": False, "reason": _first_line(error.stderr) or "not a git repository"})
    except OSError as error:
        return GitState({"available": False, "reason": f"git could not be run: {error.strerror}"})


def _read(folder: Path) -> GitState:
    pathspec = ["--", ":/", *(f":(top,exclude,glob){pattern}" for pattern in _EXCLUDED)]
    status, listed = _status(folder, pathspec)
    commit, branch, changed, untracked = _parse(status)
    facts: dict[str, Any] = {"commit": commit, "branch": branch, "dirty": bool(changed or untracked)}
    if not listed:
        facts["untracked"] = "not listed, because that takes too long here"
    if not facts["dirty"]:
        return GitState(facts)
    diff = b""
    if changed and commit:
        diff = _git(folder, "diff", "HEAD", "--binary", "--no-color", "--no-ext-diff", "--no-textconv", *pathspec)
    if untracked:
        top = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n")))
        diff += _new_files(top, untracked)
        facts["untracked"] = [os.fsencode(name).decode("utf-8", "replace") for name in untracked[:50]]
        facts["n_untracked"] = len(untracked)
    stored = _masked(diff[:DIFF_LIMIT])
    if stored != diff[:DIFF_LIMIT]:
        facts["diff_masked"] = True
    facts.update(diff_bytes=len(diff), diff_sha256=hashlib.sha256(stored).hexdigest())
    if len(diff) > DIFF_LIMIT:
        facts["diff_cut_at"] = DIFF_LIMIT
    return GitState(facts, stored)


def _masked(diff: bytes) -> bytes:
    """The patch without keys and passwords in the lines it adds; the others must fit the commit, which holds them anyway."""
    lines = diff.split(b"\n")
    return b"\n".join([_masked_line(line) if line.startswith(b"+") else line for line in lines])


def _masked_line(line: bytes) -> bytes:
    return mask_text(line.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _status(folder: Path, pathspec: list[str]) -> tuple[bytes, bool]:
    """The status, and whether it lists untracked files; a folder of a million data files may forbid that."""
    import subprocess

    command = ("status", "--porcelain=v2", "--branch", "-z")
    try:
        return _git(folder, *command, "--untracked-files=all", *pathspec), True
    except subprocess.TimeoutExpired:
        return _git(folder, *command, "--untracked-files=no", *pathspec), False


def _git(folder: Path, *arguments: str) -> bytes:
    import subprocess

    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", "-c", "core.quotepath=false", *arguments]
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=True
    )
    return done.stdout


def _parse(status: bytes) -> tuple[str | None, str | None, int, list[str]]:
    commit = branch = None
    changed, untracked = 0, []
    for entry in status.split(b"\0"):
        if entry.startswith(b"# branch.oid "):
            commit = entry[13:].decode()
        elif entry.startswith(b"# branch.head "):
            branch = entry[14:].decode("utf-8", "replace")
        elif entry.startswith(b"? "):
            untracked.append(os.fsdecode(entry[2:]))
        elif entry and not entry.startswith(b"#"):
            changed += 1
    return (None if commit == "(initial)" else commit), (None if branch == "(detached)" else branch), changed, untracked


def _new_files(top: Path, names: list[str]) -> bytes:
    """A patch that creates the untracked source files, which a plain diff leaves out."""
    parts: list[bytes] = []
    for name in names:
        path = top / name
        if path.suffix.lower() in _SOURCES and path.is_file() and path.stat().st_size <= _NEW_FILE_LIMIT:
            parts.append(_new_file(name, path.read_bytes()))
        if sum(map(len, parts)) > DIFF_LIMIT:
            break
    return b"".join(parts)


def _new_file(name: str, content: bytes) -> bytes:
    if not content or b"\0" in content:
        return b""
    shown = os.fsencode(name)
    lines = content.split(b"\n")
    ends_open = lines[-1] != b""
    lines = lines if ends_open else lines[:-1]
    head = b"diff --git a/%b b/%b\nnew file mode 100644\n--- /dev/null\n+++ b/%b\n" % (shown, shown, shown)
    body = b"@@ -0,0 +1,%d @@\n+" % len(lines) + b"\n+".join(lines) + b"\n"
    return head + body + (b"\\ No newline at end of file\n" if ends_open else b"")


def _first_line(message: bytes | None) -> str:
    lines = (message or b"").decode("utf-8", "replace").strip().splitlines()
    return lines[0][:200] if lines else ""
