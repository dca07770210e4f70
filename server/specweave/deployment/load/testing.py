"""load_test_model: a load test from Python."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from specweave.deployment.load.address import Address, checked_address
from specweave.deployment.load.documents import write_load_test
from specweave.deployment.load.open_loop import ask
from specweave.deployment.load.requests import PREDICT, get
from specweave.deployment.load.result import LoadTest
from specweave.deployment.load.rows import LoadRows, example_rows, increment_rows, json_rows
from specweave.deployment.load.running import Plan, run_load_test
from specweave.errors import DeploymentError
from specweave.progress import Progress, silent
from specweave.workspace import IncrementFolder, Workspace, read_json


def load_test_model(
    api_url: str,
    target_rps: float = 100.0,
    duration: float = 10.0,
    *,
    increment: str | int | IncrementFolder | None = None,
    rows: Any = None,
    limit_ms: float | None = None,
    warmup: float = 2.0,
    steps: bool = True,
    path: str = PREDICT,
    api_key: str | None = None,
    allow_host: Collection[str] = (),
    progress: Progress = silent,
) -> dict[str, Any]:
    """Load a running prediction service at a constant rate and measure it; times in milliseconds.

    Latency counts from the moment each request was due, whether or not the service was ready for it. The first `warmup`
    seconds are not counted. With `steps` the rate then rises until the service no longer keeps up.

    Parameters
    ----------
    api_url : str
        Such as ``"http://127.0.0.1:8000"``. Hosts other than this machine have to be in `allow_host`.
    target_rps, duration : float
        Requests a second, and for how many seconds.
    increment : optional
        Take real rows of this increment (its sealed rows without truth), its latency limit from spec.md, and write
        the report into its deployment/load-tests/.
    rows : sequence of dict or pandas.DataFrame, optional
        Send these instead. Without rows and increment the examples of the service's OpenAPI description are sent.
    limit_ms : float, optional
        For p95; 100 where neither this nor spec.md says otherwise.

    Returns
    -------
    dict
        ``p50_latency``, ``p95_latency``, ``p99_latency``, ``max_latency``, ``mean_latency`` (ms), ``requests``, ``errors``,
        ``error_rate`` (0 to 1), ``achieved_rps``, ``target_rps``, ``saturation_rps``, ``limit_ms``, ``met``, ``reasons`` (sentences),
        ``report`` (path or None) and ``facts`` (all of load-test.json).

    Raises
    ------
    DeploymentError
        The host is not allowed, the service takes no connection or refuses the rows, or the test would be too large.
    """
    address = checked_address(api_url, allow_host)
    folder = _folder(increment)
    limit = limit_ms or latency_limit(folder)
    plan = Plan(target_rps, duration, warmup=warmup, limit_ms=limit, path=path, key=api_key, steps=steps).checked()
    found = run_load_test(
        address,
        _rows(address, folder, rows, path, api_key),
        plan,
        increment=folder.id if folder else None,
        model_sha256=served_model(address, api_key),
        progress=progress,
    )
    report = write_load_test(folder, found)[1] if folder else None
    return {**as_answer(found), "report": str(report) if report else None, "facts": found.model_dump(mode="json")}


def as_answer(found: LoadTest) -> dict[str, Any]:
    """The main numbers under the names callers expect; latencies in milliseconds."""
    step = found.at_target
    latencies = {f"{name}_latency": getattr(step, f"{name}_ms") for name in ("p50", "p95", "p99", "max", "mean")}
    return {
        **latencies,
        "requests": step.n_requests,
        "errors": step.n_errors,
        "error_rate": step.error_share,
        "target_rps": step.target_rps,
        "achieved_rps": step.answered_rps,
        "saturation_rps": found.saturation_rps,
        "limit_ms": found.limit_ms,
        "met": found.met,
        "reasons": list(found.reasons),
    }


def latency_limit(folder: IncrementFolder | None) -> float:
    """Milliseconds the p95 of a prediction may take: spec.md's `ml.constraints.latency_ms`, or its default."""
    from specweave.problem import Constraints
    from specweave.spec_file import read_problem

    return Constraints().latency_ms if folder is None else read_problem(folder).constraints.latency_ms


def served_model(address: Address, key: str | None = None) -> str | None:
    """The hash of the model a generated service says it serves; nothing for other services."""
    exchange, body = ask(address, get(address, "/version", key))
    try:
        facts = json.loads(body) if not exchange.failed else None
    except ValueError:
        return None
    found = facts.get("source_model_sha256") if isinstance(facts, dict) else None
    return str(found) if found else None


def _folder(increment: str | int | IncrementFolder | None) -> IncrementFolder | None:
    if increment is None or isinstance(increment, IncrementFolder):
        return increment
    return Workspace.find().increment(increment)


def _rows(address: Address, folder: IncrementFolder | None, given: Any, path: str, key: str | None) -> LoadRows:
    if given is not None:
        listed: Sequence[Mapping[str, Any]] = list(given) if not hasattr(given, "columns") else json_rows(given)
        if not listed or not all(isinstance(row, Mapping) for row in listed):
            raise DeploymentError(
                "rows holds no rows", value=listed[:1], allowed='[{"column": value, …}, …] or a DataFrame'
            )
        return LoadRows(tuple(listed), "rows given by the caller")
    if folder is not None:
        return increment_rows(folder, features(folder), who="load test", local=address.is_loopback)
    return example_rows(address, path, key)


def features(folder: IncrementFolder) -> list[str]:
    """The columns the deployed model takes, or the chosen experiment's where nothing is deployed."""
    from specweave.data import seal
    from specweave.evaluation.choice import chosen_experiment, model_facts
    from specweave.spec_file import read_problem

    deployed = read_json(folder.path / "deployment" / "deployment.json", default={})
    if deployed.get("features"):
        return [str(name) for name in deployed["features"]]
    problem = read_problem(folder)
    named = model_facts(chosen_experiment(folder, problem, None)).get("features")
    if isinstance(named, list) and named:
        return [str(name) for name in named]
    target = seal.read_seal(folder).target
    return [str(name) for name in seal.training_rows(folder).columns if name != target]
