"""Two real servers that are cut from each other: no notice is lost, and none comes more than twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from notice_sinks import HookSink, serving
from sites_apart import ServedSite, sites_apart
from tidegate.inform.wish import Wish
from tidegate.present.site.outage import outage_path
from tidegate.verbs.record.component import Described, declare
from tidegate.verbs.record.notify import vouch
from tidegate.verbs.record.outage import Report, open_outage, publish, write_update

STEP_S = 2.0
KEY = b"k" * 32
COUNT = 24


def wait_for(found: Callable[[], object], patience_s: float = 30.0) -> None:
    until_s = time.monotonic() + patience_s
    while not found() and time.monotonic() < until_s:
        time.sleep(0.1)
    assert found()


def test_sites_that_are_cut_send_everything_and_come_to_one_outage(tmp_path: Path):
    """Published on both sides of a cut; afterwards one outage with what both said, and nothing sent again."""
    hook = HookSink()

    async def story() -> None:
        async with serving(hook):
            await asyncio.to_thread(_story, tmp_path, hook)

    asyncio.run(story())


def _story(folder: Path, hook: HookSink) -> None:
    with sites_apart(folder, "west", "east", step_s=STEP_S, TIDEGATE_NETWORKS="127.0.0.0/8") as (west, east):
        _subscribe(west, hook)
        wait_for(lambda: _subscribed(east) == COUNT)
        for site in (west, east):
            site.line.cut()
        first = _published(west, "Shop is slow", "degraded_performance")
        second = _published(east, "Shop is down", "major_outage")
        wait_for(lambda: len(hook.ids) == 2 * COUNT)  # each side sent its own to everybody
        for site in (west, east):
            site.line.mend()
        wait_for(lambda: _states(west) == _states(east) == {first: "emerging", second: "merged"})
        time.sleep(STEP_S + 1)
        assert 2 * COUNT == len(hook.ids) == sum(hook.ids.values())
        for site in (west, east):
            page = site.get(f"/{outage_path(second)}")
            assert f"{first}.html" in page
            assert "Shop is down." in page  # what was published under its address is read there still
            assert "Shop is slow." in site.get(f"/{outage_path(first)}")
            assert '"status":"major_outage"' in site.get("/api/v2/components.json").replace(" ", "")


def test_what_was_a_dead_sites_turn_is_sent_by_the_other(tmp_path: Path):
    """One of two servers is killed; words published at the other reach everybody, one step later."""
    hook = HookSink()

    async def story() -> None:
        async with serving(hook):
            await asyncio.to_thread(_killed, tmp_path, hook)

    asyncio.run(story())


def _killed(folder: Path, hook: HookSink) -> None:
    with sites_apart(folder, "west", "east", step_s=STEP_S, TIDEGATE_NETWORKS="127.0.0.0/8") as (west, east):
        _subscribe(west, hook)
        wait_for(lambda: _subscribed(east) == COUNT)
        west.process.kill()
        _published(east, "Shop is down", "major_outage")
        wait_for(lambda: hook.ids)
        first_s = time.monotonic()
        assert len(hook.ids) < COUNT  # some were the other's turn
        wait_for(lambda: len(hook.ids) == COUNT)
        assert time.monotonic() - first_s > STEP_S / 2
        assert COUNT == sum(hook.ids.values())


def _subscribe(site: ServedSite, hook: HookSink) -> None:
    with site.desk() as desk:
        declare(desk, [Described(id="shop", title="Shop")])
        for i in range(COUNT):
            vouch(desk, Wish(channel="webhook", address=f"http://127.0.0.1:{hook.port}/{i}"), key=KEY)


def _subscribed(site: ServedSite) -> int:
    with site.desk() as desk:
        return sum(one.is_confirmed for one in desk.state.subscriptions())


def _states(site: ServedSite) -> dict[str, str]:
    with site.desk() as desk:
        return {one.id: one.state.value for one in desk.state.outages()}


def _published(site: ServedSite, title: str, status: str) -> str:
    with site.desk() as desk:
        one = open_outage(desk, Report(title=title, components={"shop": status}))
        words = write_update(desk, one, texts={"en": f"{title}."})
        publish(desk, words.outage, update=words.update, despite=True)
        return one.id
