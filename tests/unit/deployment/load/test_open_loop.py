from __future__ import annotations

import asyncio
import math
from itertools import pairwise

import pytest

from service_rig import Service, running
from specweave.deployment.load.address import checked_address
from specweave.deployment.load.open_loop import ask, connections_for, in_own_loop, send_at_rate, send_back_to_back
from specweave.deployment.load.requests import get, requests_for
from specweave.errors import DeploymentError

ROWS = [{"a": 1}, {"a": None}, {"a": "ü"}]


def load(service, rate, seconds, **options):
    address = checked_address(service.url)
    return send_at_rate(address, requests_for(address, ROWS), rate=rate, seconds=seconds, **options)


def test_requests_are_due_at_even_intervals_and_all_are_sent():
    with running(Service()) as service:
        exchanges = load(service, 200, 0.5)
    assert len(exchanges) == len(service.bodies) == 100
    gaps = [b.planned - a.planned for a, b in pairwise(exchanges)]
    assert gaps == pytest.approx([1 / 200] * 99, abs=1e-9)
    assert all(e.planned <= e.sent <= e.done for e in exchanges)
    assert not any(e.failed for e in exchanges)


def test_the_rows_are_sent_in_turn():
    with running(Service()) as service:
        load(service, 300, 0.02, connections=1)
    assert sorted(service.bodies) == sorted([b'{"a":1}', b'{"a":null}', '{"a":"ü"}'.encode()] * 2)


def test_a_stall_counts_for_everybody_it_kept_waiting():
    # A client that waits for answers would see one slow request; 60 were due during the stall.
    with running(Service(stall_at=20, stall_seconds=0.3)) as service:
        exchanges = load(service, 200, 0.6)
    slow = [e for e in exchanges if e.latency > 0.1]
    assert len(slow) >= 30
    assert max(e.latency for e in exchanges) >= 0.29


def test_latency_counts_from_the_planned_moment_when_no_connection_is_free():
    with running(Service(seconds=0.02)) as service:
        exchanges = load(service, 200, 0.2, connections=1)
    # 40 requests of 20 ms each on one connection: the last was due at 0.2 s and could not be sent before 0.78 s.
    assert exchanges[-1].latency > 0.5
    assert exchanges[-1].done - exchanges[-1].sent < 0.2


def test_errors_are_counted_by_reason():
    with running(Service(fail_every=5)) as service:
        exchanges = load(service, 200, 0.25)
    assert [e.why for e in exchanges if e.failed] == ["status 503"] * 10


def test_a_connection_that_is_hung_up_is_an_error_and_is_replaced():
    with running(Service(hang_up_every=10)) as service:
        exchanges = load(service, 200, 0.25, connections=4)
    assert [e.why for e in exchanges if e.failed] == ["connection closed"] * 5
    assert service.connections >= 8


def test_what_is_never_answered_ends_at_the_time_limit():
    with running(Service(silent_from=3)) as service:
        exchanges = load(service, 50, 0.2, connections=2, timeout=0.3)
    assert {e.why for e in exchanges if e.failed} <= {"no answer in time", "never sent"}
    assert len([e for e in exchanges if e.failed]) == 8
    assert all(math.isfinite(e.latency) and e.latency >= 0 for e in exchanges)


@pytest.mark.parametrize("service", [Service(chunked=True), Service(headers=("Connection: close",))])
def test_answers_in_every_form_are_read_whole(service):
    with running(service):
        exchanges = load(service, 100, 0.2)
        _, body = ask(checked_address(service.url), get(checked_address(service.url), "/health"))
    assert not any(e.failed for e in exchanges)
    assert b'{"status": "ok"}' in body


def test_back_to_back_one_connection_has_one_request_under_way():
    with running(Service(seconds=0.005)) as service:
        address = checked_address(service.url)
        exchanges, took = send_back_to_back(address, requests_for(address, ROWS), connections=1, seconds=0.3)
    assert 5 < len(exchanges) <= 0.3 / 0.005 + 1
    assert took >= 0.3
    assert {e.in_flight for e in exchanges} == {0}


def test_a_service_that_does_not_listen_is_an_error_with_its_address():
    with running(Service()) as service:
        pass
    with pytest.raises(DeploymentError, match="takes no connection"):
        load(service, 10, 0.1)


def test_it_runs_where_a_loop_is_running_already():
    async def caller():
        return in_own_loop(asyncio.sleep(0, "done"))

    assert asyncio.run(caller()) == "done"


def test_an_error_inside_reaches_the_caller():
    async def fail():
        raise DeploymentError("inside")

    with pytest.raises(DeploymentError, match="inside"):
        in_own_loop(fail())


@pytest.mark.parametrize(("rate", "n"), [(0.5, 4), (10, 4), (100, 25), (100_000, 64)])
def test_connections_follow_the_rate(rate, n):
    assert connections_for(rate) == n
