"""Trying out what the API of a running service promises."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from specweave.deployment.load.address import Address
from specweave.deployment.load.open_loop import ask
from specweave.deployment.load.requests import PREDICT, get, post
from specweave.deployment.result import Promise

BATCH = "/predict/batch"
EXPLAIN = "/explain"
_ROWS = 20
# One megabyte and a half: above every limit a generated service has by default.
_TOO_LARGE = 1_500_000
_DRIFT = "model_window_rows"

Row = Mapping[str, Any]
Answer = tuple[int, Any]


class Caller:
    """Asks one service, with a key where it wants one; answers are status and JSON (or text)."""

    def __init__(self, address: Address, key: str | None = None) -> None:
        self._address, self._key = address, key

    def get(self, path: str) -> Answer:
        return self._answer(get(self._address, path, self._key))

    def post(self, path: str, body: Any) -> Answer:
        return self._answer(post(self._address, path, body, self._key))

    def _answer(self, request: bytes) -> Answer:
        exchange, body = ask(self._address, request)
        text = body.decode("utf-8", "replace")
        try:
            return exchange.status, json.loads(text)
        except ValueError:
            return exchange.status, text


def tried(caller: Caller, rows: Sequence[Row], model_sha256: str | None) -> tuple[Promise, ...]:
    """Every promise with what was found; a service that falls silent breaks the promise and stops nothing."""
    sample = [dict(row) for row in rows[:_ROWS]]
    promises: list[tuple[str, Callable[[], tuple[bool, str]]]] = [
        ("is alive and ready", lambda: _alive(caller)),
        ("tells which model it serves", lambda: _version(caller, model_sha256)),
        ("describes itself", lambda: _described(caller)),
        ("predicts one row", lambda: _single(caller, sample)),
        ("a batch gives the same answers", lambda: _batch(caller, sample)),
        ("explains a prediction", lambda: _explains(caller, sample)),
        ("refuses a wrong value, naming its column", lambda: _wrong_value(caller, sample)),
        ("refuses what is no row", lambda: _no_row(caller)),
        ("refuses a body that is too large", lambda: _too_large(caller, sample)),
        ("counts requests and drift for Prometheus", lambda: _metrics(caller)),
    ]
    return tuple(_promise(name, look) for name, look in promises)


def guarded_by_key(open_to_all: Caller, with_key: Caller, row: Row) -> Promise:
    """That a service with keys refuses a request without one and answers one with it."""

    def look() -> tuple[bool, str]:
        without, _ = open_to_all.post(PREDICT, row)
        given, _ = with_key.post(PREDICT, row)
        return without in (401, 403) and given == 200, f"without a key {without}, with it {given}"

    return _promise("asks for a key where keys are set", look)


def _promise(name: str, look: Callable[[], tuple[bool, str]]) -> Promise:
    try:
        kept, found = look()
    except Exception as error:  # noqa: BLE001  whatever an answer holds, it is a broken promise
        kept, found = False, f"{type(error).__name__}: {error}"
    return Promise(name=name, kept=kept, found=" ".join(found.split())[:300])


def _alive(caller: Caller) -> tuple[bool, str]:
    statuses = [caller.get(path)[0] for path in ("/health", "/ready")]
    return statuses == [200, 200], f"/health {statuses[0]}, /ready {statuses[1]}"


def _version(caller: Caller, model_sha256: str | None) -> tuple[bool, str]:
    status, said = caller.get("/version")
    served = said.get("source_model_sha256")
    return status == 200 and served == model_sha256, f"/version {status}, model {str(served)[:12]}"


def _described(caller: Caller) -> tuple[bool, str]:
    status, said = caller.get("/openapi.json")
    missing = [path for path in (PREDICT, BATCH, EXPLAIN) if path not in said["paths"]]
    return status == 200 and not missing, f"/openapi.json {status}" + (f", without {missing}" if missing else "")


def _single(caller: Caller, rows: Sequence[Row]) -> tuple[bool, str]:
    answers = [caller.post(PREDICT, row) for row in rows]
    good = [said for status, said in answers if status == 200 and "prediction" in said]
    refused = next((f"{status} {said}" for status, said in answers if status != 200), "")
    return len(good) == len(rows), f"{len(good)} of {len(rows)} rows answered {refused}"


def _batch(caller: Caller, rows: Sequence[Row]) -> tuple[bool, str]:
    status, said = caller.post(BATCH, {"rows": rows})
    single = [caller.post(PREDICT, row)[1] for row in rows]
    same = [_alike(one, other) for one, other in zip(said["predictions"], single, strict=True)]
    return status == 200 and all(same), f"{sum(same)} of {len(rows)} answers equal"


def _alike(one: Any, other: Any) -> bool:
    """Equal up to what single precision leaves open: sums of a batch may be taken in another order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-5 * max(1.0, abs(one))
    return bool(one == other)


def _explains(caller: Caller, rows: Sequence[Row]) -> tuple[bool, str]:
    status, said = caller.post(EXPLAIN, rows[0])
    return status == 200 and bool(said), f"{EXPLAIN} {status}"


def _wrong_value(caller: Caller, rows: Sequence[Row]) -> tuple[bool, str]:
    """A list is no value of any column."""
    column = next(iter(rows[0]))
    status, said = caller.post(PREDICT, {**rows[0], column: ["no", "value"]})
    named = column in json.dumps(said, ensure_ascii=False)
    return 400 <= status < 500 and named, f"{status}, column {'named' if named else 'not named'}"


def _no_row(caller: Caller) -> tuple[bool, str]:
    status, _ = caller.post(PREDICT, ["no", "row"])
    return 400 <= status < 500, f"{status}"


def _too_large(caller: Caller, rows: Sequence[Row]) -> tuple[bool, str]:
    status, _ = caller.post(PREDICT, {**rows[0], "padding": "x" * _TOO_LARGE})
    return 400 <= status < 500, f"{status}"


def _metrics(caller: Caller) -> tuple[bool, str]:
    status, said = caller.get("/metrics")
    missing = [name for name in ("api_requests_total", "api_request_seconds_bucket", _DRIFT) if name not in str(said)]
    return status == 200 and not missing, f"/metrics {status}" + (f", without {', '.join(missing)}" if missing else "")
