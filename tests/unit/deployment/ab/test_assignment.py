from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.stats import binomtest, kstest

from specweave.deployment.ab.assignment import Assignment, ExposureLog, KillSwitch, place_of

UNITS = [f"customer-{i}" for i in range(20_000)]


def test_places_are_spread_evenly():
    assert kstest([place_of(unit, "salt") for unit in UNITS], "uniform").pvalue > 0.001


def test_the_share_is_kept_and_repeats():
    test = Assignment("t", "salt", 0.1)
    arms = [test.arm(unit) for unit in UNITS]
    assert binomtest(arms.count("treatment"), len(arms), 0.1).pvalue > 0.001
    assert arms == [test.arm(unit) for unit in UNITS]


def test_another_process_assigns_the_same():
    program = (
        "from specweave.deployment.ab.assignment import Assignment\n"
        "print(''.join(Assignment('t', 'salt', 0.5).arm(f'u{i}')[0] for i in range(200)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    assert found == "".join(Assignment("t", "salt", 0.5).arm(f"u{i}")[0] for i in range(200))


def test_a_larger_share_keeps_those_who_had_the_new_model():
    few, many = (Assignment("t", "salt", share) for share in (0.1, 0.3))
    assert all(many.arm(unit) == "treatment" for unit in UNITS if few.arm(unit) == "treatment")


def test_another_salt_draws_independently():
    first, second = (np.array([Assignment("t", salt, 0.5).arm(u) == "treatment" for u in UNITS]) for salt in "ab")
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03


@pytest.mark.parametrize(("share", "arm"), [(0.0, "control"), (1.0, "treatment")])
def test_nobody_and_everybody(share, arm):
    assert {Assignment("t", "s", share).arm(unit) for unit in UNITS[:500]} == {arm}


def test_reads_its_file_and_the_environment(tmp_path):
    path = tmp_path / "ab-test.json"
    path.write_text(json.dumps({"name": "t", "salt": "s", "share": 0.2, "mode": "shadow", "note": "mine"}), "utf-8")
    assert Assignment.read(path, {}) == Assignment("t", "s", 0.2, "shadow")
    assert Assignment.read(path, {"AB_MODE": "off", "AB_SHARE": "0.5"}) == Assignment("t", "s", 0.5, "off")
    with pytest.raises(ValueError, match="mode"):
        Assignment.read(path, {"AB_MODE": "on"})
    with pytest.raises(ValueError, match="share"):
        Assignment.read(path, {"AB_SHARE": "10"})


def test_the_kill_file_is_seen_and_seldom_looked_for(tmp_path):
    now, lazy = KillSwitch(tmp_path / "off", every=0.0), KillSwitch(tmp_path / "off", every=3600)
    assert not now.thrown()
    assert not lazy.thrown()
    (tmp_path / "off").touch()
    assert now.thrown()
    assert not lazy.thrown()
    (tmp_path / "off").unlink()
    assert not now.thrown()
    assert not KillSwitch(None).thrown()


def test_each_unit_is_logged_once(tmp_path):
    test, log = Assignment("t", "s"), ExposureLog(tmp_path / "exposures.jsonl")
    for unit in ("a", "b", "a"):
        log.note(test, unit, test.arm(unit))
    log.note(test, "a", "control", shadow_score=0.5)
    log.close()
    lines = [json.loads(line) for line in (tmp_path / "exposures.jsonl").read_text("utf-8").splitlines()]
    assert [line["unit"] for line in lines] == ["a", "b", "a"]
    assert lines[0]["arm"] == test.arm("a")
    assert lines[2]["shadow_score"] == 0.5
    assert {line["test"] for line in lines} == {"t"}


def test_several_writers_do_not_mix_their_lines(tmp_path):
    path, test = tmp_path / "exposures.jsonl", Assignment("t", "s")
    logs = [ExposureLog(path) for _ in range(4)]

    def write(number):
        for i in range(300):
            logs[number].note(test, f"{number}-{i}-{'x' * 50}", "control")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    for log in logs:
        log.close()
    assert len([json.loads(line) for line in path.read_text("utf-8").splitlines()]) == 1200


def test_what_was_seen_is_remembered_in_bounds(tmp_path, monkeypatch):
    monkeypatch.setattr("specweave.deployment.ab.assignment.REMEMBERED", 10)
    log = ExposureLog(tmp_path / "exposures.jsonl")
    for i in range(50):
        log.note(Assignment("t", "s"), f"u{i}", "control")
    assert len(log._seen) == 10
    log.close()
