"""Work done by another process, or here where there is none or it fails."""

from __future__ import annotations

import io
import math
import os
import pickle
import time
from fractions import Fraction

import pytest

from specweave.explanation import aside
from specweave.explanation.aside import Aside, helping, serve


@pytest.fixture
def two_processors(monkeypatch):
    monkeypatch.setattr(aside, "usable_processors", lambda: 2)


def test_another_process_does_it_and_ends_with_the_block(two_processors):
    with helping() as helper:
        assert helper.helped
        pid = helper.ask(os.getpid).get(patient=True)
        assert pid not in (os.getpid(), None)
        assert helper.ask(math.hypot, 3, 4).get(patient=True) == 5
        process = helper._process
    assert process.poll() is not None


def test_on_one_processor_all_is_done_here(monkeypatch):
    monkeypatch.setattr(aside, "usable_processors", lambda: 1)
    with helping() as helper:
        assert not helper.helped
        assert helper.ask(os.getpid).get() == os.getpid()


def test_what_the_other_process_cannot_do_is_done_here(two_processors):
    here = os.getpid()
    with helping() as helper:
        unsent = helper.ask(lambda: here)
        failing = helper.ask(Fraction, 1, 0)
        unanswered = helper.ask(memoryview, b"abc")
        assert unsent.get(patient=True) == here
        with pytest.raises(ZeroDivisionError):
            failing.get(patient=True)
        assert unanswered.get(patient=True).tolist() == [97, 98, 99]
        assert helper.ask(os.getpid).get(patient=True) != here


def test_a_process_that_dies_leaves_the_work_here(two_processors):
    with helping() as helper:
        helper._process.kill()
        assert [helper.ask(math.sqrt, n).get(patient=True) for n in (4, 9)] == [2, 3]


def test_what_has_not_begun_when_it_is_wanted_is_done_here(two_processors):
    with helping() as helper:
        helper.ask(aside.warmed).get(patient=True)
        helper.ask(time.sleep, 2)
        late = helper.ask(os.getpid)
        assert late.waiting
        assert late.get() == os.getpid()
        assert not late.waiting


def test_answers_come_in_the_order_of_the_questions_and_end_with_them():
    asked, answers = io.BytesIO(), io.BytesIO()
    for question in ((math.sqrt, (16,)), (math.sqrt, (-1,)), (math.hypot, (6, 8))):
        aside._send(asked, pickle.dumps(question))
    asked.seek(0)
    serve(asked, answers)
    answers.seek(0)
    assert [aside._received(answers) for _ in range(3)] == [(True, 4.0), (False, None), (True, 10.0)]
    with pytest.raises(EOFError):
        aside._received(answers)


def test_without_a_process_nothing_is_pickled():
    assert Aside().ask(lambda: 7).get() == 7
