"""Send notices from three sites while they are cut from each other and killed, and count what receivers took.

Five times something is published to some thousand subscribers, and paths are cut or a site is killed while that is
sent. Real servers, with the times that they have when they are installed; receivers of webhooks on this machine count
each notice by its id. The exit code is 1 if one is lost, or comes more often than parts and kills explain.

    python docs/generate_site_notices.py [--subscribers N] [--most SECONDS]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from notice_sinks import HookSink, serving  # noqa: E402
from sites_served import Group  # noqa: E402
from tidegate import __version__  # noqa: E402
from tidegate.adapters.store.journal_begin import open_journal  # noqa: E402
from tidegate.adapters.store.journal_state import read_state  # noqa: E402
from tidegate.inform.wish import Wish  # noqa: E402
from tidegate.verbs.record.component import Described, declare  # noqa: E402
from tidegate.verbs.record.notify import vouch  # noqa: E402
from tidegate.verbs.record.outage import Desk, Report, open_outage, publish, write_update  # noqa: E402

KEPT = ROOT / "docs" / "evidence" / "site-notices.json"
NAMES = ("west", "mid", "east")
KEY = b"k" * 32
QUIET_S = 45.0
"""So long after the last notice nobody's turn is left, where each site waits 30 s for those before it."""


@dataclass(frozen=True)
class Round:
    """What is done while the notices of one publication are sent.

    Parameters
    ----------
    title
        In words.
    parts_count
        Into how many parts it cuts the sites.
    act
        Does it.
    mend
        Makes it whole.
    """

    title: str
    parts_count: int
    act: Callable[[Group], None]
    mend: Callable[[Group], None]


def _heal(group: Group) -> None:
    group.paths.heal()


def _kill(group: Group) -> None:
    group.sites["mid"].kill()


def _restart(group: Group) -> None:
    group.sites["mid"].start()


ROUNDS = (
    Round("nothing", 1, lambda _group: None, _heal),
    Round("one site cut off", 2, lambda group: group.paths.swallow(*group.pairs_of("east")), _heal),
    Round("all cut from each other", 3, lambda group: group.paths.swallow(*group.paths.pairs), _heal),
    Round("paths refused around one", 2, lambda group: group.paths.refuse(*group.pairs_of("mid")), _heal),
    Round("a site killed, and started when all is sent", 1, _kill, _restart),
)


def said(group: Group, name: str, do: Callable[[Desk], None]) -> None:
    """Say something at a site, as its command line would."""
    with closing(open_journal(group.sites[name].data)) as journal:
        state, _ = read_state(journal)
        do(Desk(journal=journal, state=state, by="ann", clock=time.time, entropy=lambda: os.urandom(16)))


def subscribe(desk: Desk, port: int, count: int) -> None:
    """Let webhooks subscribe."""
    declare(desk, [Described(id="shop", title="Shop")])
    for i in range(count):
        vouch(desk, Wish(channel="webhook", address=f"http://127.0.0.1:{port}/{i}"), key=KEY)


def published(desk: Desk, title: str) -> None:
    """Publish words that everybody is sent."""
    one = open_outage(desk, Report(title=title, components={"shop": "major_outage"}))
    words = write_update(desk, one, texts={"en": f"{title}."})
    publish(desk, words.outage, update=words.update, despite=True)


def quiet(ids: Counter[str], wanted: int, most_s: float) -> float:
    """Wait until all was sent and nothing has come for a while; return how long the last took to come."""
    began_s = last_s = time.monotonic()
    count = sum(ids.values())
    while time.monotonic() - began_s < most_s:
        time.sleep(0.5)
        if sum(ids.values()) != count:
            count, last_s = sum(ids.values()), time.monotonic()
        elif len(ids) >= wanted and time.monotonic() - last_s > QUIET_S:
            break
    return last_s - began_s


def measured(folder: Path, hook: HookSink, count: int, most_s: float) -> list[dict[str, object]]:
    """Publish five times, and return what receivers took each time."""
    group, found = Group(folder, NAMES), list[dict[str, object]]()
    try:
        said(group, "west", lambda desk: subscribe(desk, hook.port, count))
        group.start()
        group.identical_after_s(120.0)
        time.sleep(10.0)
        for place, one in enumerate(ROUNDS):
            before, at = Counter(hook.ids), NAMES[(0, 2, 0, 2, 0)[place]]
            said(group, at, lambda desk, one=one: published(desk, f"Shop is down: {one.title}"))  # type: ignore[misc]
            time.sleep(1.5)
            early_count = sum(hook.ids.values()) - sum(before.values())
            one.act(group)
            # Who has not heard that it was published before the cut has nothing to send yet.
            time.sleep(35.0)
            one.mend(group)
            took_s = quiet(hook.ids, len(before) + count, most_s)
            came = Counter(hook.ids) - before
            most = max(came.values(), default=0)
            found.append({
                "title": one.title, "parts_count": one.parts_count, "early_count": early_count,
                "lost_count": count - len(came), "twice_count": sum(times - 1 for times in came.values()),
                "most_count": most, "took_s": took_s + 36.5,
            })  # fmt: skip
            print(json.dumps(found[-1]), flush=True)  # noqa: T201
        return found
    finally:
        group.close()


def page(kept: dict[str, object]) -> str:
    """Return the page."""
    rounds: list[dict[str, object]] = kept["rounds"]  # type: ignore[assignment]
    rows = "\n".join(
        f"| {one['title']} | {one['early_count']:,} | {one['lost_count']:,} | {one['twice_count']:,} "
        f"| {one['most_count']} | {one['took_s']:.0f} |"
        for one in rounds
    )
    count: int = kept["subscribers_count"]  # type: ignore[assignment]
    return f"""# Notices of three sites that are cut from each other

<!-- Generated by docs/generate_site_notices.py; do not edit. -->

Measured on {kept["date"]} with Tidegate {__version__} on {kept["cores_count"]} cores (load {kept["load"]:.1f} before). Three
`tidegate serve` processes with the times that they have when they are installed; {count:,} webhook subscribers, to whom
something is published {len(rounds)} times: {count * len(rounds):,} notices. A second and a half later the thing in the
first column is done; it lasts 35 s. Receivers are one process on the same machine, and count notices by their ids.

| meanwhile | sent before it | lost | sent once more | most often one notice came | last came after, s |
| --- | ---: | ---: | ---: | ---: | ---: |
{rows}

None may be lost, and of one notice at most one more may come for each further part into which the sites are cut, or
for a kill. Each part sends what it does not hear was sent: it cannot know what a site does that it does not hear. A
receiver passes over the second by the id that both carry.
"""


def faults(rounds: list[dict[str, object]]) -> list[str]:
    """Return what is not as it must be."""
    return [
        f"{one['title']}: {one['lost_count']} lost, one came {one['most_count']} times"
        for one in rounds
        if one["lost_count"] or int(str(one["most_count"])) > int(str(one["parts_count"])) + ("killed" in str(one["title"]))
    ]


def main() -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subscribers", type=int, default=5_000)
    parser.add_argument("--most", type=float, default=300.0, help="seconds to wait for the last of a round")
    asked = parser.parse_args()
    os.environ["TIDEGATE_NETWORKS"] = "127.0.0.0/8"
    hook, load = HookSink(keeps=False), os.getloadavg()[0]
    loop = asyncio.new_event_loop()
    is_over, is_there = asyncio.Event(), threading.Event()

    async def receive() -> None:
        async with serving(hook):
            is_there.set()
            await is_over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(receive(),), daemon=True)
    thread.start()
    is_there.wait()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        rounds = measured(Path(name), hook, asked.subscribers, asked.most)
    loop.call_soon_threadsafe(is_over.set)
    thread.join()
    kept = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(), "load": load, "cores_count": os.cpu_count(),
        "subscribers_count": asked.subscribers, "rounds": rounds,
    }  # fmt: skip
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    KEPT.with_suffix(".md").write_text(page(kept), encoding="utf-8")
    for fault in faults(rounds):
        sys.stdout.write(f"{fault}\n")
    return int(bool(faults(rounds)))


if __name__ == "__main__":
    raise SystemExit(main())
