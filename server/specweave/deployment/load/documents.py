"""load-test.json, and from it the report and the figure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from specweave.deployment.load import wording
from specweave.deployment.load.figures import latency_against_load
from specweave.deployment.load.result import LoadTest
from specweave.evidence import Evidence, resolve_pointer
from specweave.rendering import number, percent, render
from specweave.visuals import save_figure
from specweave.witness_file import vouch
from specweave.workspace import IncrementFolder, read_json, write_json, write_text

FOLDER = "deployment/load-tests"
JSON = "load-test.json"
REPORT = "load-test.md"
FIGURE = "latency-against-load.png"


def write_load_test(folder: IncrementFolder, found: LoadTest) -> list[Path]:
    """Write the facts first, then figure and report from them; the paths."""
    target = folder.path / FOLDER
    facts = write_json(target / JSON, found.model_dump(mode="json"))
    vouch(folder, facts)
    figure = save_figure(latency_against_load(found), target / FIGURE)
    report = write_text(target / REPORT, _report(folder, found))
    return [facts, report, figure]


def read_load_test(folder: IncrementFolder) -> LoadTest | None:
    """The last load test of the increment; nothing before there is one."""
    facts = read_json(folder.path / FOLDER / JSON, default=None)
    return None if facts is None else LoadTest.model_validate(facts)


def _report(folder: IncrementFolder, found: LoadTest) -> str:
    facts = read_json(folder.path / FOLDER / JSON)
    evidence = Evidence(folder.path)

    def show(pointer: str, form: Callable[[Any], str]) -> str:
        return evidence.refer(form(resolve_pointer(facts, pointer)), f"{FOLDER}/{JSON}", pointer)

    return render(
        "specweave.deployment.load",
        "load-test.md",
        test=found,
        sentences=wording.sentences(found, show),
        show=show,
        rate=wording.rate,
        number=number,
        share=partial(percent, digits=2),
        evidence=evidence.listing,
        figure=FIGURE,
    )
