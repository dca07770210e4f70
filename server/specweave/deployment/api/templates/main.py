"""{{ title }}

Start it in this folder: python -m uvicorn main:app --loop uvloop --http httptools
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.middleware import Middleware

import models
from monitor import Monitor
from prediction import Answers, BadValue, Columns, Model, load
from service import Guard, log, metrics, refusal, start_log
from settings import HERE, Settings

SETTINGS = Settings()
INLINE_ROWS = 32
"""Rows that are predicted at once; more go to a thread, so that others need not wait."""
UNREADABLE = (msgspec.DecodeError, BadValue, UnicodeError, RecursionError)
_ROW = msgspec.json.Decoder(models.Row)
_BATCH = msgspec.json.Decoder(models.Batch)
_ENCODE = msgspec.json.Encoder().encode
_AT = re.compile(r"^(?P<said>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_FIELD = re.compile(r"field `(?P<name>.*)`$", re.DOTALL)


class State:
    """What the service holds while it runs."""

    model: Model
    monitor: Monitor | None = None
    ready = False


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Load the model before the first request; uvicorn finishes what has begun before the end."""
    start_log(SETTINGS.log_level)
    State.model = load(SETTINGS.model, HERE / "signature.json")
    reference = HERE / "reference.json"
    State.monitor = Monitor(reference) if reference.is_file() else None
    State.ready = True
    log.info("ready", extra={"facts": {"keys": len(SETTINGS.key_hashes)}})
    yield
    State.ready = False
    log.info("stopped")


app = FastAPI(
    title={{ name }},
    version="{{ version }}",
    description={{ description }},
    lifespan=lifespan,
    middleware=[Middleware(Guard, settings=SETTINGS)],
)


def answered(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """The body as JSON."""
    return Response(_ENCODE(body), status, headers, "application/json")


def _predicted(columns: Columns) -> tuple[Answers, list[models.Prediction]]:
    answers = State.model.predict(columns)
    unknown = State.model.unknown(columns)
    scores = answers.scores.tolist()
    labels = answers.labels
{% if classes %}
    assert labels is not None
    rows = [
        models.Prediction(label, dict(zip(State.model.classes, row, strict=True)), strange)
        for label, row, strange in zip(labels, scores, unknown, strict=True)
    ]
{% else %}
    rows = [models.Prediction(row[0], strange) for row, strange in zip(scores, unknown, strict=True)]
{% endif %}
    if State.monitor is not None:
        State.monitor.observe(columns, State.model.watched(answers), labels)
    return answers, rows


async def _in_time(work: Any, *given: Any) -> Any:
    return await asyncio.wait_for(asyncio.to_thread(work, *given), SETTINGS.timeout)


@app.post("/predict", openapi_extra=models.docs("Row", "Prediction"), response_model=None)
async def predict(request: Request) -> Response:
    """What the model says about one row. A missing value is null; a category training did not have is named in `unknown`."""
    body = await request.body()
    began = time.perf_counter()
    try:
        row = _ROW.decode(body)
        columns = models.columns([row])
        read = time.perf_counter()
        _, rows = _predicted(columns)
    except UNREADABLE as error:
        return _bad(error, body)
    done = time.perf_counter()
    timing = f"read;dur={1000 * (read - began):.3f}, model;dur={1000 * (done - read):.3f}"
    return answered(rows[0], headers={"Server-Timing": timing})


@app.post("/predict/batch", openapi_extra=models.docs("Batch", "Predictions"), response_model=None)
async def predict_batch(request: Request) -> Response:
    """What the model says about many rows, in their order."""
    body = await request.body()
    try:
        batch = _BATCH.decode(body)
        if len(batch.rows) > SETTINGS.max_rows:
            said = f"a batch has at most {SETTINGS.max_rows} rows, this one has {len(batch.rows)}"
            return answered(refusal("rows", said), 413)
        columns = models.columns(batch.rows)
        few = len(batch.rows) <= INLINE_ROWS
        _, rows = _predicted(columns) if few else await _in_time(_predicted, columns)
    except UNREADABLE as error:
        return _bad(error, body)
    except TimeoutError:
        return answered(refusal("time", f"no answer within {SETTINGS.timeout:g} s; send fewer rows"), 503)
    return answered(models.Predictions(rows))


@app.post("/explain", openapi_extra=models.docs("Row", "Explanation"), response_model=None)
async def explain(request: Request) -> Response:
    """The columns that matter most to the answer for one row.

    An effect is the score minus its mean when this column is replaced by values usual in training and all others stay. It says what the
    model reacts to, not what causes what; effects need not add up.
    """
    body = await request.body()
    try:
        columns = models.columns([_ROW.decode(body)])
        score, effects = await _in_time(State.model.reasons, columns, 5)
    except UNREADABLE as error:
        return _bad(error, body)
    except TimeoutError:
        return answered(refusal("time", f"no answer within {SETTINGS.timeout:g} s"), 503)
    return answered(models.Explanation(score, [models.Reason(n, columns[n][0], e) for n, e in effects]))


@app.get("/health")
async def health() -> dict[str, str]:
    """That the process lives."""
    return {"status": "ok"}


@app.get("/ready", response_model=None, responses={503: {"description": "Not yet, or no longer."}})
async def ready() -> Response:
    """That requests are answered."""
    return answered({"status": "ready" if State.ready else "not ready"}, 200 if State.ready else 503)


@app.get("/version")
async def version() -> dict[str, str | None]:
    """Which model answers."""
    keys = ("increment", "experiment", "source_model_sha256", "model_sha256")
    return {key: State.model.signature[key] for key in keys}


@app.get("/metrics", response_class=Response)
async def metrics_text() -> Response:
    """Counters and drift as Prometheus reads them."""
    drift = "" if State.monitor is None else await asyncio.to_thread(State.monitor.metrics_text)
    return Response(metrics() + drift.encode(), media_type="text/plain; version=0.0.4")


def _bad(error: Exception, body: bytes) -> Response:
    """A refusal that names column and value, which goes to the sender alone and never into the log."""
    if isinstance(error, BadValue):
        facts = {"column": error.column, "row": error.row, "value": error.value}
        return _refused("value", f"expected {error.allowed}", 422, facts)
    if not isinstance(error, msgspec.ValidationError):
        return _refused("json", "the body is not JSON in UTF-8, or nested too deeply", 400, {})
    found = _AT.match(str(error))
    said, path = (found["said"], found["path"] or "") if found else (str(error), "")
    try:
        facts = _place(said, path, body)
    except (ValueError, RecursionError):
        return _refused("json", "the body is not JSON in UTF-8, or nested too deeply", 400, {})
    return _refused("value", said, 422, facts)


def _refused(code: str, message: str, status: int, facts: dict[str, Any]) -> Response:
    # The standard library escapes what cannot be written as UTF-8, which a refused value may hold.
    return Response(json.dumps(refusal(code, message, **facts)), status, None, "application/json")


def _place(said: str, path: str, body: bytes) -> dict[str, Any]:
    """Row, column and value an error is about, as far as its path leads there."""
    facts: dict[str, Any] = {}
    value: Any = json.loads(body)
    rest = path
    if rest.startswith(".rows["):
        index, _, rest = rest.removeprefix(".rows[").partition("]")
        facts["row"] = _row_of(value["rows"], said, rest) if index == "..." else int(index)
        value = value["rows"][facts["row"]]
    name = rest.removeprefix(".") or (named["name"] if (named := _FIELD.search(said)) else "")
    if name:
        facts["column"] = name
        if isinstance(value, dict) and name in value:
            facts["value"] = value[name]
    return facts


def _row_of(rows: list[Any], said: str, rest: str) -> int:
    """The first row that is refused for the same reason."""
    for place, row in enumerate(rows):
        try:
            _ROW.decode(_ENCODE(row))
        except msgspec.ValidationError as error:
            if said in str(error) and rest in str(error):
                return place
    return 0
