"""Requests a second and latency of the generated service beside its peers, the load generator on the same machine.

    python benchmarks/serving.py [--seconds 4] [--out serving.json] [--mlflow] [--bentoml PYTHON]

Adult, all columns, LightGBM in our pipeline. `wrk` sends one row again and again over 1, 16 and 64 connections; then
1,000 requests a second in an open loop, latency counted from the planned moment. `cpu_us` is the server's processor time for
a request, in microseconds. Only 127.0.0.1. Answers of every peer that has a model are compared with the original's. BentoML is measured with the interpreter of an environment that has it and this package.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

COMMON = ["--host", "127.0.0.1", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error"]
PLAIN = """
import joblib, pandas as pd
from fastapi import FastAPI
app = FastAPI()
model = joblib.load("model.joblib")
@app.post("/predict")
def predict(row: dict):
    found = model.predict_proba(pd.DataFrame([row]))[0]
    return {"probabilities": dict(zip(map(str, model.classes_), found.tolist()))}
@app.get("/ready")
def ready():
    return {}
"""
FASTAPI = """
from fastapi import FastAPI
app = FastAPI()
@app.post("/predict")
async def predict():
    return {}
@app.get("/ready")
async def ready():
    return {}
"""
ASGI = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})
"""
BENTO = """
import bentoml, joblib, pandas as pd
@bentoml.service(workers=1)
class Adult:
    def __init__(self):
        self.model = joblib.load("model.joblib")
    @bentoml.api
    def predict(self, row: dict) -> dict:
        found = self.model.predict_proba(pd.DataFrame([row]))[0]
        return {"probabilities": dict(zip(map(str, self.model.classes_), found.tolist()))}
"""


def trained():
    """The table and the original model."""
    from datasets import dataset
    from specweave.problems.base import Column
    from specweave.problems.tabular.families.base import Table, families

    frame = pd.read_csv(dataset("tabular/adult_train.csv.gz"))
    X, y = frame.drop(columns="income"), frame["income"].astype(str).to_numpy()

    def reading(name):
        if pd.api.types.is_numeric_dtype(X[name]):
            return "number"
        return "many" if X[name].nunique() > 30 else "category"

    columns = [Column(name, reading(name)) for name in X]
    model = families()["lightgbm"].attempts(Table("binary", len(X), 2, 0.24, columns, 0))[0].build().fit(X, y)
    return X, model


def ours(folder, X, model):
    """Generate the service; the equality of the exported model."""
    from specweave.deployment.api import generate_api
    from specweave.deployment.export import Exported, exporting
    from specweave.deployment.export.signing import signed
    from specweave.deployment.monitoring.reference import Reference, profiled, profiled_numbers, write_reference
    from specweave.evaluation.recorded_model import RecordedModel

    classes = tuple(map(str, model.classes_))
    record = RecordedModel("exp", model, "binary", "income", tuple(X), classes, classes[1], 0.5, None, None)
    signature = signed(SimpleNamespace(id="0001-adult"), record, X, list(X))
    content = exporting.onnx_bytes(model, signature)
    signature = signature.model_copy(update={"model_sha256": hashlib.sha256(content).hexdigest()})
    equality = exporting.equality(content, signature, record, X)
    path = folder / "api" / "model.onnx"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    generate_api(Exported(path, "onnx", signature, equality, None, None, record), folder)
    profile = {name: profiled(X[name]) for name in X}
    score = profiled_numbers(model.predict_proba(X)[:, 1])
    facts = {"columns": profile, "score": score, "label": None, "scores_from": "training rows"}
    write_reference(folder / "api" / "reference.json", Reference(experiment="exp", rows=len(X), **facts))
    return equality.model_dump()


@contextlib.contextmanager
def serving(command, folder, port, ready="/ready", seconds=90):
    """A process that answers on the port; (process, seconds until it did)."""
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    own = os.pathsep.join([str(HERE.parent / "server"), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PATH": paths, "PYTHONPATH": own}
    with (folder / "log").open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment, start_new_session=True)
        try:
            while True:
                if process.poll() is not None or time.monotonic() - began > seconds:
                    raise RuntimeError((folder / "log").read_text()[-500:])
                with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=2):
                    break
                time.sleep(0.01)
            yield process, time.monotonic() - began
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def asked(port, path, body):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())


def measured(process, port, path, body, *, seconds, scratch):
    """Requests a second and processor time a request by connections, and the open loop at 1,000 a second."""
    from specweave.deployment.load.address import checked_address
    from specweave.deployment.load.open_loop import send_at_rate
    from specweave.deployment.load.requests import post

    script = scratch / "post.lua"
    # Lua's long brackets take JSON as it is.
    script.write_text(
        f'wrk.method="POST"\nwrk.body=[==[{json.dumps(body)}]==]\nwrk.headers["Content-Type"]="application/json"\n'
    )
    found = {}
    for connections in (1, 16, 64):
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), "--latency"]
        spent = processor_seconds(process.pid)
        said = subprocess.run(
            [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
        ).stdout
        if "Non-2xx" in said:
            raise RuntimeError(said)
        found[f"rps_{connections}"] = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
        # Other work on the machine moves this less than the rate.
        spent = processor_seconds(process.pid) - spent
        answered = int(re.search(r"(\d+) requests in", said)[1])
        found[f"cpu_us_{connections}"] = 1e6 * spent / answered if answered else None
    if found["rps_16"] > 1100:
        address = checked_address(f"http://127.0.0.1:{port}")
        exchanges = send_at_rate(address, [post(address, path, body)], rate=1000, seconds=seconds + 1)[1000:]
        latencies = np.array([1000 * exchange.latency for exchange in exchanges])
        found["open_loop_1000"] = {
            "p50_ms": float(np.quantile(latencies, 0.5)),
            "p95_ms": float(np.quantile(latencies, 0.95)),
            "p99_ms": float(np.quantile(latencies, 0.99)),
            "failed": sum(exchange.failed for exchange in exchanges),
        }
    return found


def uvicorn(source, name="main"):
    """The command for an app, whose source is written into the peer's folder."""

    def command(folder, port):
        if source is not None:
            (folder / f"{name}.py").write_text(source)
        return [sys.executable, "-m", "uvicorn", f"{name}:app", "--port", str(port), *COMMON]

    return command


def mlflow(model):
    """`mlflow models serve` in this environment."""

    def command(folder, port):
        import mlflow.sklearn

        mlflow.sklearn.save_model(model, str(folder / "model"), pip_requirements=[], serialization_format="cloudpickle")
        return [str(Path(sys.executable).parent / "mlflow"), "models", "serve", "-m", "model", "-p", str(port), "-h",
                "127.0.0.1", "--env-manager", "local"]  # fmt: skip

    return command


def bentoml(python):
    """BentoML with the interpreter given."""

    def command(folder, port):
        (folder / "service.py").write_text(BENTO)
        return [python, "-m", "bentoml", "serve", "service:Adult", "--host", "127.0.0.1", "--port", str(port)]

    return command


def probabilities(said):
    """The probability of the second class, in whatever form the peer answers."""
    return list(said["probabilities"].values())[1] if "probabilities" in said else None


def peer(name, command, folder, shared, *, path="/predict", wrap=dict, ready="/ready"):
    """One peer's figures, or the reason why there are none."""
    rows, expected, seconds = shared
    port = free_port()
    folder.mkdir(exist_ok=True)
    try:
        with serving(command(folder, port), folder, port, ready) as (process, started):
            began = time.monotonic()
            first = asked(port, path, wrap(rows[0]))
            found = {"start_to_ready_s": started, "first_prediction_s": started + time.monotonic() - began}
            said = [first, *(asked(port, path, wrap(row)) for row in rows[1:])]
            answers = [probabilities(one) for one in said]
            if None not in answers:
                found["largest_difference"] = float(np.abs(np.array(answers) - expected).max())
            found |= measured(process, port, path, wrap(rows[0]), seconds=seconds, scratch=folder)
            found["memory_mb"] = resident(process.pid)
    except Exception as error:  # noqa: BLE001 - a peer that does not run is part of the result
        found = {"skipped": f"{type(error).__name__}: {str(error)[-300:]}"}
    print(name, json.dumps(found), file=sys.stderr, flush=True)
    return found


def family(pid):
    """A process and its children."""
    import psutil

    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


def resident(pid):
    """Resident memory of the largest process of a family, in MB."""
    return max(member.memory_info().rss for member in family(pid)) / 1e6


def processor_seconds(pid):
    """Processor time of a family so far."""
    return sum(sum(member.cpu_times()[:2]) for member in family(pid))


def main():
    """Measure all and print one JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--mlflow", action="store_true")
    parser.add_argument("--bentoml", metavar="PYTHON")
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed; on Debian: apt-get install wrk")
    X, model = trained()
    rows = json.loads(X.head(20).to_json(orient="records"))
    expected = model.predict_proba(X.head(20))[:, 1]
    with tempfile.TemporaryDirectory(prefix="serving-") as scratch:
        base = Path(scratch)
        (base / "own").mkdir()
        equality = ours(base / "own", X, model)
        shared = (rows, expected, given.seconds)
        found = {"generated": peer("generated", uvicorn(None), base / "own" / "api", shared)}
        found["empty_fastapi"] = peer("empty_fastapi", uvicorn(FASTAPI), base / "fastapi", shared)
        found["empty_asgi"] = peer("empty_asgi", uvicorn(ASGI), base / "asgi", shared)
        stored(model, base / "plain")
        found["fastapi_pandas"] = peer("fastapi_pandas", uvicorn(PLAIN), base / "plain", shared)
        if given.mlflow:
            facts = {"path": "/invocations", "wrap": lambda row: {"dataframe_records": [row]}, "ready": "/ping"}
            found["mlflow"] = peer("mlflow", mlflow(model), base / "mlflow", shared, **facts)
        if given.bentoml:
            stored(model, base / "bentoml")
            facts = {"wrap": lambda row: {"row": row}, "ready": "/readyz"}
            found["bentoml"] = peer("bentoml", bentoml(given.bentoml), base / "bentoml", shared, **facts)
    result = {"cores": os.cpu_count(), "load_average": os.getloadavg()[0], "equality": equality, "peers": found}
    result["ratios_at_16"] = {
        name: found["generated"]["rps_16"] / figures["rps_16"]
        for name, figures in found.items()
        if figures.get("rps_16")
    }
    text = json.dumps(result, indent=2)
    if given.out:
        given.out.write_text(text + "\n")
    print(text)


def stored(model, folder):
    """The original as those peers load it."""
    import joblib

    folder.mkdir()
    joblib.dump(model, folder / "model.joblib")


if __name__ == "__main__":
    main()
