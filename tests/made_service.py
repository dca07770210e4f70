"""A deployment folder with a small service written by hand, for tests of what is done with a generated one."""

from __future__ import annotations

import hashlib
import sys

from specweave.deployment.container import Container, write_container
from specweave.deployment.making import MadeService
from specweave.deployment.result import Model
from specweave.deployment.scratch_environment import ScratchEnvironment
from specweave.workspace import IncrementFolder

APP = """
import hashlib, json, os, time
from urllib.parse import unquote

WORK = {work}
SHA = {sha!r}
COLUMNS = {columns!r}
KEYS = set(filter(None, os.environ.get("API_KEYS", "").split(",")))
rows_seen = 0

def predict(row):
    time.sleep(WORK)
    for name, value in row.items():
        if isinstance(value, (list, dict)):
            raise ValueError(f"column {{name}}: {{value!r}} is not a value")
    digest = hashlib.sha256(json.dumps([row.get(c) for c in COLUMNS]).encode()).digest()
    return {{"prediction": "yes" if digest[0] > 99 else "no", "probability": digest[1] / 255}}

def answer(method, path, headers, body):
    global rows_seen
    if path in ("/health", "/ready"):
        return 200, {{"status": "ok"}}
    if path == "/version":
        return 200, {{"source_model_sha256": SHA}}
    if path == "/openapi.json":
        return 200, {{"paths": dict.fromkeys(["/predict", "/predict/batch", "/explain"], {{}})}}
    if path == "/metrics":
        return 200, f"api_requests_total 1\\napi_request_seconds_bucket 1\\nmodel_window_rows {{rows_seen}}\\n"
    if KEYS and headers.get(b"x-api-key", b"").decode() not in KEYS:
        return 401, {{"detail": "a key is needed"}}
    if len(body) > 1_000_000:
        return 413, {{"detail": "too large"}}
    asked = json.loads(body)
    if not isinstance(asked, dict):
        return 422, {{"detail": "a row is an object"}}
    rows_seen += 1
    try:
        if path == "/predict/batch":
            return 200, {{"predictions": [predict(row) for row in asked["rows"]]}}
        if path == "/explain":
            return 200, {{"reasons": ["because"]}}
        return 200, predict(asked)
    except ValueError as error:
        return 422, {{"detail": str(error)}}

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({{"type": message["type"] + ".complete"}})
            if message["type"] == "lifespan.shutdown":
                return
    body, more = b"", scope["method"] == "POST"
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    status, said = answer(scope["method"], scope["path"], dict(scope["headers"]), body)
    content = (said if isinstance(said, str) else json.dumps(said)).encode()
    head = [(b"content-length", str(len(content)).encode()), (b"content-type", b"application/json")]
    await send({{"type": "http.response.start", "status": status, "headers": head}})
    await send({{"type": "http.response.body", "body": content}})
"""
SHA = hashlib.sha256(b"model").hexdigest()


def maker(*, work=0.0, columns=("age", "income"), app=None, sha=SHA):
    """A `make` for deploy(): each prediction takes `work` seconds; `app` replaces the source."""

    def make(folder: IncrementFolder, problem, *, experiment=None, progress=None) -> MadeService:
        target = folder.path / "deployment"
        (target / "api").mkdir(parents=True, exist_ok=True)
        source = app or APP.format(work=work, sha=sha, columns=tuple(columns))
        (target / "api" / "main.py").write_text(source, "utf-8")
        (target / "requirements.txt").write_text("# none\n", "utf-8")
        container = Container(name="made", version="0001-5f1c9a02", description="for a test")
        return MadeService(
            folder=target,
            model=Model(
                experiment=experiment or "exp-002-lightgbm",
                source_sha256=SHA,
                file="api/model.onnx",
                format="onnx",
                bytes=123_456,
                equality={"rows": 800, "max_difference": 3e-7, "beyond": 0},
            ),
            features=tuple(columns),
            container=container,
            files=(target / "api" / "main.py", *write_container(target, container)),
        )

    return make


def here(requirements, *, progress=None) -> ScratchEnvironment:
    """A `build` for deploy(): the interpreter of the tests."""
    return ScratchEnvironment(sys.executable, "the interpreter of the tests", 0.0, own=False)
