"""A load test in sentences. Every number is named by its place in load-test.json, so that a document can cite it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specweave.deployment.load.result import LoadStep, LoadTest
from specweave.errors import listing
from specweave.evidence import resolve_pointer
from specweave.rendering import number, percent

Show = Callable[[str, Callable[[Any], str]], str]

# What each cause means, and what helps.
CAUSES = {
    "work": "A prediction itself takes that long, even when nobody else asks: a smaller model or fewer columns help, more workers do not.",
    "connections": "They waited for a free connection, because all were taken by requests not yet answered: the service does not keep up.",
    "generator": "They were sent late: the load generator, which shares the machine, was held up, not the service.",
    "machine": "A higher rate was held within the limit in the same test, so the service itself is fast enough: the machine was busy with something else meanwhile.",
    "queue": "They queued behind others, because requests come nearly as fast as they can be answered: more workers, or fewer requests for each, help.",
    "stalls": "They come in clusters: now and then the whole service stands still for a moment (garbage collection, another process on the same cores, a worker that restarts).",
    "single requests": "They are slow one by one, with hardly anything else under way: some rows take longer, or the machine was busy elsewhere.",
}


def plain(found: LoadTest) -> Show:
    """Numbers as text alone."""
    facts = found.model_dump(mode="json")
    return lambda pointer, form: form(resolve_pointer(facts, pointer))


def milliseconds(value: Any) -> str:
    """Three significant digits and the unit."""
    return f"{number(value, 3)} ms"


def rate(value: Any) -> str:
    """A rate without a fraction of a request once it is large."""
    return number(float(value), 4 if value >= 1000 else 3)


def failures(step: LoadStep, limit_ms: float, max_error_share: float) -> list[str]:
    """Which of the two limits the rate missed: latency, errors."""
    missed = ["latency"] if step.p95_ms > limit_ms else []
    return [*missed, *(["errors"] if step.error_share > max_error_share else [])]


def sentences(found: LoadTest, show: Show) -> tuple[str, ...]:
    """The verdict, what was measured, and where the time goes."""
    parts = (_verdict, _errors, _alone, _saturation, _slowest, _inside, _generator)
    return tuple(sentence for part in parts if (sentence := part(found, show)))


def _verdict(found: LoadTest, show: Show) -> str:
    text = _of_limits(found, show)
    if found.first_try is None:
        return text
    return f"{text} It was measured twice; the first time the p95 was {show('/first_try/p95_ms', number)} ms with {show('/first_try/n_errors', number)} errors."


def _of_limits(found: LoadTest, show: Show) -> str:
    missed = failures(found.at_target, found.limit_ms, found.max_error_share)
    p95 = show("/at_target/p95_ms", number)
    measured = (
        f"p95 {p95} ms at {show('/at_target/target_rps', rate)} requests/s"
        f" (p50 {show('/at_target/p50_ms', number)}, p99 {show('/at_target/p99_ms', number)}, max {show('/at_target/max_ms', number)} ms,"
        f" {show('/at_target/n_requests', number)} requests)"
    )
    limit = show("/limit_ms", number)
    if not missed:
        return f"Within its limits: {measured}; the limit is {limit} ms."
    if "latency" in missed:
        return f"Too slow: {measured}; the limit is {limit} ms."
    return f"Too many errors: {measured}; the limit of {limit} ms is kept."


def _errors(found: LoadTest, show: Show) -> str:
    step = found.at_target
    if not step.n_errors:
        return "No request failed."
    kinds = listing(
        f"{why} ({show(f'/at_target/errors/{why}', number)})" if "/" not in why else why for why in step.errors
    )
    return (
        f"{show('/at_target/n_errors', number)} of {show('/at_target/n_requests', number)} requests failed"
        f" ({show('/at_target/error_share', lambda v: percent(v, 2))}, allowed {show('/max_error_share', lambda v: percent(v, 2))}): {kinds}."
    )


def _alone(found: LoadTest, show: Show) -> str:
    text = f"When nobody else asks, a prediction takes {show('/alone/p50_ms', number)} ms (p95 {show('/alone/p95_ms', number)} ms)"
    if found.alone.http_p50_ms is not None:
        text += f"; an answer without a model, {show('/alone/http_p50_ms', number)} ms"
    return text + "."


def _saturation(found: LoadTest, show: Show) -> str:
    if not found.steps:
        return ""
    if found.saturation_rps is None:
        return f"Even {show('/not_sustained_rps', rate)} requests/s, the lowest step, were not sustained."
    held = f"{show('/saturation_rps', rate)} requests/s were sustained"
    if found.not_sustained_rps is None:
        return f"{held}, the highest step."
    at = next(i for i, step in enumerate(found.steps) if not step.sustained)
    why = {"latency": "the p95 was above the limit", "errors": "requests failed", "rate": "answers fell behind"}
    return f"{held}, {show(f'/steps/{at}/target_rps', rate)} not: {why[str(found.steps[at].why_not)]}."


def _slowest(found: LoadTest, show: Show) -> str:
    if found.slowest is None:
        return ""
    return (
        f"The slowest {show('/slowest/n', number)} took {show('/slowest/mean_ms', number)} ms on average:"
        f" {show('/slowest/unsent_ms', number)} ms until they were sent, {show('/slowest/at_service_ms', number)} ms at the service"
        f" (typical {show('/slowest/typical_at_service_ms', number)} ms), with {show('/slowest/in_flight', number)} others under way"
        f" (typical {show('/slowest/typical_in_flight', number)}). {CAUSES[found.slowest.cause]}"
    )


def _inside(found: LoadTest, show: Show) -> str:
    if found.slowest is None or not found.slowest.parts:
        return ""
    parts = [
        f"{part.name} {show(f'/slowest/parts/{at}/slow_ms', number)} ms (typical {show(f'/slowest/parts/{at}/typical_ms', number)} ms)"
        for at, part in enumerate(found.slowest.parts)
    ]
    return f"Inside the service, of these slow requests: {'; '.join(parts)}."


def _generator(found: LoadTest, show: Show) -> str:
    if found.at_target.generator_late_ms <= found.at_target.p95_ms / 4:
        return ""
    return (
        f"The load generator shares the machine and was itself up to {show('/at_target/generator_late_ms', number)} ms late (p95);"
        " that is part of the latencies."
    )
