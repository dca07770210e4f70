from __future__ import annotations

import json
import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from specweave.deployment.ab.assignment import Assignment, ExposureLog, KillSwitch
from specweave.deployment.ab.router import FAILURES, Router


def old(asked):
    return ("old", asked)


def new(asked):
    return ("new", asked)


def broken(asked):
    raise RuntimeError("the challenger's model is gone")


def counts(router):
    families = text_string_to_metric_families(router.metrics_text())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def units(test, arm, n=50):
    return [u for u in (f"u{i}" for i in range(5000)) if test.arm(u) == arm][:n]


def logged(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_unit_is_answered_by_its_arm(tmp_path):
    test = Assignment("t", "s", 0.3)
    router = Router(old, new, test, exposures=ExposureLog(tmp_path / "log"))
    for unit in (f"u{i}" for i in range(300)):
        answer, arm = router.answer(unit, 7)
        assert arm == test.arm(unit)
        assert answer == ({"control": "old", "treatment": "new"}[arm], 7)
    router.close()
    lines = logged(tmp_path / "log")
    assert {line["unit"]: line["arm"] for line in lines} == {f"u{i}": test.arm(f"u{i}") for i in range(300)}
    assert counts(router)["ab_answers_total", "treatment"] == sum(line["arm"] == "treatment" for line in lines)


def test_who_has_no_id_is_not_part_of_the_test(tmp_path):
    router = Router(old, new, Assignment("t", "s", 1.0), exposures=ExposureLog(tmp_path / "log"))
    assert router.answer(None, 1) == (("old", 1), "control")
    router.close()
    assert logged(tmp_path / "log") == []


def test_off_asks_the_challenger_nothing(tmp_path):
    router = Router(old, broken, Assignment("t", "s", 1.0, "off"), exposures=ExposureLog(tmp_path / "log"))
    assert router.answer("u1", 1) == (("old", 1), "control")
    router.close()
    assert logged(tmp_path / "log") == []
    assert counts(router)["ab_running",] == 0


def test_the_kill_switch_works_while_it_runs(tmp_path):
    router = Router(old, new, Assignment("t", "s", 1.0), kill=KillSwitch(tmp_path / "kill", every=0))
    assert router.answer("u1", 1)[1] == "treatment"
    (tmp_path / "kill").touch()
    assert router.answer("u1", 1)[1] == "control"
    (tmp_path / "kill").unlink()
    assert router.answer("u1", 1)[1] == "treatment"


def test_a_failing_challenger_fails_no_request_and_keeps_its_units(tmp_path):
    router = Router(old, broken, Assignment("t", "s", 1.0), exposures=ExposureLog(tmp_path / "log"))
    for i in range(3 * FAILURES):
        assert router.answer(f"u{i}", i) == (("old", i), "control")
    router.close()
    # In an A/B test they stay in the arm they were assigned to; leaving them out would flatter the challenger.
    assert {line["arm"] for line in logged(tmp_path / "log")} == {"treatment"}
    assert counts(router)["ab_challenger_failures_total",] == 3 * FAILURES
    assert router.running


def test_a_canary_is_dropped_after_a_few_failures():
    test = Assignment("t", "s", 0.5, "canary")
    asked = []

    def failing(row):
        asked.append(row)
        raise RuntimeError

    router = Router(old, failing, test)
    for unit in units(test, "treatment"):
        assert router.answer(unit, 1) == (("old", 1), "control")
    assert len(asked) == FAILURES
    assert not router.running


def test_a_canary_survives_rare_failures():
    test = Assignment("t", "s", 1.0, "canary")
    calls = iter(range(10_000))

    def shaky(row):
        if next(calls) % 50 == 0:
            raise RuntimeError
        return new(row)

    router = Router(old, shaky, test)
    for i in range(1000):
        router.answer(f"u{i}", 1)
    assert router.running


def test_a_shadow_answers_nobody_and_is_compared(tmp_path):
    test = Assignment("t", "s", 0.1, "shadow")
    router = Router(
        lambda x: x,
        lambda x: 2 * x,
        test,
        exposures=ExposureLog(tmp_path / "log"),
        compare=lambda a, b: {"score": a, "shadow_score": b},
    )
    assert [router.answer(f"u{i}", i) for i in range(20)] == [(i, "control") for i in range(20)]
    router.close()
    lines = logged(tmp_path / "log")
    assert [(line["score"], line["shadow_score"]) for line in lines] == [(i, 2 * i) for i in range(20)]
    assert counts(router)["ab_answers_total", "shadow"] == 20


def test_a_slow_shadow_delays_nobody(monkeypatch):
    monkeypatch.setattr("specweave.deployment.ab.router.WAITING", 5)
    gate = threading.Event()
    router = Router(old, lambda asked: gate.wait(30), Assignment("t", "s", 0.1, "shadow"))
    for i in range(50):
        assert router.answer(f"u{i}", i) == (("old", i), "control")
    assert counts(router)["ab_shadow_left_out_total",] >= 44
    gate.set()
    router.close()


def test_a_broken_shadow_goes_on(tmp_path):
    router = Router(old, broken, Assignment("t", "s", 0.1, "shadow"), exposures=ExposureLog(tmp_path / "log"))
    for i in range(20):
        assert router.answer(f"u{i}", i)[1] == "control"
    router.close()
    assert counts(router)["ab_challenger_failures_total",] == 20


@pytest.mark.parametrize("mode", ["ab", "canary", "shadow", "off"])
def test_is_closed_in_every_mode(mode):
    router = Router(old, new, Assignment("t", "s", 0.1, mode))
    router.answer("u", 1)
    router.close()
