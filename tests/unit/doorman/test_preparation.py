from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from doorman import preparation as module
from doorman.failures import Failure
from doorman.places import Log
from doorman.preparation import Preparation


@pytest.fixture
def attempt(tmp_path):
    lock_file = tmp_path / "requirements.lock"
    lock_file.touch()

    def run(variables: dict[str, str]) -> Preparation:
        done = threading.Event()
        prepared = Preparation(tmp_path / "data", lock_file, variables, Log(None), done.set)
        prepared.start()
        assert done.wait(10)
        return prepared

    return run


def _environments_that(monkeypatch, action):
    class Fake:
        def __init__(self, *_):
            pass

        def get(self, commands):
            return action(commands)

        def remove_others(self):
            pass

    monkeypatch.setattr("doorman.environments.Environments", Fake)


def test_an_interpreter_named_by_the_user_is_taken_as_it_is(attempt):
    assert attempt({"SW_ML_PYTHON": sys.executable}).python == Path(sys.executable)


def test_one_that_is_not_there_is_a_failure(attempt):
    assert "SW_ML_PYTHON names /nowhere" in attempt({"SW_ML_PYTHON": "/nowhere"}).failure.reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Failure("because", "do"), "because"),
        (OSError(28, "No space left on device"), "disk is full"),
        (KeyError("surprise"), "KeyError: 'surprise'"),
    ],
)
def test_whatever_goes_wrong_is_remembered_with_a_reason(attempt, monkeypatch, error, reason):
    def fail(_):
        raise error

    _environments_that(monkeypatch, fail)
    prepared = attempt({})
    assert prepared.python is None
    assert reason in prepared.failure.reason


def test_it_may_be_tried_again_only_after_a_while(attempt, monkeypatch):
    prepared = attempt({"SW_ML_PYTHON": "/nowhere"})
    assert not prepared.may_retry()
    now = module.time.monotonic()
    monkeypatch.setattr(module.time, "monotonic", lambda: now + module.RETRY_AFTER)
    assert prepared.may_retry()


def test_the_step_of_the_installer_is_passed_on(attempt, monkeypatch):
    def install(commands):
        commands.say("downloading pandas")
        return Path("/python")

    _environments_that(monkeypatch, install)
    prepared = attempt({})
    assert (prepared.step, prepared.python) == ("downloading pandas", Path("/python"))
