from __future__ import annotations

import pytest

from specweave.jobs.ending import Ending, last_part, reason_for


@pytest.mark.parametrize(
    ("code", "errors", "reason"),
    [
        (3, "", "exit code 3"),
        (1, "one\n\n two \nthree\nfour\n", "exit code 1: two | three | four"),
        (-9, "", "ended by SIGKILL, often for want of memory"),
        (-15, "bye", "ended by SIGTERM: bye"),
        (-99, "", "ended by 99"),
    ],
)
def test_the_reason_is_one_sentence(code, errors, reason):
    assert reason_for(code, errors) == reason


def test_only_the_end_of_a_long_output_is_kept():
    kept = last_part("a" * 100_000 + "end")
    assert kept.startswith("…")
    assert kept.endswith("end")
    assert len(kept) < 65_000
    assert last_part("short") == "short"


def test_anything_but_zero_is_a_failure():
    assert Ending(-9, 1.0, "").failed
    assert not Ending(0, 1.0, "").failed
