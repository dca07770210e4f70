"""create_increment, next_step, validate_increment, complete_increment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specweave import checks, data, increments
from specweave.errors import ProblemError, listing, suggestion
from specweave.problem import Criterion, DataSource, ExcludedColumn, Problem, SplitPolicy
from specweave.problems import check_criteria
from specweave.tools.answers import bounded, bullets, paths
from specweave.tools.calls import Call
from specweave.tools.operations.sources import data_source, opened

if TYPE_CHECKING:
    from specweave.data import Profile
    from specweave.workspace import IncrementFolder


def create(call: Call) -> str:
    return bounded(created(call)[1])


def created(call: Call) -> tuple[IncrementFolder, list[str]]:
    """A new increment and what is said about it.

    Its data are read and judged before anything is written, so a wrong path leaves no trace.
    """
    workspace = call.workspace_or_new()
    source = data_source(call.arguments, workspace)
    subject = opened(source, workspace, call.progress) if source else None
    problem = _problem(call, source, subject.columns if subject else [])
    check_criteria(problem.success)
    profile = subject.profile(problem.target, call.progress) if subject else None
    if profile:
        _refuse_unknown_columns(problem, [column.name for column in profile.columns])
    if subject and profile:
        problem = subject.resolved(problem, profile)
    folder = increments.create_increment(
        workspace, call.arguments.request, problem=problem, profile=profile, title=call.arguments.title
    )
    written = data.write_profile(profile, folder.reports) if profile else []
    if profile:
        increments.mark_done(folder, "data")
    return folder, [
        f"Created increment {folder.id}: {_about(problem)}.",
        *(_findings(profile) if profile else []),
        f"Next: {increments.next_step(folder)}",
        *paths(workspace, [folder.spec, folder.path / "plan.md", *written]),
    ]


def next_step(call: Call) -> str:
    folder = _folder(call)
    step = increments.next_step(folder)
    status = folder.metadata().get("status")
    return f"{folder.id} ({status}).\nNext: {step}"


def validate(call: Call) -> str:
    return validated(call)[1]


def validated(call: Call) -> tuple[bool, str]:
    """Whether a check failed, and what is said about all of them."""
    folder = _folder(call)
    results = checks.run_checks(folder)
    report = checks.write_validation_report(folder, results)
    failed = [r for r in results if r.verdict == "failed"]
    verdict = f"{folder.id}: {len(failed)} of {len(results)} checks fail" if failed else f"{folder.id}: no check fails"
    lines = [
        f"{r.code} {r.verdict}: {r.sentence}" + (f" Remedy: {r.remedy}" if r.verdict == "failed" and r.remedy else "")
        for r in results
    ]
    asked = [str(item) for item in checks.mission(folder, results)]
    return bool(failed), bounded([verdict + ".", *bullets(asked), *bullets(lines), *paths(call.workspace, [report])])


def complete(call: Call) -> str:
    folder = _folder(call)
    summary = increments.complete_increment(folder, override_reason=call.arguments.override_reason)
    open_criteria = folder.metadata()["ml"]["completion"]["unverified"]
    lacking = [f"Not verified: {'; '.join(open_criteria)}."] if open_criteria else []
    return bounded([f"Increment {folder.id} is completed.", *lacking, *paths(call.workspace, [summary])])


def _folder(call: Call) -> IncrementFolder:
    ref = call.arguments.increment
    return call.workspace.increment(ref) if ref else call.workspace.current_increment()


def _problem(call: Call, source: DataSource | None, columns: list[str]) -> Problem:
    given = call.arguments
    said = increments.parse_request(given.request, columns).problem(given.request)
    changes = {
        "data": source or said.data,
        "target": given.target or said.target,
        "positive_label": given.positive_label,
        "metric": given.metric or said.metric,
        "success": [_criterion(text) for text in given.success or []] or said.success,
        "excluded": [ExcludedColumn(column=name, reason="excluded by the user") for name in given.exclude or []],
        "split": SplitPolicy(strategy=given.split, group=given.group, time=given.time),
        "look_budget": call.workspace_or_new().settings.look_budget,
    }
    return said.model_copy(update=changes)


def _refuse_unknown_columns(problem: Problem, columns: list[str]) -> None:
    for role, name in (("group", problem.split.group), ("time", problem.split.time)):
        if name is not None and name not in columns:
            raise ProblemError(
                f"The {role} column of the split is not in the table",
                value=name,
                allowed=listing(columns),
                next_step=suggestion(name, columns) or f"call create_increment again with {role} corrected",
            )


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
    if problem.target is None:
        return f"data {problem.data.location}, no target named yet"
    how = f" ({problem.task}, metric {problem.metric})" if problem.task else ""
    return f"predict {problem.target}{how} from {problem.data.location}"


def _findings(profile: Profile) -> list[str]:
    found = [f"{f.severity}: {f.sentence}" for f in profile.findings]
    return [
        f"{profile.n_rows:,} rows × {profile.n_columns} columns." + (" Found:" if found else " Nothing unusual found."),
        *bullets(found, most=8),
    ]
