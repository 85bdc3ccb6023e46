"""How a watch goes on at the command line: look, show, wait; it ends in order when it is told to."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tidegate.errors import Fault, InputError

if TYPE_CHECKING:
    from tidegate.adapters.telemetry.live_source import LiveSource
    from tidegate.observe.answering import Answering
    from tidegate.observe.place_reading import Watched
    from tidegate.observe.watching import Manner, Watching
    from tidegate.world.world import World, WorldFile

_LEAST_LOOK_S = 1.0
_MOST_SECRET_BYTES = 64 * 1024
_RECORD_S = 15.0


class Looking:
    """Looks at sources again and again.

    Parameters
    ----------
    watching
        Takes what came.
    sources
        Where series come from.
    look_s
        Between two looks, in seconds.
    """

    def __init__(self, watching: Watching, sources: Sequence[LiveSource], look_s: float) -> None:
        self._watching, self._sources, self._look_s = watching, sources, look_s
        self._over = threading.Event()

    def run(
        self, show: Callable[[Watched], None], *, lasts_s: float | None = None, once: bool = False
    ) -> Watched | None:
        """Look until told to end (SIGINT, SIGTERM), or for so long; return what was seen last.

        Parameters
        ----------
        show
            Shows what is seen.
        lasts_s
            For how long, in seconds.
        once
            Whether one look is all.
        """
        from tidegate.verbs.watch import look

        before = {sign: signal.signal(sign, self._end) for sign in (signal.SIGINT, signal.SIGTERM)}
        began_s, found = time.monotonic(), None
        try:
            while not self._over.is_set():
                found = look(self._watching, self._sources, time.time())
                show(found)
                if once or (lasts_s is not None and time.monotonic() - began_s >= lasts_s):
                    break
                self._over.wait(self._look_s)
        finally:
            for sign, handler in before.items():
                signal.signal(sign, handler)
        return found

    def _end(self, *_: object) -> None:
        self._over.set()


class RecordKept:
    """Takes what is seen into the record of a folder, which others may work on meanwhile.

    Parameters
    ----------
    data
        The folder.
    world
        The world that is watched.
    """

    def __init__(self, data: str, world: World) -> None:
        from tidegate.track.watch_alert import WatchAlerts

        self._data, self._world = data, world
        self._alerts = WatchAlerts(world)
        self._is_resumed = False
        self._before: object = None
        self._taken_s = float("-inf")

    def take(self, found: Watched) -> None:
        """Take it in where something is otherwise, and every quarter of a minute."""
        from tidegate.cli.journal import desk_in
        from tidegate.verbs.record.watched import hear_watch

        key = [(one.state, one.section, one.name, len(one.unseen)) for one in found.readings]
        if key == self._before and found.at_s - self._taken_s < _RECORD_S:
            return
        self._before, self._taken_s = key, found.at_s
        with desk_in(self._data, by="watch", begin=True, world=self._world) as (desk, _):
            if not self._is_resumed:
                self._alerts.resume(desk.state.outages(), found.at_s)
                self._is_resumed = True
            hear_watch(desk, self._alerts, found)


@contextmanager
def looking(
    file: WorldFile, answering: Answering | None, said: Sequence[str], *,
    manner: Manner, credentials: str | None,
) -> Iterator[Looking]:  # fmt: skip
    """Open the sources that were named, and yield what looks at them.

    Raises
    ------
    InputError
        With what is wrong of the world's bindings or the sources.
    """
    from tidegate.adapters.telemetry.live_sources import opened_sources
    from tidegate.verbs.watch import begin, read_numbers

    numbers = read_numbers(file, answering)
    sources = opened_sources(said, numbers, every_s=manner.every_s, credentials=_secret(credentials))
    try:
        watching = begin(file, numbers, manner=manner, began_s=time.time())
        yield Looking(watching, sources, max(manner.every_s / 2, _LEAST_LOOK_S))
    finally:
        for source in sources:
            source.close()


def _secret(name: str | None) -> str:
    from tidegate.adapters.files.worlds import read_text

    if name is None:
        return ""
    found = read_text(name, most_bytes=_MOST_SECRET_BYTES)[0].strip()
    if not found or not found.isprintable():
        raise InputError(Fault(what="is not one line", path="--credentials", value=name, allowed="a token"))
    return found
