"""One load test: alone, at the target rate, then in steps until the service no longer keeps up."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from specweave.deployment.load import wording
from specweave.deployment.load.address import Address
from specweave.deployment.load.exchange import Exchange
from specweave.deployment.load.measuring import MAX_ERROR_SHARE, after_warmup, measured_step, quantile
from specweave.deployment.load.open_loop import ask, connections_for, send_at_rate, send_back_to_back
from specweave.deployment.load.requests import PREDICT, get, requests_for
from specweave.deployment.load.result import Alone, LoadStep, LoadTest
from specweave.deployment.load.rows import LoadRows
from specweave.deployment.load.slowest import profile_of_slowest
from specweave.errors import DeploymentError, shorten
from specweave.progress import Progress, silent

MOST_REQUESTS = 300_000
LONGEST_S = 600.0
_STEP_S = 2.5
_STEP_REQUESTS = 100
_LONGEST_STEP_S = 8.0
# Steps as shares of what the service answers to clients that never pause.
_LADDER = (0.1, 0.25, 0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 1.7, 2.0)
_CAPACITY_CONNECTIONS = 16


@dataclass(frozen=True)
class Plan:
    """What a load test is to do; times in seconds, the limit in milliseconds."""

    target_rps: float = 100.0
    duration: float = 10.0
    warmup: float = 2.0
    limit_ms: float = 100.0
    max_error_share: float = MAX_ERROR_SHARE
    path: str = PREDICT
    key: str | None = None
    steps: bool = True
    step_s: float = _STEP_S

    def checked(self) -> Plan:
        """This plan, or DeploymentError for one that is empty or too large: a load test is bounded."""
        for name in ("target_rps", "duration", "warmup", "limit_ms"):
            if not isinstance(getattr(self, name), int | float):
                raise DeploymentError(f"{name} is not a number", value=getattr(self, name), allowed="a positive number")
        total = self.duration + self.warmup
        if not (self.target_rps > 0 and self.duration > 0 and self.warmup >= 0 and self.limit_ms > 0):
            raise DeploymentError(
                "Rate, duration and limit have to be positive",
                value=f"{self.target_rps} requests/s for {self.duration} s, limit {self.limit_ms} ms",
                allowed=f"up to {LONGEST_S:g} s and {MOST_REQUESTS:,} requests",
                next_step="repeat with target_rps=100 and duration=10, say",
            )
        if total > LONGEST_S or total * self.target_rps > MOST_REQUESTS:
            raise DeploymentError(
                "The load test would be too large",
                value=f"{self.target_rps:g} requests/s for {total:g} s",
                allowed=f"up to {LONGEST_S:g} s and {MOST_REQUESTS:,} requests",
                next_step="ask for a lower rate or a shorter time",
            )
        return self


def run_load_test(
    address: Address,
    rows: LoadRows,
    plan: Plan,
    *,
    increment: str | None = None,
    model_sha256: str | None = None,
    progress: Progress = silent,
) -> LoadTest:
    """Measure a running service; nothing is written.

    Raises DeploymentError when it takes no connection or refuses the rows. Missing a limit is a result, not an error:
    see `met` and `reasons`.
    """
    plan = plan.checked()
    requests = requests_for(address, rows.rows, path=plan.path, key=plan.key)
    progress(0, 10, "first answer")
    _answers(address, requests[0])
    progress(1, 10, "single predictions")
    alone, n_sent = _alone(address, requests)
    progress(2, 10, f"{plan.target_rps:g} requests/s for {plan.duration:g} s")
    at_target, first_try, exchanges = _target(address, requests, plan)
    n_sent += len(exchanges) * (1 if first_try is None else 2)
    capacity, steps = (None, []) if not plan.steps else _steps(address, requests, plan, progress)
    failing = [step.target_rps for step in steps if not step.sustained]
    held = [
        step.target_rps for step in steps if step.sustained and step.target_rps < min(failing, default=float("inf"))
    ]
    missed = wording.failures(at_target, plan.limit_ms, plan.max_error_share)
    found = LoadTest(
        url=address.url,
        path=plan.path,
        increment=increment,
        model_sha256=model_sha256,
        rows_from=rows.source,
        n_rows=len(rows.rows),
        limit_ms=plan.limit_ms,
        max_error_share=plan.max_error_share,
        cores=os.cpu_count(),
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
        at_target=at_target,
        first_try=first_try,
        alone=alone,
        capacity_rps=capacity,
        steps=tuple(steps),
        saturation_rps=max(held, default=None),
        not_sustained_rps=min(failing, default=None),
        slowest=profile_of_slowest(
            after_warmup(exchanges, plan.warmup),
            alone,
            limit_ms=plan.limit_ms,
            connections=at_target.connections,
            held_more="latency" in missed and max(held, default=0.0) >= plan.target_rps,
        ),
        met=not missed,
        reasons=(),
        n_sent=n_sent + sum(step.n_requests for step in steps) + 1,
    )
    progress(10, 10, "measured")
    return found.model_copy(update={"reasons": wording.sentences(found, wording.plain(found))})


def _answers(address: Address, request: bytes) -> None:
    exchange, body = ask(address, request)
    if exchange.failed:
        raise DeploymentError(
            f"The service refuses the first row: {exchange.why}",
            value=shorten(body.decode("utf-8", "replace") or address.url, 300),
            allowed="rows as its /predict describes them, and its API key if it wants one",
            next_step="correct the rows or give the key, then repeat",
        )


def _target(
    address: Address, requests: Sequence[bytes], plan: Plan
) -> tuple[LoadStep, LoadStep | None, list[Exchange]]:
    """The target rate; measured again when it misses a limit, since a shared machine may stumble for other reasons."""

    def once() -> tuple[LoadStep, list[Exchange]]:
        sent = send_at_rate(address, requests, rate=plan.target_rps, seconds=plan.warmup + plan.duration)
        return _measured(plan, sent, plan.target_rps, plan.warmup + plan.duration, plan.warmup), sent

    first, exchanges = once()
    if not wording.failures(first, plan.limit_ms, plan.max_error_share):
        return first, None, exchanges
    again, exchanges = once()
    return again, first, exchanges


def _alone(address: Address, requests: Sequence[bytes]) -> tuple[Alone, int]:
    exchanges, _ = send_back_to_back(address, requests, connections=1, seconds=1.0)
    health, _ = send_back_to_back(address, [get(address, "/health")], connections=1, seconds=0.3)
    times = sorted(1000 * exchange.latency for exchange in exchanges)
    known = sorted(1000 * exchange.latency for exchange in health if not exchange.failed)
    alone = Alone(
        n_requests=len(times),
        p50_ms=quantile(times, 0.5),
        p95_ms=quantile(times, 0.95),
        http_p50_ms=quantile(known, 0.5) if known else None,
    )
    return alone, len(exchanges) + len(health)


def _measured(plan: Plan, exchanges: list[Exchange], rate: float, seconds: float, warmup: float) -> LoadStep:
    return measured_step(
        exchanges,
        rate=rate,
        seconds=seconds,
        warmup=warmup,
        connections=connections_for(rate),
        limit_ms=plan.limit_ms,
        max_error_share=plan.max_error_share,
    )


def _steps(address: Address, requests: Sequence[bytes], plan: Plan, progress: Progress) -> tuple[float, list[LoadStep]]:
    """Answers a second to clients that never pause, and rising rates around it up to the first that is not sustained.

    Between that one and the last that was, one more rate is tried.
    """
    progress(3, 10, "what it answers to clients that never pause")
    exchanges, took = send_back_to_back(
        address, requests, connections=_CAPACITY_CONNECTIONS, seconds=min(2.0, plan.step_s)
    )
    capacity = max(1.0, sum(not exchange.failed for exchange in exchanges) / took)
    steps: list[LoadStep] = []
    for at, share in enumerate(_LADDER):
        progress(4 + 5 * at / len(_LADDER), 10, f"{share * capacity:,.0f} requests/s")
        steps.append(_step(address, requests, plan, share * capacity))
        if not steps[-1].sustained:
            break
    if len(steps) > 1 and not steps[-1].sustained:
        between = (steps[-2].target_rps + steps[-1].target_rps) / 2
        steps.insert(-1, _step(address, requests, plan, between))
    return capacity, steps


def _step(address: Address, requests: Sequence[bytes], plan: Plan, rate: float) -> LoadStep:
    """One rate; tried twice before it counts as not sustained, since a machine may stumble for other reasons."""
    seconds = min(max(plan.step_s, _STEP_REQUESTS / rate), max(_LONGEST_STEP_S, plan.step_s))

    def once() -> LoadStep:
        exchanges = send_at_rate(address, requests, rate=rate, seconds=seconds)
        return _measured(plan, exchanges, rate, seconds, 0.2 * seconds)

    first = once()
    return first if first.sustained else min(first, once(), key=lambda step: (not step.sustained, step.p95_ms))
