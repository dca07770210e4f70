"""All registered rules over a program, a file or a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from specweave.errors import StorageError
from specweave.extensions import extensions
from specweave.leakage.code.finding import WEIGHT, CodeFinding, Draft, FileReport, Rule, Step
from specweave.leakage.code.interpreter import follow
from specweave.leakage.code.program import SUFFIXES, Program, read_program
from specweave.leakage.code.suppression import Allowance, allowances
from specweave.progress import Progress, silent

# Folders that hold no code of the project.
_FOREIGN = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "env", ".ipynb_checkpoints"})


def registered_rules() -> list[Rule]:
    """One of each rule installed here, by code."""
    kinds: dict[str, Any] = extensions("code_leaks")
    return [kind() for kind in kinds.values()]


def examine_source(source: str, name: str = "script.py", rules: Iterable[Rule] | None = None) -> FileReport:
    """The leaks in the text of a script."""
    program = Program(name)
    program.add(source, None)
    return examine_program(program, rules)


def examine_file(path: Path, name: str | None = None, rules: Iterable[Rule] | None = None) -> FileReport:
    """The leaks in a `.py` or `.ipynb` file; raises StorageError when it cannot be read."""
    return examine_program(read_program(path, name), rules)


def examine_folder(root: Path, progress: Progress = silent) -> list[FileReport]:
    """A report for every script and notebook at or below `root`, in the order of their paths; damaged ones say so."""
    files = [root] if root.is_file() else list(code_files(root))
    rules = registered_rules()
    reports = []
    for done, path in enumerate(files):
        name = path.name if path == root else path.relative_to(root).as_posix()
        progress(done, len(files), f"reading {name}")
        try:
            reports.append(examine_file(path, name, rules))
        except StorageError as error:
            reports.append(FileReport(file=name, skipped=(f"the file: {error.what}",)))
    progress(len(files), len(files), "code search done")
    return reports


def code_files(root: Path) -> Iterator[Path]:
    """Scripts and notebooks below a folder, hidden folders and installed packages left out."""
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(name for name in inner if name not in _FOREIGN and not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(SUFFIXES))


def examine_program(program: Program, rules: Iterable[Rule] | None = None) -> FileReport:
    """What the rules say of a program, the surest first."""
    trace = follow(program)
    allowed = allowances(program)
    drafts = [
        (rule.code, draft) for rule in (registered_rules() if rules is None else rules) for draft in rule.examine(trace)
    ]
    findings = [_finding(program, code, draft, allowed) for code, draft in drafts]
    return FileReport(
        file=program.file,
        findings=tuple(sorted(_once(findings), key=lambda f: (WEIGHT[f.severity], f.place.cell or 0, f.place.line))),
        skipped=(*program.skipped, *_without_reason(program, allowed)),
        fits=sum(fit.role == "model" for fit in trace.fits),
        scores=len(trace.scorings) + len(trace.validations),
    )


def _finding(program: Program, code: str, draft: Draft, allowed: list[Allowance]) -> CodeFinding:
    lines = {draft.line, *(line for line, _ in draft.flow)}
    reason = next((a.reason for a in allowed if a.reason and a.rule == code and a.line in lines), None)
    return CodeFinding(
        rule=code,
        severity=draft.severity,
        place=program.place(draft.line),
        sentence=draft.sentence,
        flow=tuple(Step(place=program.place(line), text=program.text(line), what=what) for line, what in draft.flow),
        fix=draft.fix,
        allowed_because=reason,
    )


def _once(findings: list[CodeFinding]) -> list[CodeFinding]:
    """One finding for one line of one rule: the gravest."""
    kept: dict[tuple[str, str], CodeFinding] = {}
    for finding in sorted(findings, key=lambda f: WEIGHT[f.severity]):
        kept.setdefault((finding.rule, str(finding.place)), finding)
    return list(kept.values())


def _without_reason(program: Program, allowed: list[Allowance]) -> list[str]:
    return [
        f"{program.place(a.line)}: a comment allows {a.rule} without a reason, so it allows nothing; write `because …`"
        for a in allowed
        if not a.reason
    ]
