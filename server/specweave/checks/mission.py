"""The five questions a validation answers first, from the checks' results and the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from specweave.checks.base import CheckResult
from specweave.checks.evaluated import EVALUATION, Judged, evaluated
from specweave.checks.records import finished, would_be_judged
from specweave.errors import SpecweaveError
from specweave.evidence import Evidence
from specweave.experiments import list_experiments
from specweave.rendering import number
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder

State = Literal["yes", "no", "not asked"]
EXPLANATION = "explainability-report.md"


@dataclass(frozen=True)
class MissionItem:
    """One question with its answer; `cited` is `detail` with the source behind each number."""

    question: str
    state: State
    detail: str
    cited: str

    def __str__(self) -> str:
        return f"[{'x' if self.state == 'yes' else ' '}] {self.question}: {self.detail}"


def mission(folder: IncrementFolder, results: Sequence[CheckResult]) -> list[MissionItem]:
    """All experiments logged, best model saved, metrics documented, criteria met, explanation present."""
    verdicts = {result.code: result for result in results}
    judged = _judged(folder)
    return [
        _logged(folder, verdicts.get("ML001")),
        _saved(folder, judged),
        _documented(folder, verdicts),
        _criteria(folder, judged),
        _explained(folder),
    ]


def _item(question: str, state: State, detail: str, cited: str | None = None) -> MissionItem:
    return MissionItem(question, state, detail, detail if cited is None else cited)


def _logged(folder: IncrementFolder, check: CheckResult | None) -> MissionItem:
    records = list_experiments(folder)
    done = sum(record.status == "finished" for record in records)
    if not records:
        return _item("All experiments logged", "no", "none yet")
    whole = check is None or _heard(check) != "failed"
    return _item(
        "All experiments logged",
        "yes" if whole else "no",
        f"{len(records)} records, {done} finished" + ("" if whole else "; not whole, see ML001"),
    )


def _saved(folder: IncrementFolder, judged: Judged | None) -> MissionItem:
    question = "Best model saved"
    records = finished(folder)
    best = next((record for record in records if judged and record.id == judged.experiment), None)
    if best is None:
        try:
            best = would_be_judged(folder, read_problem(folder)) if records else None
        except SpecweaveError:
            best = None
    if best is None:
        return _item(question, "no", "no model has been trained")
    model = best.metadata.get("model")
    path = best.path / str(model.get("file")) if isinstance(model, dict) and model.get("file") else None
    if path is None or not path.is_file():
        return _item(question, "no", f"{best.id} holds no model file")
    size = f"{number(path.stat().st_size / 1000)} kB"
    return _item(question, "yes", f"experiments/{best.id}/{path.name}, {size}")


def _documented(folder: IncrementFolder, verdicts: dict[str, CheckResult]) -> MissionItem:
    question = "Metrics documented"
    if not (folder.reports / "evaluation-report.md").is_file():
        return _item(question, "no", "reports/evaluation-report.md is not there")
    doubtful = [code for code in ("ML008", "ML013") if code in verdicts and _heard(verdicts[code]) == "failed"]
    if doubtful:
        return _item(question, "no", f"in reports/evaluation-report.md, but not proven: see {' and '.join(doubtful)}")
    return _item(question, "yes", "reports/evaluation-report.md, every number with its evidence")


def _criteria(folder: IncrementFolder, judged: Judged | None) -> MissionItem:
    question = "Success criteria met"
    try:
        wanted = read_problem(folder).success
    except SpecweaveError:
        return _item(question, "no", "spec.md cannot be read")
    if not wanted:
        return _item(question, "not asked", "spec.md sets none")
    evidence, plain, cited, met = Evidence(folder.path), [], [], []
    for criterion in wanted:
        target = f"{criterion.metric} {'≥' if criterion.comparison == '>=' else '≤'} {criterion.value:,.10g}"
        place, value = _found(judged, criterion.metric)
        if value is None:
            met.append(False)
            plain.append(f"{target}: no value")
            cited.append(plain[-1])
            continue
        met.append(value >= criterion.value if criterion.comparison == ">=" else value <= criterion.value)
        verdict = "met" if met[-1] else "missed"
        plain.append(f"{target}: {verdict} with {number(value)}")
        try:
            shown = evidence.cite(number(value), folder.path / EVALUATION, f"/estimates/{place}/value")
        except SpecweaveError:
            shown = number(value)
        cited.append(f"{target}: {verdict} with {shown}")
    return _item(question, "yes" if all(met) else "no", "; ".join(plain), "; ".join(cited))


def _explained(folder: IncrementFolder) -> MissionItem:
    question = "Explanation present"
    if (folder.reports / EXPLANATION).is_file():
        return _item(question, "yes", f"reports/{EXPLANATION}")
    try:
        asked = read_problem(folder).constraints.explainable
    except SpecweaveError:
        asked = True
    return _item(question, "no" if asked else "not asked", f"reports/{EXPLANATION} is not there")


def _found(judged: Judged | None, metric: str) -> tuple[int, float | None]:
    for place, one in enumerate(judged.estimates if judged else ()):
        if one.metric == metric:
            return place, one.value
    return 0, None


def _judged(folder: IncrementFolder) -> Judged | None:
    try:
        return evaluated(folder)
    except SpecweaveError:
        return None


def _heard(result: CheckResult) -> str:
    """The verdict, also of a check that is muted."""
    return result.unmuted_verdict or result.verdict
