"""DEPLOYMENT.md: how the service is run, and what somebody on call does. Every number in it was measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from specweave.deployment import deployment_wording as wording
from specweave.deployment.container.files import GRACE_S
from specweave.deployment.load.wording import rate
from specweave.deployment.result import Deployment
from specweave.evidence import Evidence, resolve_pointer
from specweave.rendering import number, render
from specweave.workspace import IncrementFolder, read_json, write_text

FOLDER = "deployment"
FACTS = "deployment.json"
RUNBOOK = "DEPLOYMENT.md"
# Share of what one worker sustains that it should be given: latency grows faster than load beyond it.
HEADROOM = 0.6

# What each alert of deployment/monitoring/alerts.yml means to the person it wakes, and what to do, in this order.
ANSWERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ServiceDown": (
        "Prometheus gets no answer from an instance.",
        (
            "Is the process there, and why did it end? `docker compose logs --tail 50 api`, or `kubectl logs --previous`.",
            "Killed for memory: raise the limit and look for the growth in the dashboard.",
            "It ended after a new version came: roll back.",
        ),
    ),
    "ServiceErrors": (
        "Requests end with a status of 500 or above.",
        (
            "The log names route, status and the kind of error, never the data.",
            "It began with a new version: roll back. Only one instance has it: take that one out.",
        ),
    ),
    "ServiceSlow": (
        "The 95th percentile of predictions is above the limit.",
        (
            "Compare the rate of requests with what a worker sustains (see Scale): above it, add workers or instances.",
            "At a usual rate: look at CPU throttling and at neighbours on the same cores.",
        ),
    ),
    "RequestsRefused": (
        "An unusual share of requests is refused as wrong (4xx).",
        (
            "The answer names column and value: find the client that sends them.",
            "A column was renamed or changed its unit upstream: mend it there; the model was not trained on the new form.",
        ),
    ),
    "InputDrift": (
        "The values of a column are no longer distributed as in training.",
        (
            "Which column, since when? The dashboard shows it by column. Did its source change? Then mend the source.",
            "The world changed: get labels of recent rows and judge the model on them (see Retrain).",
        ),
    ),
    "ScoreDrift": (
        "The scores are no longer distributed as on the training rows.",
        (
            "Look at the columns first: a drifted input explains most drifted scores.",
            "No column drifted: a combination did. Judge the model on labelled recent rows.",
        ),
    ),
    "ValuesMissing": (
        "A column is missing more often than in training.",
        ("The source of that column has a gap: mend it. The model answers all the same, with less to go by.",),
    ),
    "CategoriesUnknown": (
        "A column brings categories no training row had.",
        (
            "A new spelling of an old category: mend it upstream.",
            "Really new: the model treats it as unknown. When there are many, train again with them.",
        ),
    ),
    "PredictionShare": (
        "A class is predicted much more or less often than in training.",
        (
            "Look at drift of inputs and scores; was the threshold changed with a new version?",
            "No drift and no new version: treat it as drift that one column alone does not show.",
        ),
    ),
}


def write_runbook(folder: IncrementFolder, found: Deployment) -> Path:
    """Render DEPLOYMENT.md from deployment.json on disk; numbers carry their place in it."""
    facts = read_json(folder.path / FOLDER / FACTS)
    evidence = Evidence(folder.path)

    def show(pointer: str, form: Callable[[Any], str] = number) -> str:
        return evidence.refer(form(resolve_pointer(facts, pointer)), f"{FOLDER}/{FACTS}", pointer)

    text = render(
        "specweave.deployment.container",
        RUNBOOK,
        d=found,
        sentences=wording.sentences(found, show) if found.ready else found.reasons,
        show=show,
        rate=rate,
        workers_for=workers_for,
        answers=ANSWERS,
        grace_s=GRACE_S,
        evidence=evidence.listing,
    )
    return write_text(folder.path / FOLDER / RUNBOOK, text)


def workers_for(rps: float, sustained: float) -> int:
    """How many workers answer `rps` requests a second with headroom, when one sustains `sustained`."""
    return max(1, math.ceil(rps / (HEADROOM * sustained)))
