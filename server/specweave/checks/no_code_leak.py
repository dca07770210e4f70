"""ML012: the scripts and notebooks of the increment leak nothing."""

from __future__ import annotations

from pathlib import Path

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed, warned
from specweave.checks.records import within
from specweave.experiments import list_experiments
from specweave.leakage.code import CodeFinding, FileReport, examine_file
from specweave.leakage.code.program import SUFFIXES
from specweave.leakage.code.search import code_files
from specweave.workspace import IncrementFolder


class NoCodeLeak:
    """Static analysis finds no leak in the notebooks of the increment and the scripts its experiments ran."""

    code = "ML012"
    title = "No leak in scripts and notebooks"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        files = code_of(folder)
        if not files:
            return not_applicable("the increment holds no notebook, and no script was run in it")
        reports = [(path, examine_file(path, within(folder, path))) for path in files]
        found = [
            (path, report, one) for path, report in reports for one in report.findings if one.allowed_because is None
        ]
        certain = [entry for entry in found if entry[2].severity == "certain"]
        if certain:
            return failed(_sentence(certain), *_evidence(folder, certain), remedy=_remedy(certain))
        suspected = [entry for entry in found if entry[2].severity == "suspected"]
        if suspected:
            return warned(_sentence(suspected), *_evidence(folder, suspected), remedy=_remedy(suspected))
        return passed(
            _clear([report for _, report in reports]),
            *(within(folder, path) for path in files if path.is_relative_to(folder.path)),
        )


def code_of(folder: IncrementFolder) -> list[Path]:
    """Notebooks and scripts below the increment's notebooks/, and those its experiments ran, where they still are."""
    own = list(code_files(folder.notebooks)) if folder.notebooks.is_dir() else []
    ran = [(record.metadata.get("entry") or {}).get("path") for record in list_experiments(folder)]
    recorded = [Path(path) for path in ran if isinstance(path, str) and path.endswith(SUFFIXES)]
    return sorted({path.resolve() for path in [*own, *recorded] if path.is_file()})


_Entry = tuple[Path, FileReport, CodeFinding]


def _sentence(found: list[_Entry]) -> str:
    told = " ".join(f"{report.file}, {one.place}: {one.sentence}" for _, report, one in found[:3])
    return told + (f" And {len(found) - 3} more." if len(found) > 3 else "")


def _evidence(folder: IncrementFolder, found: list[_Entry]) -> list[str]:
    return list(dict.fromkeys(within(folder, path) for path, _, _ in found))


def _remedy(found: list[_Entry]) -> NextStep:
    path, _, one = found[0]
    return NextStep(sentence=f"{one.fix.rstrip('.')} (`sw-ml leakage {path.name}` shows the flow); then run it again")


def _clear(reports: list[FileReport]) -> str:
    allowed = [one for report in reports for one in report.findings if one.allowed_because]
    rest = "".join(f" {one.rule} is allowed because {one.allowed_because}." for one in allowed)
    return f"No leak found in {len(reports)} scripts and notebooks.{rest}"
