"""Why a deployment is ready or not, in sentences. Every number is named by its place in deployment.json."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specweave.deployment.load import wording as load_wording
from specweave.deployment.load.result import LoadTest
from specweave.deployment.result import Deployment
from specweave.errors import DeploymentError, listing
from specweave.evidence import resolve_pointer
from specweave.rendering import number

Show = Callable[[str, Callable[[Any], str]], str]

# What to do about each cause of slowness, as the next step of a refusal.
CURES = {
    "work": "deploy a cheaper experiment (name it), or let a person raise ml.constraints.latency_ms in spec.md",
    "connections": "give it more workers or ask for a lower rate; the load report shows what it sustains",
    "machine": "repeat on a quiet machine: the same service held a higher rate within the limit",
    "queue": "give it more workers or ask for a lower rate; the load report shows what it sustains",
    "stalls": "repeat on a quiet machine; the load report shows when it stood still",
    "generator": "repeat on a quiet machine: the load generator itself was late",
    "single requests": "repeat on a quiet machine, then look at the slowest rows in the load report",
}


def plain(found: Deployment) -> Show:
    """Numbers as text alone."""
    facts = found.model_dump(mode="json")
    return lambda pointer, form: form(resolve_pointer(facts, pointer))


def failures(found: Deployment, load: LoadTest | None, stopped_by: DeploymentError | None) -> list[str]:
    """What keeps it from being ready, gravest first; nothing when it is."""
    said = [str(stopped_by)] if stopped_by else []
    said += [f"The API breaks a promise: it {one.name} – {one.found}." for one in found.promises if not one.kept]
    if load is not None and not load.met:
        said += [sentence for sentence in load.reasons if not sentence.startswith("No request failed")][:5]
    if found.recovery is not None and not found.recovery.met:
        again = found.recovery.answered_again_s
        how = "not at all" if again is None else f"after {number(again)} s"
        said.append(
            f"A killed worker under load: requests were answered again {how}, {found.recovery.limit_s:g} s are allowed."
        )
    return said


def sentences(found: Deployment, show: Show) -> tuple[str, ...]:
    """What was shown to work, a sentence each, for a deployment that is ready."""
    parts = (_served, _equal, _started, _load, _recovery, _promises, _ran_in)
    return tuple(sentence for part in parts if (sentence := part(found, show)))


def _served(found: Deployment, show: Show) -> str:
    return f"Ready: {found.model.experiment} as {found.name}:{found.version}, {found.model.format} of {show('/model/bytes', number)} bytes."


def _equal(found: Deployment, show: Show) -> str:
    equality = found.model.equality
    if not {"rows", "max_difference", "beyond"} <= set(equality):
        return found.model.note or ""
    sealed = f", {show('/model/equality/sealed_rows', number)} of them sealed" if equality.get("sealed_rows") else ""
    said = (
        f"Its answers equal the original model's on {show('/model/equality/rows', number)} rows{sealed}: largest difference "
        f"{show('/model/equality/max_difference', number)}, {show('/model/equality/beyond', number)} rows beyond 1e-5."
    )
    return f"{said} {found.model.note}" if found.model.note else said


def _started(found: Deployment, show: Show) -> str:
    if found.running is None:
        return ""
    return (
        f"From a fresh process it was ready after {show('/running/ready_s', number)} s and had made its first prediction after"
        f" {show('/running/first_prediction_s', number)} s; a worker takes {show('/running/memory_before_mb', number)} MB, after"
        f" {show('/running/n_requests', number)} requests {show('/running/memory_after_mb', number)} MB."
    )


def _load(found: Deployment, show: Show) -> str:
    if found.load is None:
        return ""
    held = ""
    if found.load.get("saturation_rps"):
        held = f" One worker sustains {show('/load/saturation_rps', load_wording.rate)} requests/s."
    return (
        f"p95 {show('/load/p95_latency', number)} ms at {show('/load/target_rps', load_wording.rate)} requests/s"
        f" (limit {show('/limit_ms', number)} ms), {show('/load/errors', number)} of {show('/load/requests', number)} requests failed.{held}"
    )


def _recovery(found: Deployment, show: Show) -> str:
    if found.recovery is None:
        return ""
    return (
        f"With {show('/recovery/workers', number)} workers, one was killed at {show('/recovery/rate_rps', load_wording.rate)} requests/s:"
        f" {show('/recovery/n_failed', number)} of {show('/recovery/n_requests', number)} requests failed, all were answered again after"
        f" {show('/recovery/answered_again_s', number)} s."
    )


def _promises(found: Deployment, show: Show) -> str:  # noqa: ARG001  the parts share a signature
    return f"Kept: it {listing((one.name for one in found.promises), 20)}." if found.promises else ""


def _ran_in(found: Deployment, show: Show) -> str:
    if found.environment is None:
        return ""
    where = "an environment of its own, " if found.environment.own else ""
    took = "" if found.environment.reused else f" in {show('/environment/seconds', number)} s"
    return (
        f"It ran in {where}{found.environment.how}{took}, with the Dockerfile's command."
        " No container engine took part: the image itself has not been built."
    )
