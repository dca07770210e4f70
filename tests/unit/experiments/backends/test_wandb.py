from __future__ import annotations

import importlib.util
import json
import struct
import time

import pytest

from specweave.errors import ExperimentError, MissingDependencyError
from specweave.experiments import open_experiment, track_experiment
from specweave.experiments.backends.conformance import BackendConformance, Stored
from specweave.experiments.backends.protocol import MetricValue
from specweave.experiments.backends.wandb import WandbBackend, configure_wandb, has_key, rows

INSTALLED = importlib.util.find_spec("wandb") is not None
needs_wandb = pytest.mark.skipif(not INSTALLED, reason="the package wandb is not installed")


def offline_records(content: bytes):
    """The messages of a .wandb file: LevelDB's log form, blocks of 32 KiB of pieces with crc, length and type."""
    message, at = b"", 7
    while at + 7 <= len(content):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        size, kind = struct.unpack_from("<HB", content, at + 4)
        message += content[at + 7 : at + 7 + size]
        at += 7 + size
        if kind in (1, 4):
            yield message
            message = b""


def has_end(path):
    from wandb.proto import wandb_internal_pb2

    record = wandb_internal_pb2.Record()
    kinds = []
    for content in offline_records(path.read_bytes()):
        record.ParseFromString(content)
        kinds.append(record.WhichOneof("record_type"))
    return "exit" in kinds


def read_offline(folder, run_id):
    """Config, history rows, files and exit code as they stand in the offline folder."""
    from wandb.proto import wandb_internal_pb2

    [home] = folder.glob(f"wandb/offline-run-*-{run_id}")
    config, history, code = {}, [], None
    deadline = time.monotonic() + 10
    # W&B's service process writes the end of the file a moment after `finish` has returned.
    while not has_end(home / f"run-{run_id}.wandb") and time.monotonic() < deadline:
        time.sleep(0.05)
    for content in offline_records((home / f"run-{run_id}.wandb").read_bytes()):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(content)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            config.update({item.key: json.loads(item.value_json) for item in record.run.config.update})
        elif kind == "config":
            config.update({item.key: json.loads(item.value_json) for item in record.config.update})
        elif kind == "history":
            history.append({i.key or "/".join(i.nested_key): json.loads(i.value_json) for i in record.history.item})
        elif kind == "exit":
            code = record.exit.exit_code
    assert code is not None, "the offline folder has no end"
    files = {path.relative_to(home / "files").as_posix() for path in (home / "files").rglob("*") if path.is_file()}
    return config, history, files, code


@needs_wandb
# W&B's own code warns (pydantic, resources it leaves open); none is ours to repair.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.timeout(300)
class TestWandb(BackendConformance):
    def make(self, folder):
        return WandbBackend.for_increment(folder, mode="offline")

    def stored(self, backend, facts):
        config, history, files, code = read_offline(backend.folder, facts["run_id"])
        metrics: dict = {}
        for row in history:
            for name in row.keys() - {"step", "_step", "_runtime", "_timestamp"}:
                metrics.setdefault(name, []).append((row.get("step"), row[name]))
        params = {name: str(value) for name, value in config.items()}
        return Stored(params, metrics, files, "finished" if code == 0 else "failed")


@needs_wandb
@pytest.mark.filterwarnings("ignore")
@pytest.mark.timeout(300)
def test_offline_folder_and_local_record_are_both_complete(folder):
    assert configure_wandb(increment=folder) == "offline"
    with track_experiment("a", folder, params={"C": 1, "api_key": "s3cret-value"}) as experiment:
        for step in range(2000):
            experiment.log_metric("loss", 1 / (step + 1), step=step)
        experiment.log_metric("auc", 0.75, step=3)
        experiment.set_tags(team="risk")
        experiment.log_table([{"a": 1}], "counts")
    record = open_experiment(folder, 1)
    facts = record.metadata["backends"]["wandb"]
    assert facts["status"] == "delivered"
    assert facts["project"] == folder.id
    config, history, files, code = read_offline(folder.experiments, facts["run_id"])
    assert config["C"] == 1
    assert [row["step"] for row in history if "loss" in row] == list(range(2000))
    assert [row["auc"] for row in history if "auc" in row] == [0.75]
    assert "tables/counts.csv" in files
    assert code == 0
    assert record.summary().metrics == {"loss": 1 / 2000, "auc": 0.75}
    for path in folder.experiments.rglob("*"):
        assert not path.is_file() or b"s3cret-value" not in path.read_bytes()


@pytest.mark.skipif(INSTALLED, reason="the package wandb is installed")
def test_without_the_package_the_error_holds_the_command(folder):
    with pytest.raises(MissingDependencyError, match="pip install wandb"):
        configure_wandb(increment=folder)


@pytest.fixture
def pretend_installed(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())


def test_offline_without_a_key_online_with_one(folder, pretend_installed, monkeypatch):
    assert WandbBackend.for_increment(folder).mode == "offline"
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    assert WandbBackend.for_increment(folder).mode == "online"
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert WandbBackend.for_increment(folder).mode == "offline"


def test_a_key_in_the_netrc_file_counts(tmp_path, monkeypatch):
    path = tmp_path / "netrc"
    path.write_text("machine api.wandb.ai login user password abc\n", "utf-8")
    path.chmod(0o600)
    assert not has_key()
    monkeypatch.setenv("NETRC", str(path))
    assert has_key()


def test_unknown_mode_is_refused(folder, pretend_installed):
    with pytest.raises(ExperimentError, match="Allowed: online, offline"):
        WandbBackend.for_increment(folder, mode="sometimes")


def test_values_of_one_moment_are_one_row():
    values = [
        MetricValue("a", 1.0, 0, 5.0),
        MetricValue("b", 2.0, 0, 5.0),
        MetricValue("a", 3.0, 1, 5.0),
        MetricValue("a", 4.0, 1, 5.0),
        MetricValue("c", None, None, 6.0),
    ]
    found = list(rows(values))
    assert found[:3] == [{"a": 1.0, "b": 2.0, "step": 0}, {"a": 3.0, "step": 1}, {"a": 4.0, "step": 1}]
    assert found[3]["c"] != found[3]["c"]
