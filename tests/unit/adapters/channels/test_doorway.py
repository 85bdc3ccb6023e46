"""Whose turn it is to hand a notice over."""

from __future__ import annotations

import asyncio
import contextlib

from tidegate.adapters.channels.doorway import Doorway
from tidegate.inform.handover import HandoverPolicy

PATIENT = HandoverPolicy(least_s=60.0, per_s=1e-9)
"""Nobody gives a place up while a test runs."""
HASTY = HandoverPolicy(least_s=0.001, per_s=1e-9)


def test_one_passes_after_the_other_in_the_order_in_which_they_came():
    """Each is jotted down before it passes; never two at once."""
    seen: list[str] = []

    async def hand_over(doorway: Doorway, named: str) -> None:
        async with doorway.passing(named):
            seen.append(f"in {named}")
            await asyncio.sleep(0)
            seen.append(f"out {named}")

    async def run() -> None:
        doorway = Doorway(lambda named: seen.append(f"begin {named}"), PATIENT)
        await asyncio.gather(*(hand_over(doorway, named) for named in "abc"))

    asyncio.run(run())
    assert [f"{what} {named}" for named in "abc" for what in ("in", "out")] == [
        one for one in seen if not one.startswith("begin")
    ]
    assert ["a", "b", "c"] == [one[-1] for one in seen if one.startswith("begin")]
    assert all(seen.index(f"begin {named}") < seen.index(f"in {named}") for named in "abc")


def test_who_is_broken_off_while_waiting_never_passes():
    """It is not jotted down, so it is not in doubt; who waits behind it passes."""
    begun: list[str] = []

    async def run() -> list[bool]:
        doorway, over = Doorway(begun.append, PATIENT), asyncio.Event()

        async def hand_over(named: str) -> None:
            async with doorway.passing(named):
                await over.wait()

        tasks = {named: asyncio.create_task(hand_over(named)) for named in "abc"}
        await asyncio.sleep(0)
        waited = [doorway.is_waiting(named) for named in "abc"]
        tasks["b"].cancel()
        over.set()
        with contextlib.suppress(asyncio.CancelledError):
            await tasks["b"]
        await asyncio.gather(tasks["a"], tasks["c"])
        return waited

    assert [False, True, True] == asyncio.run(run())
    assert ["a", "c"] == begun


def test_a_slow_one_keeps_nobody_waiting_for_good():
    """Its place is given up after twice the soonest answer, though it is still under way."""

    async def run() -> None:
        doorway, over = Doorway(lambda _named: None, HASTY), asyncio.Event()

        async def slow() -> None:
            async with doorway.passing("slow"):
                await over.wait()

        task = asyncio.create_task(slow())
        await asyncio.sleep(0)
        for number in range(10):
            async with doorway.passing(f"{number}"):
                assert not task.done()
        over.set()
        await task

    asyncio.run(asyncio.wait_for(run(), 30))
