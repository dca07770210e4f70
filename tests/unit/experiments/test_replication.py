from __future__ import annotations

import threading
import time
import warnings

import pytest

from specweave.experiments import create_experiment, open_experiment, replication, track_experiment
from specweave.experiments.backends import Batch, register_tracking_backend, registry

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def no_backend_left():
    registry._registered.clear()
    yield
    registry._registered.clear()


class Memory:
    """A tracker that keeps what it is told, and fails or sleeps on demand."""

    name = "memory"

    def __init__(self, failures=0, delay=0.0):
        self.failures = failures
        self.delay = delay
        self.params: dict = {}
        self.metrics: list = []
        self.tags: dict = {}
        self.files: list = []
        self.statuses: list = []
        self.starts: list = []

    def start(self, run):
        self._trouble()
        self.starts.append(run.id)
        return {"run_id": f"m-{run.id}"}

    def log(self, run, batch):
        self._trouble()
        self.params.update(batch.params)
        self.metrics.extend((value.name, value.step, value.value) for value in batch.metrics)
        self.tags.update(batch.tags)
        self.files.extend(file.name for file in batch.files)

    def finish(self, run, status):
        self._trouble()
        self.statuses.append((run.id, status))

    def _trouble(self):
        time.sleep(self.delay)
        if self.failures:
            self.failures -= 1
            raise ConnectionError("https://me:hunter2@tracker.example.org is down")


def logged(folder, steps=5):
    with track_experiment("a", folder, params={"C": 1}) as experiment:
        for step in range(steps):
            experiment.log_metric("loss", 1 / (step + 1), step=step)
        experiment.set_tags(team="risk")
        experiment.log_table([{"a": 1}], "counts")
    return open_experiment(folder, 1)


def test_a_backend_is_told_everything_after_the_record_has_it(folder):
    backend = register_tracking_backend(Memory())
    record = logged(folder)
    assert backend.params == {"C": 1}
    assert backend.metrics == [("loss", step, 1 / (step + 1)) for step in range(5)]
    assert backend.tags == {"team": "risk"}
    assert sorted(backend.files) == ["tables/counts.csv", "tables/counts.md"]
    assert backend.statuses == [("exp-001-a", "finished")]
    facts = record.metadata["backends"]["memory"]
    assert (facts["status"], facts["run_id"]) == ("delivered", "m-exp-001-a")


def test_a_failed_run_is_told_as_failed(folder):
    backend = register_tracking_backend(Memory())
    with pytest.raises(ZeroDivisionError), track_experiment("a", folder):
        1 / 0  # noqa: B018
    assert backend.statuses == [("exp-001-a", "failed")]


def test_failures_are_tried_again_and_lose_nothing(folder):
    backend = register_tracking_backend(Memory(failures=3))
    record = logged(folder)
    assert backend.metrics == [("loss", step, 1 / (step + 1)) for step in range(5)]
    facts = record.metadata["backends"]["memory"]
    assert facts["status"] == "delivered"
    assert facts["failed_attempts"] == 3


def test_a_backend_that_stays_away_is_one_warning_and_a_line_in_the_record(folder, monkeypatch):
    monkeypatch.setenv(replication.WAIT_VARIABLE, "0.3")
    backend = register_tracking_backend(Memory(failures=10**9))
    with pytest.warns(replication.TrackingWarning, match="exp-001-a is complete") as said:
        record = logged(folder)
    assert len(said) == 1
    assert "hunter2" not in str(said[0].message)
    facts = record.metadata["backends"]["memory"]
    assert facts["status"] == "failed"
    assert facts["error"].startswith("ConnectionError: https://me:***@")
    assert record.summary().metrics == {"loss": 0.2}
    assert record.status == "finished"
    backend.failures = 0


def test_a_record_that_could_not_be_told_is_delivered_later(folder, monkeypatch):
    monkeypatch.setenv(replication.WAIT_VARIABLE, "0.1")
    register_tracking_backend(Memory(failures=10**9))
    with pytest.warns(replication.TrackingWarning):
        record = logged(folder)
    back = Memory()
    assert replication.deliver(record, back)["status"] == "delivered"
    assert back.metrics == [("loss", step, 1 / (step + 1)) for step in range(5)]
    assert back.statuses == [("exp-001-a", "finished")]


def test_a_slow_backend_does_not_slow_the_logging(folder, monkeypatch):
    monkeypatch.setenv(replication.WAIT_VARIABLE, "0.2")
    register_tracking_backend(Memory(delay=30))
    before = time.monotonic()
    with pytest.warns(replication.TrackingWarning):
        logged(folder, steps=1000)
    assert time.monotonic() - before < 20


def test_a_backend_that_hangs_is_waited_for_once(folder, monkeypatch):
    monkeypatch.setenv(replication.WAIT_VARIABLE, "2")
    gate = threading.Event()

    class Hanging(Memory):
        def start(self, run):
            gate.wait()

    register_tracking_backend(Hanging())
    before = time.monotonic()
    with pytest.warns(replication.TrackingWarning):
        [create_experiment(folder, "a", kind="script").finish() for _ in range(5)]
    gate.set()
    assert 2 <= time.monotonic() - before < 8


def test_warnings_made_errors_do_not_fail_a_finished_run(folder, monkeypatch, capsys):
    monkeypatch.setenv(replication.WAIT_VARIABLE, "0.05")
    register_tracking_backend(Memory(failures=10**9))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record = logged(folder)
    assert record.status == "finished"
    assert "exp-001-a is complete" in capsys.readouterr().err


def test_a_tracker_that_calls_exit_ends_nothing(folder, monkeypatch):
    monkeypatch.setenv(replication.WAIT_VARIABLE, "0.2")

    class Quitting(Memory):
        def log(self, run, batch):
            raise SystemExit(3)

    register_tracking_backend(Quitting())
    with pytest.warns(replication.TrackingWarning, match="SystemExit"):
        assert logged(folder).status == "finished"


def test_two_backends_do_not_hold_each_other_up(folder, monkeypatch):
    monkeypatch.setenv(replication.WAIT_VARIABLE, "0.5")

    class Other(Memory):
        name = "other"

    register_tracking_backend(Memory(failures=10**9))
    good = register_tracking_backend(Other())
    with pytest.warns(replication.TrackingWarning, match="memory failed"):
        record = logged(folder)
    assert record.metadata["backends"]["other"]["status"] == "delivered"
    assert good.statuses == [("exp-001-a", "finished")]


def test_what_the_backend_collected_elsewhere_comes_into_the_record(folder):
    class Collecting(Memory):
        def collect(self, run):
            return Batch(params={"theirs": 2}, tags={"from": "there"})

    register_tracking_backend(Collecting())
    record = logged(folder)
    assert record.summary().params == {"C": 1, "theirs": 2}
    assert record.metadata["tags"] == {"team": "risk", "from": "there"}


def test_current_run_is_entered_and_left_in_the_threads_own_code(folder):
    seen = []

    class Entering(Memory):
        def enter(self, run):
            seen.append(("enter", threading.get_ident()))

        def leave(self, run):
            seen.append(("leave", threading.get_ident()))

    register_tracking_backend(Entering())
    logged(folder)
    assert seen == [("enter", threading.get_ident()), ("leave", threading.get_ident())]


def test_a_resumed_record_goes_on_where_the_backend_was(folder):
    backend = register_tracking_backend(Memory())
    logged(folder)
    again = open_experiment(folder, 1).resume()
    again.log_metric("loss", 0.0, step=5)
    again.finish()
    assert backend.metrics == [("loss", step, 1 / (step + 1)) for step in range(5)] + [("loss", 5, 0.0)]


def test_without_a_backend_there_is_no_thread_and_no_word_in_the_record(folder):
    before = threading.active_count()
    record = logged(folder)
    assert threading.active_count() == before
    assert "backends" not in record.metadata
