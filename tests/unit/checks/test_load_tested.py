from __future__ import annotations

import hashlib

import pytest

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.load_tested import DEPLOYMENT, LOAD_TEST, LoadTested
from specweave.errors import StorageError
from specweave.problem import Constraints
from specweave.witness_file import vouch
from specweave.workspace import write_json

MODEL = hashlib.sha256(b"the model lightgbm").hexdigest()


def loaded(folder, *, p95=12.5, error_share=0.0, model=MODEL, ready=True):
    """What a deployment leaves of the candidate `increment_factory.worked` records."""
    step = {"p95_ms": p95, "target_rps": 100.0, "error_share": error_share}
    vouch(folder, write_json(folder.path / LOAD_TEST, {"model_sha256": model, "at_target": step}))
    reasons = ["Not ready.", "It breaks a promise."]
    vouch(folder, write_json(folder.path / DEPLOYMENT, {"ready": ready, "reasons": reasons}))
    return folder


class TestLoadTested(CheckConformance):
    def check(self):
        return LoadTested()

    def broken(self, root):
        return loaded(made.worked(made.place(root)), p95=100.1)

    def sound(self, root):
        # At the very limit, with one failure in a thousand.
        return loaded(made.worked(made.place(root)), p95=100.0, error_share=0.001)

    def unknowable(self, root):
        return made.worked(made.place(root))


def verdict(tmp_path, *, latency_ms=100, **changes):
    folder = made.worked(made.place(tmp_path, constraints=Constraints(latency_ms=latency_ms)))
    return LoadTested().run(loaded(folder, **changes))


def test_a_passed_test_tells_what_was_measured(tmp_path):
    found = verdict(tmp_path)
    assert (found.outcome, found.evidence) == ("passed", (LOAD_TEST,))
    assert "p95 12.50 ms at 100.0 requests/s, the limit is 100 ms" in found.sentence


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"latency_ms": 5}, "p95 is 12.50 ms at 100.0 requests/s, the limit is 5 ms"),
        ({"error_share": 0.002}, "0.20 % of the requests failed, 0.1 % are allowed"),
        ({"model": "0" * 64}, "a model no experiment holds, not of exp-002-lightgbm"),
        (
            {"model": hashlib.sha256(b"the model majority").hexdigest()},
            "is of exp-001-majority, not of exp-002-lightgbm",
        ),
        ({"model": None}, "does not say which model"),
        ({"ready": False}, "was not ready. It breaks a promise."),
    ],
)
def test_why_it_fails(tmp_path, changes, said):
    found = verdict(tmp_path, **changes)
    assert found.outcome == "failed"
    assert said in found.sentence
    assert found.remedy.tool == "deploy_model"


def test_a_service_that_was_never_loaded_fails(tmp_path):
    folder = loaded(made.worked(made.place(tmp_path)))
    (folder.path / LOAD_TEST).unlink()
    assert "never held under load" in LoadTested().run(folder).sentence


def test_a_damaged_file_is_named(tmp_path):
    folder = loaded(made.worked(made.place(tmp_path)))
    write_json(folder.path / LOAD_TEST, ["not", "facts"])
    with pytest.raises(StorageError, match=LOAD_TEST):
        LoadTested().run(folder)


def test_a_load_test_nobody_ran_is_named(tmp_path):
    folder = loaded(made.worked(made.place(tmp_path)), p95=120.0)
    step = {"p95_ms": 1.0, "target_rps": 100.0, "error_share": 0.0}
    write_json(folder.path / LOAD_TEST, {"model_sha256": MODEL, "at_target": step})
    assert "was edited since a tool wrote it" in LoadTested().run(folder).sentence
