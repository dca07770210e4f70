"""tasks.md and tests.md: written once, then the people's; only the status line of a task is changed by the tools."""

from __future__ import annotations

import re
from dataclasses import dataclass

from specweave.documents import read_document, write_document
from specweave.errors import IncrementError, listing, suggestion
from specweave.increments.criteria import WAYS, acceptance_criteria
from specweave.problem import Problem
from specweave.rendering import render
from specweave.spec_file import lock_path
from specweave.workspace import IncrementFolder, lock


@dataclass(frozen=True)
class Task:
    """One task of the main job; `stage` is the word the tools mark it by, `criteria` the numbers of those it serves."""

    id: str
    stage: str
    title: str
    criteria: tuple[int, ...]
    tool: str | None = None
    how: str = ""


TASKS = (
    Task("T-001", "data", "Profile the data", (1, 4), "profile_data"),
    Task("T-002", "experiments", "Seal the test set; train baselines and candidates", (1, 2, 3), "run_experiment"),
    Task("T-003", "evaluation", "Evaluate the best model on the sealed test set", (2, 5, 8), "evaluate_model"),
    Task("T-004", "explanation", "Explain what the model relies on", (7,), "explain_model"),
    Task(
        "T-005",
        "latency",
        "Deploy the model and hold it under load",
        (6,),
        "deploy_model",
    ),
    Task("T-006", "validation", "Run all checks", (4, 5), "validate_increment"),
    Task("T-007", "completion", "Complete the increment", (2, 3, 8), "complete_increment"),
)
_STATUS = re.compile(r"^(\*\*Status\*\*:\s*)\[[ xX]\][^\n]*$", re.MULTILINE)
_HEADING = re.compile(r"^#{2,4} (T-\d+)\b[^\n]*", re.MULTILINE)


def new_tasks(identity: str, title: str, problem: Problem) -> str:
    """A whole tasks.md: the main job as tasks, each with the criteria it serves."""
    known = {int(name[-2:]): name for name, _ in acceptance_criteria(problem)}
    chosen = [
        (task, [known[n] for n in task.criteria if n in known])
        for task in TASKS
        if any(n in known for n in task.criteria)
    ]
    return render("specweave.increments", "tasks.md", increment=identity, title=title, tasks=chosen)


def new_tests(identity: str, title: str, problem: Problem) -> str:
    """A whole tests.md: how each acceptance criterion is verified."""
    ways = [(name, text, WAYS[int(name[-2:])]) for name, text in acceptance_criteria(problem)]
    return render("specweave.increments", "tests.md", increment=identity, title=title, ways=ways)


def mark_task(folder: IncrementFolder, task: str, *, done: bool = True, timeout: float = 30.0) -> bool:
    """Set the status line of `T-001`; whether the file changed.

    Raises IncrementError when tasks.md or the task is not there.
    """
    path = folder.path / "tasks.md"
    if not path.exists():
        raise IncrementError(
            "The increment has no tasks.md", value=str(path), next_step="restore it from version control"
        )
    with lock(lock_path(folder), timeout):
        text = read_document(path)
        return write_document(path, _marked(text, task.strip().upper(), done=done))


def mark_done(folder: IncrementFolder, stage: str) -> bool:
    """Mark the task of a stage (data, experiments, evaluation …) as completed; False where a person removed it."""
    wanted = next((task for task in TASKS if task.stage == stage), None)
    if wanted is None:
        raise IncrementError(
            "No task stands for that stage", value=stage, allowed=listing(task.stage for task in TASKS)
        )
    try:
        return mark_task(folder, wanted.id)
    except IncrementError:
        # The list of tasks belongs to the people; the work was done all the same.
        return False


def _marked(text: str, task: str, *, done: bool) -> str:
    headings = list(_HEADING.finditer(text))
    names = [found[1] for found in headings]
    if task not in names:
        raise IncrementError(
            "tasks.md has no task by that id", value=task, allowed=listing(names), next_step=suggestion(task, names)
        )
    at = names.index(task)
    start = headings[at].end()
    end = headings[at + 1].start() if at + 1 < len(headings) else len(text)
    status = "[x] completed" if done else "[ ] pending"
    block, count = _STATUS.subn(rf"\g<1>{status}", text[start:end], count=1)
    if count == 0:
        block = f"\n**Status**: {status}\n" + block
    return text[:start] + block + text[end:]
