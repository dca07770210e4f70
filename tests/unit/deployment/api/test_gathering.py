from __future__ import annotations

import asyncio
import threading

import pytest

from specweave.deployment.api.gathering import BusyError, Gathering


@pytest.mark.anyio
async def test_rows_that_come_while_the_model_works_are_answered_together():
    calls, free = [], threading.Event()

    def answer(rows):
        calls.append(len(rows))
        assert free.wait(10)
        return [value * 2 for value in rows]

    gathered = Gathering(answer, most=8)
    first = asyncio.create_task(gathered.ask(0))
    while not calls:
        await asyncio.sleep(0.001)
    others = [asyncio.create_task(gathered.ask(value)) for value in range(1, 13)]
    await asyncio.sleep(0.01)
    free.set()
    assert await asyncio.gather(first, *others) == [value * 2 for value in range(13)]
    assert calls == [1, 8, 4]


@pytest.mark.anyio
async def test_a_row_that_spoils_a_call_spoils_it_for_itself_alone():
    def answer(rows):
        if 3 in rows:
            raise ValueError("three")
        return list(rows)

    gathered = Gathering(answer)
    found = await asyncio.gather(*[gathered.ask(value) for value in range(6)], return_exceptions=True)
    assert [value for value in found if not isinstance(value, ValueError)] == [0, 1, 2, 4, 5]
    assert str(found[3]) == "three"


@pytest.mark.anyio
async def test_more_rows_than_can_wait_are_told_so():
    free = threading.Event()

    def answer(rows):
        assert free.wait(10)
        return list(rows)

    gathered = Gathering(answer, most=1, waiting=2)
    waiting = []
    for value, more in ((0, 0), (1, 1), (2, 2)):
        waiting.append(asyncio.create_task(gathered.ask(value)))
        await asyncio.sleep(0.01)
        assert len(gathered._waiting) == more
    with pytest.raises(BusyError):
        await gathered.ask(9)
    free.set()
    assert await asyncio.gather(*waiting) == [0, 1, 2]


@pytest.mark.anyio
async def test_who_no_longer_waits_is_not_answered():
    seen, free = [], threading.Event()

    def answer(rows):
        seen.extend(rows)
        assert free.wait(10)
        return list(rows)

    gathered = Gathering(answer, most=1)
    first = asyncio.create_task(gathered.ask(1))
    while not seen:
        await asyncio.sleep(0.001)
    second, third = (asyncio.create_task(gathered.ask(value)) for value in (2, 3))
    await asyncio.sleep(0.01)
    second.cancel()
    free.set()
    assert await asyncio.gather(first, third) == [1, 3]
    assert seen == [1, 3]
