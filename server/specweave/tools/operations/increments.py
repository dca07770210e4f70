"""create_increment, next_step, validate_increment, complete_increment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from specweave import checks, increments
from specweave.errors import ProblemError, listing, suggestion
from specweave.problem import Criterion, DataSource, ExcludedColumn, Problem, SplitPolicy
from specweave.tools.answers import bounded, bullets, paths
from specweave.tools.calls import Call
from specweave.tools.operations.sources import data_source

if TYPE_CHECKING:
    from specweave.data import Profile
    from specweave.workspace import IncrementFolder, Workspace


def create(call: Call) -> str:
    """A new increment; its data are read and profiled before anything is written, so a wrong path leaves no trace."""
    workspace = call.workspace_or_new()
    source = data_source(call.arguments, workspace)
    profile = _profile(source, workspace, call)
    problem = _problem(call, source, profile)
    folder = increments.create_increment(
        workspace, call.arguments.request, problem=problem, profile=profile, title=call.arguments.title
    )
    written = _write_profile(profile, folder)
    step = increments.next_step(folder)
    known = increments.read_problem(folder)
    return bounded(
        [
            f"Created increment {folder.id}: {_about(known)}.",
            *(_findings(profile) if profile else []),
            f"Next: {step.sentence} → {step.call}",
            *paths(workspace, [folder.spec, folder.path / "plan.md", folder.path / "tasks.md", *written]),
        ]
    )


def next_step(call: Call) -> str:
    folder = _folder(call)
    step = increments.next_step(folder)
    status = folder.metadata().get("status")
    return f"{folder.id} ({status}): {step.sentence}\nNext: {step.call}"


def validate(call: Call) -> str:
    folder = _folder(call)
    results = checks.run_checks(folder)
    report = checks.write_validation_report(folder, results)
    failed = [r for r in results if r.verdict == "failed"]
    verdict = f"{folder.id}: {len(failed)} of {len(results)} checks fail" if failed else f"{folder.id}: no check fails"
    lines = [
        f"{r.code} {r.verdict}: {r.sentence}" + (f" Remedy: {r.remedy}" if r.verdict == "failed" and r.remedy else "")
        for r in results
    ]
    return bounded([verdict + ".", *bullets(lines), *paths(call.workspace, [report])])


def complete(call: Call) -> str:
    folder = _folder(call)
    summary = increments.complete_increment(folder, override_reason=call.arguments.override_reason)
    return bounded([f"Increment {folder.id} is completed.", *paths(call.workspace, [summary])])


def _folder(call: Call) -> IncrementFolder:
    ref = call.arguments.increment
    return call.workspace.increment(ref) if ref else call.workspace.current_increment()


def _profile(source: DataSource | None, workspace: Workspace, call: Call) -> Profile | None:
    if source is None:
        return None
    from specweave import data

    return data.profile(source, workspace, target=call.arguments.target, progress=call.progress)


def _write_profile(profile: Profile | None, folder: IncrementFolder) -> list[Path]:
    if profile is None:
        return []
    from specweave import data

    return data.write_profile(profile, folder.reports)


def _problem(call: Call, source: DataSource | None, profile: Profile | None) -> Problem:
    given = call.arguments
    target = _target(given.target, profile)
    facts = increments.parse_request(given.request, columns=[c.name for c in profile.columns] if profile else [])
    return Problem(
        request=given.request,
        data=source,
        target=target or facts.target,
        positive_label=given.positive_label,
        metric=given.metric or facts.metric,
        success=[_criterion(text) for text in given.success or []] or facts.success,
        excluded=[ExcludedColumn(column=name, reason="excluded by the user") for name in given.exclude or []],
        split=SplitPolicy(strategy=given.split, group=given.group, time=given.time),
        look_budget=call.workspace_or_new().settings.look_budget,
        **({"constraints": facts.constraints} if facts.constraints else {}),
    )


def _target(named: str | None, profile: Profile | None) -> str | None:
    if named is None or profile is None:
        return named
    columns = [column.name for column in profile.columns]
    if named not in columns:
        raise ProblemError(
            "The data have no column by the name of the target",
            value=named,
            allowed=listing(columns),
            next_step=suggestion(named, columns),
        )
    return named


def _criterion(text: str) -> Criterion:
    for sign in (">=", "<=", "≥", "≤"):
        metric, found, value = text.partition(sign)
        if found:
            try:
                return Criterion(
                    metric=metric.strip(), comparison=">=" if sign in (">=", "≥") else "<=", value=float(value)
                )
            except ValueError:
                break
    raise ProblemError(
        "A success criterion is not understood",
        value=text,
        allowed='a metric, >= or <=, and a number, such as "precision >= 0.99"',
    )


def _about(problem: Problem) -> str:
    if problem.data is None:
        return "no data named yet"
    target = f"predict {problem.target}" if problem.target else "no target named yet"
    return f"{target} from {problem.data.location}"


def _findings(profile: Profile) -> list[str]:
    found = [f"{f.severity}: {f.sentence}" for f in profile.findings]
    return [
        f"{profile.n_rows:,} rows × {profile.n_columns} columns." + (" Found:" if found else " Nothing unusual found."),
        *bullets(found, most=8),
    ]
