"""Everything before the first model: read, profile, resolve, look for leaks, split, seal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from specweave.data import Profile, Table, fingerprint, profile_table, read_table, write_profile
from specweave.data.seal import Seal, is_sealed, read_seal, seal
from specweave.data.split import choose_split
from specweave.errors import ProblemError, SealedError
from specweave.leakage import Finding, find_leaks
from specweave.problem import ExcludedColumn, Problem
from specweave.problems import problem_kind
from specweave.progress import Progress, silent
from specweave.witness_file import doubt, vouch
from specweave.workspace import IncrementFolder, Workspace, read_json, write_json

STEPS = 5
LEAKS_FILE = "leaks.json"
SCOPE_FILE = "leaks-scope.json"


@dataclass(frozen=True)
class Prepared:
    """An increment whose test set is sealed.

    Attributes
    ----------
    problem : Problem
        With task, metric, exclusions and split filled in; the caller writes it into spec.md.
    profile : Profile
    findings : list of Finding
        Leaks; the certain ones have been excluded.
    seal : Seal
    """

    problem: Problem
    profile: Profile
    findings: list[Finding]
    seal: Seal


def prepare(
    workspace: Workspace, folder: IncrementFolder, problem: Problem, *, progress: Progress = silent
) -> Prepared:
    """Read the data, profile them, resolve the problem, exclude certain leaks, and seal a test set.

    Idempotent: with the same data a second call keeps the profile, the findings and the seal.

    Parameters
    ----------
    workspace : Workspace
    folder : IncrementFolder
    problem : Problem
        As it stands in spec.md. A column listed under its extra key `keep` is never excluded as a leak.
    progress : Progress

    Raises
    ------
    ProblemError
        No data source, or data that cannot answer the question.
    DataReadError
        The source does not load.
    SealedError
        The increment has sealed a test set of other data, or for another target.
    """
    if problem.data is None:
        raise ProblemError(
            "The problem names no data",
            value=folder.id,
            next_step=f'call profile_data with increment="{folder.id}" and data="path/to/table.csv"',
        )
    progress(0, STEPS, "reading the data")
    table = read_table(problem.data, workspace)
    kind = problem_kind(problem.kind)
    found = fingerprint(table.frame)
    _refuse_other_data(folder, found.content)
    progress(1, STEPS, f"profiling {len(table.frame):,} rows")
    described = _profiled(folder, table, problem, found.content, progress)
    resolved = kind.resolve(problem, table.frame, described)
    progress(2, STEPS, "looking for leaks")
    findings = _leaks(folder, table.frame, resolved, found.content)
    resolved = exclude_leaks(resolved, findings)
    if is_sealed(folder):
        sealed = _checked(folder, resolved)
    else:
        progress(3, STEPS, "choosing the split")
        plan = choose_split(table.frame, resolved, described)
        progress(4, STEPS, f"sealing {len(plan.test_rows):,} rows, {plan.strategy} split")
        sealed = seal(folder, table.frame, plan, found)
    progress(STEPS, STEPS, f"{sealed.n_train:,} rows to learn from, {sealed.n_test:,} sealed")
    return Prepared(_with_split(resolved, sealed), described, findings, sealed)


def exclude_leaks(problem: Problem, findings: list[Finding]) -> Problem:
    """The problem with the columns of certain findings excluded, each with its reason, once."""
    kept = set(getattr(problem, "keep", None) or [])
    known = {e.column for e in problem.excluded}
    added = []
    for finding in findings:
        for column in finding.columns if finding.severity == "certain" else ():
            if column not in known | kept | {problem.target}:
                known.add(column)
                added.append(ExcludedColumn(column=column, reason=f"{finding.code}: {finding.sentence}"))
    return problem.model_copy(update={"excluded": [*problem.excluded, *added]})


def _refuse_other_data(folder: IncrementFolder, content: str) -> None:
    if is_sealed(folder) and read_seal(folder).fingerprint["content"] != content:
        raise SealedError(
            "The data have changed since this increment sealed its test set",
            value=f"data {content[:12]}, sealed {read_seal(folder).fingerprint['content'][:12]}",
            next_step="start a new increment for the new data with create_increment, or restore the old file",
        )


def _profiled(folder: IncrementFolder, table: Table, problem: Problem, content: str, progress: Progress) -> Profile:
    """The profile that is there when it is of these data and this target, else a new one."""
    known = read_profile(folder)
    if known is not None and known.fingerprint.content == content and _target_of(known) == problem.target:
        return known
    made = profile_table(table, problem.target, lambda done, total, message: progress(1 + done / total, STEPS, message))
    write_profile(made, folder.reports)
    return made


def _target_of(profile: Profile) -> str | None:
    return profile.target.name if profile.target else None


def read_profile(folder: IncrementFolder) -> Profile | None:
    """The increment's profile; None when there is none, or one of an older form."""
    path: Path = folder.reports / "profile.json"
    if not path.is_file():
        return None
    try:
        return Profile.model_validate(read_json(path))
    except ValueError:
        return None


def _leaks(folder: IncrementFolder, frame: pd.DataFrame, problem: Problem, content: str) -> list[Finding]:
    """Findings, kept in data/leaks.json, and in data/leaks-scope.json what they were looked for in."""
    asked: dict[str, Any] = {
        "data": content,
        "target": problem.target,
        "task": problem.task,
        "time": problem.split.time,
        "group": problem.split.group,
        "excluded": sorted(e.column for e in problem.excluded if not _is_leak(e)),
    }
    untouched = doubt(folder, f"{folder.data.name}/{LEAKS_FILE}") is None
    if untouched and read_json(folder.data / SCOPE_FILE, default=None) == asked:
        return [Finding.model_validate(item) for item in read_json(folder.data / LEAKS_FILE)]
    found = find_leaks(
        frame,
        str(problem.target),
        task=problem.task or "regression",
        positive=problem.positive_label,
        time=problem.split.time,
        group=problem.split.group,
        excluded=asked["excluded"],
        seed=problem.seed,
    )
    written = [finding.model_dump(mode="json") for finding in found]
    vouch(folder, write_json(folder.data / LEAKS_FILE, written))
    write_json(folder.data / SCOPE_FILE, asked)
    return [Finding.model_validate(item) for item in written]


def _is_leak(excluded: ExcludedColumn) -> bool:
    from specweave.extensions import extensions

    return excluded.reason.split(":", 1)[0] in extensions("leaks")


def _checked(folder: IncrementFolder, problem: Problem) -> Seal:
    found = read_seal(folder)
    if found.target != problem.target:
        raise SealedError(
            "This increment has sealed its test set for another target",
            value=problem.target,
            allowed=found.target,
            next_step="start a new increment for the new target with create_increment",
        )
    return found


def _with_split(problem: Problem, sealed: Seal) -> Problem:
    policy = problem.split.model_copy(
        update={"strategy": sealed.strategy, "group": sealed.group, "time": sealed.time, "reason": sealed.reason}
    )
    return problem.model_copy(update={"split": policy})
