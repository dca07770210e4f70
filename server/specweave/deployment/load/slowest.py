"""Where the time of the slowest requests goes."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterable, Sequence

from specweave.deployment.load.exchange import Exchange
from specweave.deployment.load.result import Alone, Share, SlowRequests

_SLOW_SHARE = 0.01
_FEWEST = 20
_TOGETHER_S = 0.02


def profile_of_slowest(
    exchanges: Sequence[Exchange], alone: Alone, *, limit_ms: float, connections: int, held_more: bool = False
) -> SlowRequests | None:
    """The slowest hundredth (at least 20) beside the middle half; nothing below 40 answered requests.

    `held_more`: this rate was too much, and a higher one was not. The service's own share comes from its Server-Timing header, if it sends one.
    """
    ordered = sorted((e for e in exchanges if not e.failed), key=lambda e: e.latency)
    if len(ordered) < 2 * _FEWEST:
        return None
    slow = ordered[-max(_FEWEST, round(_SLOW_SHARE * len(ordered))) :]
    typical = ordered[len(ordered) // 4 : 3 * len(ordered) // 4]
    found = SlowRequests(
        n=len(slow),
        n_typical=len(typical),
        from_ms=1000 * slow[0].latency,
        mean_ms=_mean(1000 * e.latency for e in slow),
        unsent_ms=_mean(1000 * (e.sent - e.planned) for e in slow),
        at_service_ms=_mean(1000 * (e.done - e.sent) for e in slow),
        in_flight=_mean(e.in_flight for e in slow),
        typical_at_service_ms=_mean(1000 * (e.done - e.sent) for e in typical),
        typical_in_flight=_mean(e.in_flight for e in typical),
        together_share=_together(slow),
        parts=_parts(slow, typical),
        cause="",
    )
    why = "machine" if held_more else cause(found, alone, limit_ms=limit_ms, connections=connections)
    return found.model_copy(update={"cause": why})


def cause(found: SlowRequests, alone: Alone, *, limit_ms: float, connections: int) -> str:
    """What the times tell, one of: work, connections, generator, queue, stalls, single requests; `wording.CAUSES` says what each means."""
    if alone.p50_ms > limit_ms:
        return "work"
    if found.unsent_ms > found.at_service_ms:
        return "connections" if found.in_flight >= 0.8 * (connections - 1) else "generator"
    if found.at_service_ms < 2 * found.typical_at_service_ms:
        return "work"
    if found.typical_in_flight >= 1 and found.in_flight < 2 * found.typical_in_flight + 1:
        return "queue"
    if found.together_share > 0.5:
        return "stalls"
    return "queue" if found.in_flight >= 2 else "single requests"


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return sum(known) / len(known)


def _together(slow: Sequence[Exchange]) -> float:
    times = sorted(exchange.planned for exchange in slow)
    near = sum(
        bisect.bisect_right(times, at + _TOGETHER_S) - bisect.bisect_left(times, at - _TOGETHER_S) > 1 for at in times
    )
    return near / len(times)


def _parts(slow: Sequence[Exchange], typical: Sequence[Exchange]) -> tuple[Share, ...]:
    of_slow, of_typical = _timings(slow), _timings(typical)
    return tuple(
        Share(name=name, slow_ms=value, typical_ms=of_typical[name])
        for name, value in sorted(of_slow.items(), key=lambda pair: -pair[1])
        if name in of_typical
    )


def _timings(exchanges: Sequence[Exchange]) -> dict[str, float]:
    """Mean milliseconds by name over the exchanges that carry `name;dur=1.25, other;dur=0.5`."""
    sums: defaultdict[str, float] = defaultdict(float)
    timed = [exchange.timing.decode("latin-1") for exchange in exchanges if exchange.timing]
    for header in timed:
        for entry in header.split(","):
            name, *attributes = (part.strip() for part in entry.split(";"))
            for attribute in attributes:
                key, _, value = attribute.partition("=")
                if key.strip() == "dur":
                    sums[name] += _number(value)
    return {name: total / len(timed) for name, total in sums.items()}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
