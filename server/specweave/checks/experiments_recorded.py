"""ML001: what was tried is on record, whole and unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed, warned
from specweave.checks.records import run_experiment, within
from specweave.errors import listing
from specweave.experiments import ExperimentSummary, list_experiments, witnessed
from specweave.experiments.record import METADATA, METRICS, PARAMS
from specweave.workspace import IncrementFolder

_WITH_MODEL = ("baseline", "candidate")


class ExperimentsRecorded:
    """Every finished record has parameters, metrics and metadata, its model file has the recorded sha256, and the
    project's witness saw it finish as it is."""

    code = "ML001"
    title = "Experiments are recorded whole"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        records = list_experiments(folder)
        if not records:
            return not_applicable("no experiment has been recorded yet", remedy=run_experiment(folder))
        known = witnessed.defects(folder, records)
        defects = {record.id: found for record in records if (found := list(_defects(record, known)))}
        if defects:
            return failed(
                f"{_records(len(defects))} not whole: "
                + listing((f"{name} ({', '.join(found)})" for name, found in defects.items()), limit=5)
                + ".",
                *(f"experiments/{name}" for name in defects),
                remedy=run_experiment(
                    folder, "Restore the files from version control, or delete the damaged records and train again"
                ),
            )
        stopped = [record for record in records if record.interrupted]
        if stopped:
            return warned(
                f"{_records(len(stopped))} interrupted: {listing(record.id for record in stopped)}.",
                *(within(folder, record.path) for record in stopped),
                remedy=NextStep(sentence="Resume the job", tool="job", arguments={"action": "resume"}),
            )
        gone = witnessed.deleted(folder, records)
        if gone:
            return warned(
                f"{_records(len(gone))} gone that the project's witness saw finish: "
                f"{listing(str(line[witnessed.KEY]) for line in gone)}. What was tried and not kept is part of the search.",
                "experiments",
                remedy=NextStep(
                    sentence="Restore the records from version control, or say in the report why they went"
                ),
            )
        done = [record for record in records if record.status == "finished"]
        return passed(
            f"{len(done)} finished of {len(records)} experiments, each with parameters, metrics, metadata and its model.",
            *(within(folder, record.path) for record in done),
        )


def _records(count: int) -> str:
    return "1 record is" if count == 1 else f"{count} records are"


def _defects(record: ExperimentSummary, known: dict[str, str]) -> Iterator[str]:
    yield from record.damage
    if record.status != "finished":
        return
    if record.id in known:
        yield known[record.id]
    damaged = " ".join(record.damage)
    for name in (PARAMS, METRICS, METADATA):
        if not (record.path / name).is_file() and name not in damaged:
            yield f"{name} is missing"
    if not record.metrics and record.kind in _WITH_MODEL and METRICS not in damaged:
        yield f"{METRICS} holds no metric"
    yield from _model_defects(record)


def _model_defects(record: ExperimentSummary) -> Iterator[str]:
    model = record.metadata.get("model")
    if not isinstance(model, dict) or "file" not in model:
        if record.kind in _WITH_MODEL:
            yield f"{METADATA} names no model file"
        return
    path = (record.path / str(model["file"])).resolve()
    if not path.is_relative_to(record.path.resolve()) or not path.is_file():
        yield f"model file {model['file']} is missing"
    elif hashlib.sha256(path.read_bytes()).hexdigest() != model.get("sha256"):
        yield f"model file {model['file']} has another sha256 than recorded"
