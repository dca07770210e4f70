"""The generated batching.py by itself."""

from __future__ import annotations

import asyncio
import types

import pytest

from specweave.deployment.api import generating
from specweave.rendering import render


@pytest.fixture(scope="module")
def batching():
    module = types.ModuleType("batching")
    exec(render(generating.PACKAGE, "batching.py.jinja"), module.__dict__)
    return module


class Doubling:
    """Answers twice the number; notes what was asked together. Raises for what is negative."""

    def __init__(self):
        self.runs = []

    def __call__(self, asked):
        self.runs.append(list(asked))
        if min(asked) < 0:
            raise ValueError(f"{min(asked)} is negative")
        return [2 * number for number in asked]


def test_what_is_asked_in_one_turn_is_answered_in_one_run_and_in_order(batching):
    doubling = Doubling()

    async def asking():
        together = batching.Together(doubling)
        first = await asyncio.gather(*(together.ask(n) for n in range(20)))
        return first, await together.ask(7)

    assert asyncio.run(asking()) == ([2 * n for n in range(20)], 14)
    assert doubling.runs == [list(range(20)), [7]]


def test_a_run_is_bounded_and_what_is_left_has_the_next_turn(batching):
    doubling = Doubling()

    async def asking():
        together = batching.Together(doubling, most=8)
        return await asyncio.gather(*(together.ask(n) for n in range(20)))

    assert asyncio.run(asking()) == [2 * n for n in range(20)]
    assert [len(run) for run in doubling.runs] == [8, 8, 4]


def test_other_work_of_the_loop_has_its_turn_between_two_runs(batching):
    seen = []

    async def asking():
        together = batching.Together(lambda asked: seen.append(len(asked)) or asked, most=2)
        answers = [asyncio.ensure_future(together.ask(n)) for n in range(6)]
        await asyncio.sleep(0)
        for _ in range(3):
            asyncio.get_running_loop().call_soon(seen.append, "other")
            await asyncio.sleep(0)
        await asyncio.gather(*answers)

    asyncio.run(asking())
    assert [one for one in seen if one != "other"] == [2, 2, 2]
    assert seen.index("other") < len(seen) - 1 - seen[::-1].index(2)


def test_a_question_that_fails_does_so_alone(batching):
    doubling = Doubling()

    async def asking():
        together = batching.Together(doubling)
        return await asyncio.gather(*(together.ask(n) for n in (1, -2, 3, -4)), return_exceptions=True)

    found = asyncio.run(asking())
    assert (found[0], found[2]) == (2, 6)
    assert [str(found[at]) for at in (1, 3)] == ["-2 is negative", "-4 is negative"]


def test_who_is_cancelled_is_not_asked_for_and_harms_nobody(batching):
    doubling = Doubling()

    async def asking():
        together = batching.Together(doubling)
        tasks = [asyncio.ensure_future(together.ask(n)) for n in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        everybody = [asyncio.ensure_future(together.ask(n)) for n in range(3)]
        await asyncio.sleep(0)
        for task in everybody:
            task.cancel()
        await asyncio.gather(*everybody, return_exceptions=True)
        return found, await together.ask(5)

    found, after = asyncio.run(asking())
    assert isinstance(found[1], asyncio.CancelledError)
    assert (found[:1], found[2:], after) == ([0], [4, 6], 10)
    assert doubling.runs == [[0, 2, 3], [5]]


def test_an_answer_too_few_is_a_failure_and_nobody_waits_for_ever(batching):
    async def asking():
        together = batching.Together(lambda asked: asked[:-1])
        return await asyncio.wait_for(asyncio.gather(*(together.ask(n) for n in range(3)), return_exceptions=True), 2)

    assert {type(one) for one in asyncio.run(asking())} == {ValueError}
