from __future__ import annotations

import ast
import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import pytest

import exported_models as made
from specweave.deployment.api import generating
from specweave.deployment.container import Container, write_container
from specweave.deployment.service_process import running_service
from specweave.deployment.signature import InputColumn


def ask(service, path, body=None, raw=None, key=None):
    """Status and JSON (or text) of one request."""
    content = raw if raw is not None or body is None else json.dumps(body).encode()
    request = urllib.request.Request(service.address.url + path, content, {"Content-Type": "application/json"})
    if key:
        request.add_header("X-API-Key", key)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            status, said = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, said = error.code, error.read()
    try:
        return status, json.loads(said)
    except ValueError:
        return status, said.decode()


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service")
    exported, X = made.generated(folder, threshold=0.3)
    write_container(folder, Container(name="made", version="1", description="made"))
    return folder, exported, X


@pytest.fixture(scope="module")
def service(deployed):
    from pathlib import Path

    with running_service(deployed[0], Path(sys.executable), environment={"MAX_ROWS": "200"}) as found:
        yield found


def rows_of(X, n=30):
    return json.loads(X.head(n).to_json(orient="records", date_format="iso", date_unit="ns"))


def test_the_sources_are_formatted_typed_and_need_nothing_of_ours(deployed):
    api = deployed[0] / "api"
    for command in (
        ["ruff", "check", "--isolated", "."],
        ["ruff", "format", "--isolated", "--line-length=120", "--check", "."],
        ["mypy", "--strict", "--cache-dir", str(api.parent / "types"), "main.py"],
    ):
        done = subprocess.run([sys.executable, "-m", *command], cwd=api, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    for source in api.glob("*.py"):
        assert "specweave" not in source.read_text("utf-8")


def test_answers_are_those_of_the_model(deployed, service):
    _, exported, X = deployed
    rows = rows_of(X)
    expected = exported.model.model.predict_proba(X.head(30))
    status, said = ask(service, "/predict/batch", {"rows": rows})
    assert status == 200
    found = np.array([[row["probabilities"][name] for name in ("no", "yes")] for row in said["predictions"]])
    assert found == pytest.approx(expected, abs=1e-9)
    assert [row["prediction"] for row in said["predictions"]] == np.where(expected[:, 1] >= 0.3, "yes", "no").tolist()
    for row, in_batch in zip(rows[:5], said["predictions"], strict=False):
        single = ask(service, "/predict", row)[1]
        assert single["prediction"] == in_batch["prediction"]
        assert single["probabilities"] == pytest.approx(in_batch["probabilities"], abs=1e-12)


def test_unknown_categories_and_missing_values_are_answered_as_in_training_and_counted(deployed, service):
    _, exported, X = deployed
    row = {**rows_of(X, 1)[0], "class": "mars", "a": None, "wann": None}
    original = X.head(1).assign(**{"class": "mars", "a": np.nan}).assign(wann=X["wann"].head(1).where([False]))
    status, said = ask(service, "/predict", row)
    assert (status, said["unknown"]) == (200, ["class"])
    assert said["probabilities"]["yes"] == pytest.approx(exported.model.model.predict_proba(original)[0, 1], abs=1e-9)
    text = ask(service, "/metrics")[1]
    assert counted(text, 'model_unknown_categories_total{column="class"}') >= 1
    assert counted(text, 'model_missing_values_total{column="a"}') >= 1
    assert counted(text, 'api_requests_total{path="/predict",status="200"}') >= 1


def counted(text, name):
    return max(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


@pytest.mark.parametrize(
    ("change", "column", "value"),
    [
        ({"a": "seven"}, "a", "seven"),
        ({"class": 7}, "class", 7),
        ({"whole number": [1]}, "whole number", [1]),
        ({"wann": "yesterday"}, "wann", "yesterday"),
        ({"beyond": 1}, "beyond", 1),
    ],
)
def test_a_refusal_names_column_and_value(deployed, service, change, column, value):
    row = {**rows_of(deployed[2], 1)[0], **change}
    status, said = ask(service, "/predict", row)
    assert status == 422
    assert (said["error"]["column"], said["error"]["value"]) == (column, value)


def test_a_refused_row_of_a_batch_is_numbered_and_a_column_left_out_is_named(deployed, service):
    rows = rows_of(deployed[2], 3)
    status, said = ask(service, "/predict/batch", {"rows": [*rows, {**rows[0], "a": "x"}]})
    assert (status, said["error"]["row"], said["error"]["column"]) == (422, 3, "a")
    del rows[0]["many"]
    assert ask(service, "/predict", rows[0])[1]["error"]["column"] == "many"


@pytest.mark.parametrize(
    ("raw", "statuses"),
    [
        (b"", {400}),
        (b"{nope", {400}),
        (b"[" * 100_000, {400}),
        (b'{"a": "\\ud800"}', {400}),
        (b"[1]", {422}),
        (b"\xff\xfe", {400}),
        (b'{"padding": "' + b"x" * 1_500_000 + b'"}', {413}),
    ],
)
def test_what_is_no_row_is_refused_without_a_failure(service, raw, statuses):
    assert ask(service, "/predict", raw=raw)[0] in statuses


def test_a_batch_of_too_many_rows_is_refused(deployed, service):
    status, said = ask(service, "/predict/batch", {"rows": rows_of(deployed[2], 1) * 201})
    assert status == 413
    assert "200" in said["error"]["message"]


def test_reasons_are_the_largest_effects_and_point_the_right_way(deployed, service):
    """The target grows with `a` and with class x; both lead, and an unusually low `a` lowers the score."""
    row = {**rows_of(deployed[2], 1)[0], "a": -3.0, "class": "x"}
    status, said = ask(service, "/explain", row)
    assert status == 200
    effects = {reason["column"]: reason["effect"] for reason in said["reasons"]}
    assert effects["a"] < 0 < effects["class"]
    sizes = [abs(effect) for effect in effects.values()]
    assert sizes == sorted(sizes, reverse=True)
    assert said["score"] == pytest.approx(ask(service, "/predict", row)[1]["probabilities"]["yes"], abs=1e-12)


def test_it_says_which_model_answers(deployed, service):
    said = ask(service, "/version")[1]
    assert said["source_model_sha256"] == "ab" * 32
    assert said["model_sha256"] == deployed[1].signature.model_sha256


def test_the_log_holds_no_data(deployed, service):
    ask(service, "/predict", {**rows_of(deployed[2], 1)[0], "class": "a secret category", "a": "a secret number"})
    ask(service, "/predict", {**rows_of(deployed[2], 1)[0], "class": "a secret category"})
    written = service.log.read_text("utf-8")
    assert '"event": "refused"' in written
    assert "secret" not in written
    json.loads(written.splitlines()[-1])


def test_keys_guard_all_but_health(deployed):
    import hashlib
    from pathlib import Path

    folder, _, X = deployed
    hashed = hashlib.sha256(b"second").hexdigest()
    row = rows_of(X, 1)[0]
    with running_service(
        folder, Path(sys.executable), environment={"API_KEYS": "first", "API_KEY_SHA256": hashed}
    ) as found:
        assert ask(found, "/health")[0] == 200
        assert [ask(found, path)[0] for path in ("/metrics", "/version", "/docs")] == [401, 401, 401]
        answers = [ask(found, "/predict", row, key=key)[0] for key in (None, "third", "first", "second")]
        assert answers == [401, 401, 200, 200]
        found.process.send_signal(signal.SIGTERM)
        assert found.process.wait(20) in (0, -signal.SIGTERM)
        assert '"event": "stopped"' in found.log.read_text("utf-8")


def test_prometheus_reads_metrics_of_a_guarded_service_openly_or_with_a_bearer_key(deployed):
    from pathlib import Path

    def statuses(found, **headers):
        asked = [urllib.request.Request(found.address.url + path, headers=headers) for path in ("/metrics", "/version")]
        return [status_of(request) for request in asked]

    for variables, without in (({}, [401, 401]), ({"METRICS_OPEN": "1"}, [200, 401])):
        with running_service(
            deployed[0], Path(sys.executable), environment={"API_KEYS": "first", **variables}
        ) as found:
            assert statuses(found) == without
            assert statuses(found, Authorization="Bearer first") == [200, 200]
            assert statuses(found, Authorization="Bearer other")[1] == 401


def status_of(request):
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(("task", "family"), [("regression", "hist_boosting"), ("multiclass", "linear")])
def test_other_tasks_are_served_too(tmp_path, task, family):
    from pathlib import Path

    exported, X = made.generated(tmp_path, task, family)
    write_container(tmp_path, Container(name="made", version="1", description="made"))
    with running_service(tmp_path, Path(sys.executable)) as found:
        said = ask(found, "/predict/batch", {"rows": rows_of(X, 10)})[1]["predictions"]
        expected = exported.model.model.predict(X.head(10))
        if task == "regression":
            assert [row["prediction"] for row in said] == pytest.approx(expected.tolist(), rel=1e-9)
        else:
            assert [row["prediction"] for row in said] == expected.tolist()
        assert ask(found, "/explain", rows_of(X, 1)[0])[0] == 200


def test_hostile_names_stay_data():
    names = ['"""\nimport os', "class", "1st", "a b", "a_b", "größe", "_", "{{ x }}", "'\\"]
    fields = generating._fields(names)
    assert len(set(fields)) == len(names)
    for name, field in zip(names, fields, strict=True):
        assert field.isidentifier()
        assert field.isascii()
        column = InputColumn(name=name, reading="category", dtype="str", categories=('"""', "{{"))
        found = generating._described(column, field)
        assert ast.literal_eval(found["literal"]) == name
        ast.literal_eval(found["extra"])


def test_requirements_are_exact_hashed_and_name_no_registry(deployed):
    lines = (deployed[0] / "requirements.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith(" ")]
    assert {"fastapi", "uvicorn", "uvloop", "httptools", "msgspec", "onnxruntime", "numpy"} <= {
        pin.partition("==")[0] for pin in pins
    }
    assert all("==" in pin and pin.endswith("\\") for pin in pins)
    assert not [line for line in lines if "://" in line]
