from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

import increment_factory as made
from specweave.cli import main
from specweave.deployment import challenging
from specweave.deployment.challenging import Challenger, export_challenger, write_routing
from specweave.deployment.load.address import Address
from specweave.deployment.load.requests import post
from specweave.errors import DeploymentError
from specweave.spec_file import read_problem


@pytest.fixture
def folder(tmp_path):
    folder = made.place(tmp_path)
    made.worked(folder)
    return folder


@pytest.mark.parametrize(
    ("facts", "said"), [({"mode": "both"}, "mode"), ({"share": 1.5}, "share"), ({"share": -1}, "share")]
)
def test_impossible_tests_are_refused(facts, said):
    with pytest.raises(DeploymentError, match=said):
        Challenger("exp-002", **facts)


def test_the_files_of_a_test_come_with_a_challenger_and_go_with_it(folder, tmp_path):
    api = tmp_path / "api"
    api.mkdir()
    (api / "main.py").write_text("", "utf-8")
    written = write_routing(api, folder, Challenger("exp-002", 0.2, "canary"))
    assert {path.name for path in written} == {"assignment.py", "router.py", "ab-test.json"}
    facts = json.loads((api / "ab-test.json").read_text("utf-8"))
    assert (facts["share"], facts["mode"]) == (0.2, "canary")
    # A larger share of the same test keeps those who had the challenger.
    write_routing(api, folder, Challenger("exp-002", 0.5, "ab"))
    assert json.loads((api / "ab-test.json").read_text("utf-8"))["salt"] == facts["salt"]
    for name in ("two_models.py", "challenger.onnx", "challenger.json"):
        (api / name).write_text("", "utf-8")
    assert write_routing(api, folder, None) == []
    assert [path.name for path in api.iterdir()] == ["main.py"]


def test_a_model_does_not_challenge_itself(folder):
    control = SimpleNamespace(signature=SimpleNamespace(experiment="exp-002-lightgbm"))
    with pytest.raises(DeploymentError, match="cannot challenge itself") as caught:
        export_challenger(folder, read_problem(folder), Challenger("exp-002"), control)
    assert "--challenger" in caught.value.next_step


def test_a_request_carries_the_unit():
    head = post(Address("127.0.0.1", 8000), "/predict", {"a": 1}, unit="u7").split(b"\r\n\r\n")[0]
    assert b"\r\nX-Unit-ID: u7" in head
    assert b"X-Unit-ID" not in post(Address("127.0.0.1", 8000), "/predict", {"a": 1})


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ([], None),
        (["--challenger", "exp-005"], Challenger("exp-005", 0.1, "ab")),
        (
            ["--challenger", "exp-005", "--share", "0.3", "--mode", "shadow"],
            Challenger("exp-005", 0.3, "shadow"),
        ),
    ],
)
def test_the_command_names_the_challenger(folder, monkeypatch, arguments, wanted):
    asked = []

    def deployed(workspace, increment, *, challenger, **options):
        asked.append(challenger)
        return "done", None

    monkeypatch.setattr("specweave.tools.operations.deployment.deployed", deployed)
    found = CliRunner().invoke(main, ["deploy", "1", *arguments, "--project", str(folder.root)])
    assert found.exit_code == 0, found.output
    assert asked == [wanted]
    assert challenging.DEFAULT_SHARE == 0.1
