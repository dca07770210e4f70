"""From exchanges to numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import partial

from specweave.deployment.load.exchange import Exchange
from specweave.deployment.load.result import LoadStep

# What "sustained" means: nearly all answers come, at nearly the rate they were asked at, and within the limit.
_ANSWERED_SHARE = 0.97
MAX_ERROR_SHARE = 0.001


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the sorted values do not exceed (no interpolation: it was measured)."""
    # The small number takes back what 0.95 * 100 = 95.00000000000001 adds.
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]


def measured_step(
    exchanges: Sequence[Exchange],
    *,
    rate: float,
    seconds: float,
    connections: int,
    limit_ms: float,
    warmup: float = 0.0,
    max_error_share: float = MAX_ERROR_SHARE,
) -> LoadStep:
    """Numbers of one rate; requests planned in the first `warmup` seconds are left out."""
    counted = after_warmup(exchanges, warmup)
    latencies = sorted(1000 * exchange.latency for exchange in counted)
    wrong = Counter(exchange.why for exchange in counted if exchange.failed)
    at = partial(quantile, latencies)
    late = sorted(1000 * (e.sent - e.planned) for e in counted if e.in_flight < connections - 1) or [0.0]
    n, n_errors = len(counted), wrong.total()
    facts = LoadStep(
        target_rps=rate,
        seconds=seconds,
        warmup_s=warmup,
        connections=connections,
        n_requests=n,
        n_errors=n_errors,
        error_share=n_errors / n,
        errors=dict(wrong.most_common(10)),
        answered_rps=_answered_rate(counted, rate) * (1 - n_errors / n),
        mean_ms=sum(latencies) / n,
        p50_ms=at(0.5),
        p95_ms=at(0.95),
        p99_ms=at(0.99),
        max_ms=latencies[-1],
        generator_late_ms=quantile(late, 0.95),
        sustained=True,
    )
    why = _why_not(facts, limit_ms, max_error_share)
    return facts.model_copy(update={"sustained": why is None, "why_not": why})


def after_warmup(exchanges: Sequence[Exchange], warmup: float) -> list[Exchange]:
    """The exchanges planned after the first `warmup` seconds; all when that leaves none."""
    begin = exchanges[0].planned + warmup
    return [exchange for exchange in exchanges if exchange.planned >= begin] or list(exchanges)


def _answered_rate(exchanges: Sequence[Exchange], rate: float) -> float:
    """Answers a second, from how latencies grow between the first and the last quarter of the requests.

    A service that answers C of R requests a second falls behind by R/C - 1 seconds each second. Counting answers over
    a few seconds would let one late answer at the end look like that.
    """
    quarter = max(1, len(exchanges) // 4)
    growth = _median_latency(exchanges[-quarter:]) - _median_latency(exchanges[:quarter])
    between = (len(exchanges) - quarter) / rate
    return rate / (1 + max(0.0, growth) / between) if between > 0 else rate


def _median_latency(exchanges: Sequence[Exchange]) -> float:
    return quantile(sorted(exchange.latency for exchange in exchanges), 0.5)


def _why_not(step: LoadStep, limit_ms: float, max_error_share: float) -> str | None:
    if step.error_share > max_error_share:
        return "errors"
    if step.p95_ms > limit_ms:
        return "latency"
    if step.answered_rps < _ANSWERED_SHARE * step.target_rps * (1 - step.error_share):
        return "rate"
    return None
