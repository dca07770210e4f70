"""A generated service with two models, running."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import exported_models as made
from specweave.deployment.ab.files import ab_sources, write_ab_test
from specweave.deployment.api.generating import check_fit, generate_api
from specweave.deployment.container import Container, write_container
from specweave.deployment.export import Exported
from specweave.deployment.export.exporting import onnx_bytes, run
from specweave.deployment.service_process import running_service
from specweave.errors import DeploymentError

UNITS = [f"unit-{i}" for i in range(400)]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """Linear model as control, boosted trees as challenger, a tenth of the units; the folder, and rows to ask about."""
    folder = tmp_path_factory.mktemp("service")
    control, X = made.generated(folder)
    record, _ = made.recorded("binary", "hist_boosting")
    signature = made.signature_of(record, X)
    content = onnx_bytes(record.model, signature)
    signature = signature.model_copy(update={"model_sha256": hashlib.sha256(content).hexdigest()})
    other = folder / "other.onnx"
    other.write_bytes(content)
    challenger = Exported(other, "onnx", signature, None, None, None, record)
    generate_api(control, folder, challenger=challenger)
    write_ab_test(folder / "api", "made", share=0.1, salt="s")
    write_container(folder, Container(name="made", version="1", description="made"))
    rows = json.loads(X.head(1).to_json(orient="records", date_format="iso", date_unit="ns"))
    return folder, control, challenger, rows[0]


@contextlib.contextmanager
def serving(deployed, tmp_path, **environment):
    given = {"AB_EXPOSURES": str(tmp_path / "exposures.jsonl"), **environment}
    with running_service(deployed[0], Path(sys.executable), environment=given) as service:
        yield service


def ask(service, path, body=None, unit=None):
    """Status, JSON (or text) and the arm that answered."""
    headers = {"Content-Type": "application/json"}
    if unit is not None:
        headers["X-Unit-ID"] = unit.encode().decode("latin-1")
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(service.address.url + path, content, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            status, said, arm = answer.status, answer.read(), answer.headers["X-Arm"]
    except urllib.error.HTTPError as error:
        status, said, arm = error.code, error.read(), None
    try:
        return status, json.loads(said), arm
    except ValueError:
        return status, said.decode(), arm


def exposures(tmp_path):
    return [json.loads(line) for line in (tmp_path / "exposures.jsonl").read_text("utf-8").splitlines()]


def metric(service, name):
    return int(re.search(rf"^{re.escape(name)} (\d+)$", ask(service, "/metrics")[1], re.MULTILINE)[1])


def probability(exported):
    """What the exported model itself says about the row that is asked."""
    scores, _ = run(exported.path.read_bytes(), exported.signature, made.table("binary")[0].head(1))
    return dict(zip(exported.signature.classes, scores[0].tolist(), strict=True))["yes"]


@pytest.mark.slow  # The type checker reads numpy and FastAPI.
def test_the_sources_are_formatted_typed_and_need_nothing_of_ours(deployed):
    api = deployed[0] / "api"
    for command in (
        ["ruff", "check", "--isolated", "."],
        ["ruff", "format", "--isolated", "--line-length=120", "--check", "."],
        ["mypy", "--strict", "--cache-dir", str(api.parent / "types"), "main.py"],
    ):
        done = subprocess.run([sys.executable, "-m", *command], cwd=api, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert not (api / "batching.py").exists()
    for source in api.glob("*.py"):
        assert "specweave" not in source.read_text("utf-8")


def test_a_tenth_of_the_units_gets_the_challenger_and_always_the_same(deployed, tmp_path):
    _, control, challenger, row = deployed
    expected = {"control": probability(control), "treatment": probability(challenger)}
    assert abs(expected["control"] - expected["treatment"]) > 1e-3
    with serving(deployed, tmp_path) as service:
        arms = {}
        for unit in UNITS:
            status, said, arms[unit] = ask(service, "/predict", row, unit)
            assert status == 200
            assert said["probabilities"]["yes"] == pytest.approx(expected[arms[unit]], abs=1e-9)
        assert 20 <= sum(arm == "treatment" for arm in arms.values()) <= 62  # four standard deviations of 400 draws
        again = {unit: ask(service, "/predict/batch", {"rows": [row] * 3}, unit)[2] for unit in UNITS[:100]}
        assert again == {unit: arms[unit] for unit in again}
        assert ask(service, "/predict", row)[2] == "control"  # no unit, no test
        one = next(unit for unit in UNITS if arms[unit] == "treatment")
        assert ask(service, "/explain", row, one)[1]["score"] == pytest.approx(expected["treatment"], abs=1e-9)
        assert ask(service, "/explain", row)[1]["score"] == pytest.approx(expected["control"], abs=1e-9)
        version = ask(service, "/version")[1]
        assert (version["challenger"], version["challenger_mode"]) == ("exp-001-hist_boosting", "ab")
        assert metric(service, 'ab_answers_total{arm="treatment"}') >= 20
    assert {line["unit"]: line["arm"] for line in exposures(tmp_path)} == arms
    assert len(exposures(tmp_path)) == len(UNITS)
    # Another process gives every unit the same model.
    with serving(deployed, tmp_path) as service:
        assert {unit: ask(service, "/predict", row, unit)[2] for unit in UNITS[:60]} == {u: arms[u] for u in UNITS[:60]}


def test_units_that_ask_at_the_same_moment_get_their_own_model(deployed, tmp_path):
    _, control, challenger, row = deployed
    expected = {"control": probability(control), "treatment": probability(challenger)}
    units = [None if i % 5 == 0 else f"unit-{i}" for i in range(60)]
    with serving(deployed, tmp_path, AB_SHARE="0.5") as service, ThreadPoolExecutor(20) as pool:
        alone = [ask(service, "/predict", row, unit)[2] for unit in units]
        found = list(pool.map(lambda unit: ask(service, "/predict", row, unit), units))
    assert [arm for _, _, arm in found] == alone
    assert {arm for unit, arm in zip(units, alone, strict=True) if unit is None} == {"control"}
    assert 10 <= alone.count("treatment") <= 40
    for _, said, arm in found:
        assert said["probabilities"]["yes"] == pytest.approx(expected[arm], abs=1e-9)
    assert len(exposures(tmp_path)) == len([unit for unit in units if unit])


def test_in_the_shadow_the_control_answers_all_and_both_are_compared(deployed, tmp_path):
    _, control, challenger, row = deployed
    with serving(deployed, tmp_path, AB_MODE="shadow") as service:
        for unit in UNITS[:30]:
            _, said, arm = ask(service, "/predict", row, unit)
            assert arm == "control"
            assert said["probabilities"]["yes"] == pytest.approx(probability(control), abs=1e-9)
    found = exposures(tmp_path)
    assert [line["unit"] for line in found] == UNITS[:30]
    assert {line["mode"] for line in found} == {"shadow"}
    wanted = abs(probability(control) - probability(challenger))
    assert found[0]["largest_difference"] == pytest.approx(wanted, abs=1e-9)


def test_the_kill_file_works_without_a_restart(deployed, tmp_path):
    row, kill = deployed[3], tmp_path / "off"

    def until(arm):
        for _ in range(100):
            if ask(service, "/predict", row, "a unit")[2] == arm:
                return True
            time.sleep(0.05)
        return False

    with serving(deployed, tmp_path, AB_SHARE="1", AB_KILL_FILE=str(kill)) as service:
        assert ask(service, "/predict", row, "a unit")[2] == "treatment"
        kill.touch()
        assert until("control")
        assert metric(service, "ab_running") == 0
        kill.unlink()
        assert until("treatment")


@pytest.fixture
def failing(deployed, tmp_path):
    """The same service with a challenger that fails at every request but the first, which is the one at its start."""
    asked = "(self._challenger or control).predict,"
    folder = made.altered(deployed[0], tmp_path / "failing", "api/two_models.py", asked, "_broken,")
    source = folder / "api" / "two_models.py"
    broken = 'def _broken(_: Columns) -> Answers:\n    raise RuntimeError("a secret value")\n\n\n'
    source.write_text(source.read_text("utf-8").replace("def _loaded(", broken + "def _loaded("), "utf-8")
    return (folder, *deployed[1:])


def test_a_failing_challenger_never_fails_a_request_and_a_canary_is_dropped(failing, tmp_path):
    row = failing[3]
    with serving(failing, tmp_path, AB_SHARE="1", AB_MODE="canary") as service:
        answers = [ask(service, "/predict", row, unit) for unit in UNITS[:20]]
        assert {(status, arm) for status, _, arm in answers} == {(200, "control")}
        assert metric(service, "ab_challenger_failures_total") == 5
        assert metric(service, "ab_running") == 0
        log = service.log.read_text("utf-8")
    assert "the challenger failed" in log
    assert "RuntimeError" in log
    assert "secret" not in log
    # Those who met the failure stay in their arm; nobody is exposed after it was dropped.
    assert {line["arm"] for line in exposures(tmp_path)} == {"treatment"}
    assert len(exposures(tmp_path)) == 5


def test_a_challenger_that_cannot_be_loaded_leaves_all_to_the_control(deployed, tmp_path):
    folder = tmp_path / "torn"
    shutil.copytree(deployed[0], folder)
    (folder / "api" / "challenger.onnx").write_bytes(b"torn")
    with serving((folder, *deployed[1:]), tmp_path, AB_SHARE="1") as service:
        assert ask(service, "/predict", deployed[3], "u")[::2] == (200, "control")
        assert ask(service, "/version")[1]["challenger_mode"] == "off"
        assert "cannot be loaded" in service.log.read_text("utf-8")


def test_bad_rows_are_the_askers_fault_and_odd_ids_are_taken_or_refused(deployed, tmp_path):
    row = deployed[3]
    with serving(deployed, tmp_path, AB_SHARE="1", AB_MODE="canary") as service:
        for _ in range(10):
            status, said, _ = ask(service, "/predict", {**row, "wann": "yesterday"}, "u")
            assert (status, said["error"]["column"]) == (422, "wann")
        assert metric(service, "ab_challenger_failures_total") == 0
        assert ask(service, "/predict", row, "Jürgen 7")[::2] == (200, "treatment")
        status, said, _ = ask(service, "/predict", row, "x" * 201)
        assert (status, said["error"]["column"]) == (422, "X-Unit-ID")
    assert "Jürgen 7" in {line["unit"] for line in exposures(tmp_path)}


def test_where_no_exposures_can_be_written_it_still_answers_and_says_so(deployed, tmp_path):
    with serving(deployed, tmp_path, AB_EXPOSURES=str(tmp_path / "nowhere" / "e.jsonl")) as service:
        assert ask(service, "/predict", deployed[3], "u")[0] == 200
        assert "AB_EXPOSURES" in service.log.read_text("utf-8")


def test_one_model_has_none_of_it(tmp_path):
    made.generated(tmp_path)
    names = {path.name for path in (tmp_path / "api").iterdir()}
    assert "batching.py" in names
    assert not names & {"two_models.py", "challenger.onnx", *ab_sources()}
    main = (tmp_path / "api" / "main.py").read_text("utf-8")
    assert not [word for word in ("challenger", "unit", "X-Arm", "two") if re.search(rf"\b{word}\b", main)]


def test_a_challenger_that_does_not_fit_is_refused(deployed):
    ours, theirs = deployed[1].signature, deployed[2].signature
    fewer = ours.model_copy(update={"columns": ours.columns[1:]})
    check_fit(ours, theirs.model_copy(update={"columns": theirs.columns[1:]}))  # fewer columns will do
    with pytest.raises(DeploymentError, match="columns that requests") as caught:
        check_fit(fewer, theirs)
    assert caught.value.value == "a"
    with pytest.raises(DeploymentError, match="another question"):
        check_fit(ours, theirs.model_copy(update={"classes": ("a", "b")}))
