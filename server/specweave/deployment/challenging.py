"""A second model behind the API of the first: exported, routed to, and tried while it runs."""

from __future__ import annotations

import contextlib
import math
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from specweave.deployment.ab.assignment import MODES, Mode
from specweave.deployment.ab.files import SETTINGS, ab_sources, write_ab_test
from specweave.deployment.load.open_loop import ask
from specweave.deployment.load.requests import PREDICT, get, post
from specweave.deployment.load.rows import LoadRows
from specweave.deployment.result import Promise
from specweave.deployment.service_process import running_service
from specweave.errors import DeploymentError
from specweave.problem import Problem
from specweave.workspace import IncrementFolder

if TYPE_CHECKING:
    from specweave.deployment.export import Exported

DEFAULT_SHARE = 0.1
_ONLY_FOR_TWO = ("two_models.py", "challenger.onnx", "challenger.json", SETTINGS)
_TRIED = 200
_BY_IT = re.compile(r'^ab_answers_total\{arm="treatment"\} (\d+)$', re.MULTILINE)


@dataclass(frozen=True)
class Challenger:
    """The experiment that challenges the deployed one, the share of units it answers, and how."""

    experiment: str
    share: float = DEFAULT_SHARE
    mode: Mode = "ab"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise DeploymentError("No such mode of an A/B test", value=self.mode, allowed=", ".join(MODES))
        if not 0 <= self.share <= 1:
            raise DeploymentError("A share lies between 0 and 1", value=self.share, allowed="0 to 1, as 0.1")


def export_challenger(folder: IncrementFolder, problem: Problem, challenger: Challenger, control: Exported) -> Exported:
    """The challenger's model beside the control's. Raises DeploymentError when they are one experiment or do not fit."""
    from specweave.deployment.api.generating import CHALLENGER, check_fit
    from specweave.deployment.export import export
    from specweave.evaluation.choice import chosen_experiment

    record = chosen_experiment(folder, problem, challenger.experiment)
    if record.id == control.signature.experiment:
        raise DeploymentError(
            "A model cannot challenge itself",
            value=record.id,
            next_step="name another experiment with --challenger, or another control with --experiment",
        )
    exported = export(folder, record.id, name=CHALLENGER)
    check_fit(control.signature, exported.signature)
    return exported


def write_routing(api: Path, folder: IncrementFolder, challenger: Challenger | None) -> list[Path]:
    """The files of the A/B test beside main.py; without a challenger those of an earlier test are taken away."""
    if challenger is None:
        for name in (*_ONLY_FOR_TWO, *ab_sources()):
            with contextlib.suppress(FileNotFoundError):
                (api / name).unlink()
        return []
    name = f"{folder.id}-{challenger.experiment}"
    return write_ab_test(api, name, mode=challenger.mode, share=challenger.share)


def tried_challenger(folder: Path, python: Path, rows: LoadRows, limit_ms: float) -> tuple[Promise, ...]:
    """Whether the challenger answers when every unit is its own, and how fast, asked one request after another."""
    environment = {"AB_MODE": "ab", "AB_SHARE": "1", "AB_EXPOSURES": "/dev/null"}
    with running_service(folder, python, environment=environment) as service:
        times = []
        for place in range(_TRIED):
            row = rows.rows[place % len(rows.rows)]
            began = time.perf_counter()
            ask(service.address, post(service.address, PREDICT, row, unit=f"trial-{place}"))
            times.append(1000 * (time.perf_counter() - began))
        _, said = ask(service.address, get(service.address, "/metrics"))
    p95 = sorted(times)[math.ceil(0.95 * len(times)) - 1]
    counted = _BY_IT.search(said.decode())
    by_it = int(counted[1]) if counted else 0
    return (
        Promise(name="the challenger answers its units", kept=by_it == _TRIED, found=f"{by_it} of {_TRIED} requests"),
        Promise(
            name="the challenger answers within the limit",
            kept=p95 <= limit_ms,
            found=f"p95 {p95:.4g} ms of {_TRIED} requests, one after another; the limit is {limit_ms:g} ms",
        ),
    )
