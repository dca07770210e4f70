from __future__ import annotations

import pytest

from specweave.deployment.load.exchange import Exchange
from specweave.deployment.load.result import Alone
from specweave.deployment.load.slowest import profile_of_slowest

ALONE = Alone(n_requests=50, p50_ms=1.0, p95_ms=1.2)


def exchanges(slow, n=2000):
    """`n` requests of 1 ms at 100/s; `slow` gives for an index (wait, time at the service, in flight) in seconds."""
    made = []
    for index in range(n):
        one = Exchange(index / 100, 0)
        wait, work, one.in_flight = slow(index) or (0.0, 0.001, 0)
        one.sent, one.status = one.planned + wait, 200
        one.done = one.sent + work
        one.timing = b"model;dur=%.3f, parse;dur=0.1;desc=x" % (900 * work)
        made.append(one)
    return made


@pytest.mark.parametrize(
    ("slow", "cause"),
    [
        (lambda i: (0.0, 0.05, 5) if i % 100 == 0 else None, "queue"),
        (lambda i: (0.0, 0.05, 0) if i % 100 == 0 else None, "single requests"),
        (lambda i: (0.0, 0.05, 3) if i % 1000 < 10 else None, "stalls"),
        (lambda i: (0.05, 0.001, 7) if i % 100 == 0 else None, "connections"),
        (lambda i: (0.05, 0.001, 0) if i % 100 == 0 else None, "generator"),
        (lambda i: (0.0, 0.05, 20 + i % 3), "work"),
    ],
)
def test_the_cause_follows_from_where_the_time_went(slow, cause):
    assert profile_of_slowest(exchanges(slow), ALONE, limit_ms=100, connections=8).cause == cause


def test_a_service_that_held_a_higher_rate_is_not_blamed():
    slow = exchanges(lambda i: (0.05, 0.001, 7))
    assert profile_of_slowest(slow, ALONE, limit_ms=5, connections=8, held_more=True).cause == "machine"


def test_every_cause_is_explained_and_has_a_cure():
    from specweave.deployment.deployment_wording import CURES
    from specweave.deployment.load.wording import CAUSES

    assert set(CURES) == set(CAUSES)
    assert "machine" in CURES


def test_a_prediction_that_is_too_slow_alone_is_work():
    alone = Alone(n_requests=50, p50_ms=7.0, p95_ms=8.0)
    found = profile_of_slowest(exchanges(lambda i: (0.05, 0.001, 7)), alone, limit_ms=5, connections=8)
    assert found.cause == "work"


def test_slow_and_typical_are_told_with_what_the_service_says_of_itself():
    found = profile_of_slowest(
        exchanges(lambda i: (0.01, 0.04, 2) if i % 100 == 0 else None), ALONE, limit_ms=100, connections=8
    )
    assert (found.n, found.n_typical) == (20, 1000)
    assert (found.mean_ms, found.unsent_ms, found.at_service_ms) == pytest.approx((50, 10, 40))
    assert found.typical_at_service_ms == pytest.approx(1)
    assert [(part.name, part.slow_ms, part.typical_ms) for part in found.parts] == [
        ("model", pytest.approx(36), pytest.approx(0.9)),
        ("parse", pytest.approx(0.1), pytest.approx(0.1)),
    ]


def test_a_handful_of_requests_has_no_profile():
    assert profile_of_slowest(exchanges(lambda _: None, n=39), ALONE, limit_ms=100, connections=8) is None
