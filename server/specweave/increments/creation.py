"""A new increment: a folder with metadata, spec, plan, tasks and tests, complete from the moment it can be seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from specweave.errors import IncrementError
from specweave.increments.metadata import new_metadata
from specweave.increments.numbering import reserved_folder, slug
from specweave.increments.plan_text import new_plan
from specweave.increments.request import parse_request, short_title
from specweave.increments.spec_text import new_spec
from specweave.increments.tasks import new_tasks, new_tests
from specweave.problem import Problem
from specweave.workspace import IncrementFolder, Workspace, storage_errors, write_json, write_text

if TYPE_CHECKING:
    from specweave.data import Profile

FOLDERS = ("experiments", "data", "models", "notebooks", "reports")
# The split, its hashes and the ledger of looks are evidence and belong in version control; rows do not.
_DATA_IGNORED = "*\n!.gitignore\n!split.json\n!looks.jsonl\n!looks-head.json\n!leaks.json\n"
_MODELS_IGNORED = "*\n!.gitignore\n"


def create_increment(
    workspace: Workspace,
    request: str,
    *,
    problem: Problem | None = None,
    profile: Profile | None = None,
    title: str | None = None,
) -> IncrementFolder:
    """A new increment for the user's request, in status planning.

    Without a `problem` the request itself is read for one (task, metric, target value, latency, data file); without
    a `profile` the parts about the data say which call finds them. Processes that create at once get different
    numbers, and one that dies half-way leaves nothing anybody takes for an increment.
    """
    if not request.strip():
        raise IncrementError("The request is empty", allowed="what the user wants, in their words")
    wanted = problem.model_copy(deep=True) if problem else parse_request(request).problem(request)
    wanted.request = wanted.request or request
    name = " ".join((title or short_title(request)).split())
    with reserved_folder(workspace.increments, slug(name)) as (folder, identity):
        _fill(folder, identity, name, wanted, profile, tests_in_reports=_is_specweave(workspace))
    return IncrementFolder(workspace.increments / identity)


def _fill(
    folder: Path, identity: str, title: str, problem: Problem, profile: Profile | None, *, tests_in_reports: bool
) -> None:
    # metadata.json comes first: SpecWeave's hooks refuse documents of an increment without it.
    metadata = new_metadata(identity, request=problem.request, title=title)
    write_json(folder / "metadata.json", metadata)
    for name in FOLDERS:
        with storage_errors(folder / name):
            (folder / name).mkdir()
    write_text(folder / "data" / ".gitignore", _DATA_IGNORED)
    write_text(folder / "models" / ".gitignore", _MODELS_IGNORED)
    write_text(folder / "spec.md", new_spec(identity, title, problem, profile, metadata["created"]))
    write_text(folder / "plan.md", new_plan(identity, title, problem, profile))
    write_text(folder / "tasks.md", new_tasks(identity, title, problem))
    home = folder / "reports" if tests_in_reports else folder
    write_text(home / "tests.md", new_tests(identity, title, problem))


def _is_specweave(workspace: Workspace) -> bool:
    """Whether SpecWeave itself is installed here; its validator allows no tests.md beside spec.md."""
    return (workspace.folder / "config.json").is_file()
