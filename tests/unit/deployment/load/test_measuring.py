from __future__ import annotations

import numpy as np
import pytest

from specweave.deployment.load.exchange import Exchange
from specweave.deployment.load.measuring import measured_step, quantile


def exchange(planned, latency, *, status=200, waited=0.0, in_flight=0):
    made = Exchange(planned, 0)
    made.sent, made.done, made.status, made.in_flight = planned + waited, planned + latency, status, in_flight
    return made


def step(exchanges, rate=100.0, **options):
    return measured_step(
        exchanges, **{"rate": rate, "seconds": len(exchanges) / rate, "connections": 4, "limit_ms": 100, **options}
    )


@pytest.mark.parametrize("n", [1, 2, 7, 20, 100, 1000])
@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_a_quantile_is_a_measured_value_as_numpy_finds_it(n, share):
    values = sorted(np.random.default_rng(n).exponential(size=n).tolist())
    assert quantile(values, share) == np.quantile(values, share, method="inverted_cdf")


def test_the_numbers_of_a_step():
    found = step([exchange(i / 100, (37 * i % 100 + 1) / 1000) for i in range(100)])
    assert (found.p50_ms, found.p95_ms, found.p99_ms, found.max_ms) == pytest.approx((50, 95, 99, 100))
    assert found.mean_ms == pytest.approx(50.5)
    assert found.answered_rps == pytest.approx(100, rel=0.1)
    assert found.sustained


def test_the_warm_up_is_left_out():
    cold = [exchange(i / 100, 0.9) for i in range(50)]
    found = step([*cold, *(exchange(0.5 + i / 100, 0.001) for i in range(50))], warmup=0.5)
    assert (found.n_requests, found.max_ms) == (50, pytest.approx(1))


@pytest.mark.parametrize(
    ("exchanges", "why"),
    [
        ([exchange(i / 100, 0.001 if i % 10 else 0.2) for i in range(100)], "latency"),
        ([exchange(i / 100, 0.001, status=500 if i == 3 else 200) for i in range(100)], "errors"),
        ([exchange(i / 100, 0.001 * i) for i in range(90)], "rate"),
        ([exchange(i / 100, 0.001, status=500 if i == 3 else 200) for i in range(1000)], None),
    ],
    ids=["latency", "errors", "falls behind", "one error in a thousand"],
)
def test_why_a_rate_is_not_sustained(exchanges, why):
    found = step(exchanges)
    assert (found.why_not, found.sustained) == (why, why is None)


def test_failed_requests_count_in_the_percentiles():
    found = step([exchange(i / 100, 0.001 if i % 2 else 5.0, status=200 if i % 2 else 0) for i in range(100)])
    assert found.p95_ms == pytest.approx(5000)
    assert found.error_share == 0.5


def test_the_generators_own_delay_is_told_apart_from_waiting_for_a_connection():
    waiting = [exchange(i / 100, 0.3, waited=0.2, in_flight=3) for i in range(90)]
    late = [exchange(0.9 + i / 100, 0.01, waited=0.004) for i in range(10)]
    assert step([*waiting, *late]).generator_late_ms == pytest.approx(4)
