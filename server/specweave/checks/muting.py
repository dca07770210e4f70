"""Checks silenced by a person: in `.specweave/ml.json` for the project, in spec.md's front matter for one increment.

    muted_checks:
      - code: ML004
        reason: twelve rows a class, folds cannot agree

`sw-ml mute` writes the entry together with a line in a hash-chained log that says who did it and when; an entry without
that line, or with another reason than it gives, silences nothing. A silenced check still runs, and every report shows it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from specweave.data.muting_log import MutingEntry, mutings_in_force, now, who_is_here, write_muting
from specweave.documents import write_document
from specweave.errors import CheckError, SpecweaveError
from specweave.problem import Problem
from specweave.spec_file import KEY as SPEC_KEY
from specweave.spec_file import lock_path, read_front_matter
from specweave.workspace import IncrementFolder, Workspace, lock, read_json, write_json

KEY = "muted_checks"
LEAST_REASON = 10


@dataclass(frozen=True)
class Muting:
    """One line of `muted_checks`: the check, the reason, where it is written, and who put it on record.

    `invalid` says why it silences nothing.
    """

    code: str
    reason: str
    place: str
    who: str | None = None
    time: str | None = None
    terminal: bool = True
    invalid: str | None = None

    @property
    def by(self) -> str:
        """Who, when, and whether at a terminal."""
        return f"{self.who}, {self.time}" + ("" if self.terminal else ", not typed at a terminal")


def mutings(folder: IncrementFolder, problem: Problem | None) -> dict[str, Muting]:
    """What is to be silenced for this increment, by code; the increment's own word counts before the project's."""
    found: dict[str, Muting] = {}
    extra = problem.model_extra if problem else None
    try:
        recorded, broken = mutings_in_force(folder), None
    except CheckError as error:
        recorded, broken = {}, error.what
    for place, entries in ((".specweave/ml.json", _of_project(folder)), ("spec.md", (extra or {}).get(KEY))):
        for code, reason in _pairs(entries):
            found[code] = _judged(code, reason, place, recorded.get(code), broken)
    return found


def mute(
    folder: IncrementFolder, code: str, reason: str, *, whole_project: bool = False, who: str | None = None
) -> Muting:
    """Silence a check for an increment or the whole project, on record; what was written.

    Raises CheckError for a code no check has, and for a reason that says nothing.
    """
    code, reason = _known(code), " ".join(reason.split())
    if len(reason) < LEAST_REASON:
        raise CheckError(
            "A muted check needs a reason a reader can judge",
            value=reason,
            allowed=f"a sentence of at least {LEAST_REASON} characters",
            next_step=f'sw-ml mute {folder.number:04d} {code} --reason "twelve rows a class; the folds cannot agree"',
        )
    entry = _log(folder, code, reason, "mute", whole_project=whole_project, who=who)
    _write(folder, {**_listed(folder, whole_project=whole_project), code: reason}, whole_project=whole_project)
    place = ".specweave/ml.json" if whole_project else "spec.md"
    return Muting(code, reason, place, entry.who, entry.time, entry.terminal)


def unmute(folder: IncrementFolder, code: str, *, whole_project: bool = False, who: str | None = None) -> None:
    """Let a silenced check be heard again, on record. Raises CheckError when it is not muted there."""
    code = _known(code)
    listed = _listed(folder, whole_project=whole_project)
    if code not in listed:
        raise CheckError("The check is not muted here", value=code, allowed=", ".join(listed) or "none is muted")
    _log(folder, code, "", "unmute", whole_project=whole_project, who=who)
    _write(folder, {key: reason for key, reason in listed.items() if key != code}, whole_project=whole_project)


def _judged(code: str, reason: str, place: str, entry: MutingEntry | None, broken: str | None) -> Muting:
    if not reason:
        return Muting(code, reason, place, invalid="it gives no reason")
    if broken:
        return Muting(code, reason, place, invalid=broken[0].lower() + broken[1:])
    if entry is None:
        return Muting(code, reason, place, invalid="nobody is on record for it; a person mutes with `sw-ml mute`")
    if " ".join(reason.split()) != entry.reason:
        return Muting(code, reason, place, invalid=f"its reason is not the one {entry.who} recorded")
    return Muting(code, reason, place, entry.who, entry.time, entry.terminal)


def _log(
    folder: IncrementFolder, code: str, reason: str, action: str, *, whole_project: bool, who: str | None
) -> MutingEntry:
    entry = MutingEntry(
        code=code,
        increment=None if whole_project else folder.id,
        reason=reason,
        who=who or who_is_here(folder.root),
        time=now(),
        terminal=sys.stdin is not None and sys.stdin.isatty(),
        action=action,
    )
    write_muting(folder.path.parents[1], entry)
    return entry


def _known(code: str) -> str:
    from specweave.checks.running import registered_checks

    wanted = code.strip().upper()
    codes = [check.code for check in registered_checks()]
    if wanted not in codes:
        raise CheckError("No check has this code", value=code, allowed=", ".join(codes))
    return wanted


def _listed(folder: IncrementFolder, *, whole_project: bool) -> dict[str, str]:
    if whole_project:
        return dict(_pairs(_of_project(folder)))
    _, values = read_front_matter(folder.spec)
    return dict(_pairs((values.get(SPEC_KEY) or {}).get(KEY)))


def _write(folder: IncrementFolder, listed: dict[str, str], *, whole_project: bool) -> None:
    entries = [{"code": code, "reason": reason} for code, reason in listed.items()]
    if whole_project:
        path = folder.path.parents[1] / "ml.json"
        write_json(path, {**read_json(path, default={}), KEY: entries})
        return
    with lock(lock_path(folder)):
        front, values = read_front_matter(folder.spec)
        write_document(folder.spec, front.replaced(SPEC_KEY, {**values[SPEC_KEY], KEY: entries}).text())


def _of_project(folder: IncrementFolder) -> Any:
    try:
        return Workspace(folder.root).settings.extra.get(KEY)
    except SpecweaveError:
        # A damaged ml.json silences nothing; the operations that need it report it.
        return None


def _pairs(entries: Any) -> list[tuple[str, str]]:
    """Both forms people write: a list of code and reason, or a mapping from code to reason."""
    if isinstance(entries, dict):
        entries = [{"code": code, "reason": reason} for code, reason in entries.items()]
    if not isinstance(entries, list):
        return []
    items = [item if isinstance(item, dict) else {"code": item} for item in entries]
    return [(str(item.get("code", "")).strip().upper(), str(item.get("reason") or "").strip()) for item in items]
