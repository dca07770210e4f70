"""All registered detectors over one table."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

from specweave.extensions import extensions
from specweave.leakage.finding import Detector, Examination, Finding, NotApplicable
from specweave.leakage.material import Bools, Material
from specweave.problem import Task
from specweave.progress import Progress, silent

if TYPE_CHECKING:
    import pandas as pd

LEAST_ROWS = 20
_WEIGHT = {"certain": 0, "suspected": 1, "note": 2}


def find_leaks(
    frame: pd.DataFrame,
    target: str,
    *,
    task: Task,
    positive: str | None = None,
    time: str | None = None,
    group: str | None = None,
    excluded: Iterable[str] = (),
    seed: int = 0,
    held_out: Bools | None = None,
    progress: Progress = silent,
) -> list[Finding]:
    """The leaks of a table, the surest first; `examine` also tells which detectors found nothing and why.

    `time` and `group` are the columns the split already goes by, `excluded` those no model sees; `held_out`
    tells, for each row, whether it is set aside for judging.
    Large tables are judged on a sample of at most 20,000 rows, drawn from `seed`; what is called exact is
    verified on all rows. The frame is not changed. Raises ProblemError when a named column is not in the data.
    """
    examinations = examine(
        frame, target, task=task, positive=positive, time=time, group=group, excluded=excluded, seed=seed,
        held_out=held_out, progress=progress,
    )  # fmt: skip
    found = _without_echoes(list(chain.from_iterable(e.findings for e in examinations)))
    return sorted(found, key=lambda finding: _WEIGHT[finding.severity])


def examine(
    frame: pd.DataFrame,
    target: str,
    *,
    task: Task,
    positive: str | None = None,
    time: str | None = None,
    group: str | None = None,
    excluded: Iterable[str] = (),
    seed: int = 0,
    held_out: Bools | None = None,
    progress: Progress = silent,
) -> list[Examination]:
    """The answer of every registered detector, in the order of their codes; arguments as for `find_leaks`."""
    material = Material(
        frame, target, task=task, positive=positive, time=time, group=group, excluded=excluded, seed=seed,
        held_out=held_out,
    )  # fmt: skip
    detectors: dict[str, Any] = extensions("leaks")
    answers = []
    for done, (code, kind) in enumerate(detectors.items()):
        detector: Detector = kind()
        progress(done, len(detectors), f"looking for leaks: {detector.title.lower()}")
        answers.append(answer(detector, material))
        if detector.code != code:
            raise TypeError(f"the leak detector {code} calls itself {detector.code}")
    progress(len(detectors), len(detectors), "leak search done")
    return answers


def answer(detector: Detector, material: Material) -> Examination:
    """What one detector says: found, clear, or not applicable with its reason."""
    try:
        _require_rows(material)
        found = tuple(detector.examine(material))
    except NotApplicable as reason:
        return Examination(code=detector.code, title=detector.title, verdict="not applicable", reason=str(reason))
    verdict = "found" if any(f.severity != "note" for f in found) else "clear"
    return Examination(code=detector.code, title=detector.title, verdict=verdict, findings=found)


def _require_rows(material: Material) -> None:
    if material.n < LEAST_ROWS:
        raise NotApplicable(f"only {material.n} rows have a target; {LEAST_ROWS} are needed to tell a leak from chance")
    if material.smallest_class in (0, material.n):
        raise NotApplicable(f"{material.target} has the same value in every row")
    if not material.is_regression and 5 * len(material.classes) > material.n:
        raise NotApplicable(f"{material.target} has {len(material.classes)} classes in {material.n} rows")
    if not material.columns:
        raise NotApplicable("no column is left beside the target")


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """One finding for one cause: what is surely a leak is not suspected again for another reason."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: _WEIGHT[f.severity]):
        covered = {c for f in kept if f.severity == "certain" for c in f.columns}
        same = any(f.columns == finding.columns and f.severity == finding.severity != "note" for f in kept)
        if not finding.columns or not (same or set(finding.columns) <= covered):
            kept.append(finding)
    return kept
