"""What goes on at the world's places, while it lives? Read from live series; what is wrong becomes an outage.

One thread looks, so that a source that hangs keeps nothing else waiting. What can be done about a collapse is
worked out by another, once: the world does not change while the server runs.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.adapters.files.secret_text import SecretText
from tidegate.adapters.files.worlds import read_text, read_world_text
from tidegate.errors import Fault, InputError, TidegateError
from tidegate.journal.moment import clock_text
from tidegate.observe.followed_series import AHEAD_S
from tidegate.observe.place_reading import WATCH_NAME, PlaceState, not_looked
from tidegate.present.console.frame import Alarm
from tidegate.server.setting import ServerSetting
from tidegate.server.site_record import Record
from tidegate.track.outage import Outage
from tidegate.track.watch_alert import WatchAlerts
from tidegate.verbs.record.watched import FOUND, hear_watch, note

if TYPE_CHECKING:
    from tidegate.adapters.telemetry.live_source import LiveSource
    from tidegate.observe.live_number import LiveNumber
    from tidegate.observe.place_reading import SourceState, Watched
    from tidegate.observe.watching import Manner
    from tidegate.world.world import WorldFile

_LOG = logging.getLogger("tidegate.watch")
_LEAST_LOOK_S = 1.0
_ESCAPE_SEED = 7
_WITHIN_S = 15.0
_LOOKS_MISSED = 3.0


@dataclass(frozen=True, kw_only=True)
class WantedWatch:
    """What is to be watched: a world, its numbers, and how."""

    file: WorldFile
    numbers: tuple[LiveNumber, ...]
    manner: Manner


def read_wanted(setting: ServerSetting) -> WantedWatch:
    """Return what is to be watched, as the settings say.

    Raises
    ------
    InputError
        With what is wrong of the world's bindings, or if there is no world.
    """
    from tidegate.observe.answering import read_answering  # noqa: PLC0415  of many servers none watches
    from tidegate.observe.watching import Manner  # noqa: PLC0415
    from tidegate.verbs.watch import false_alarm_s, read_numbers  # noqa: PLC0415
    from tidegate.world.file.read import read_world  # noqa: PLC0415

    if not setting.world:
        allowed = "with a world, whose places are watched"
        raise InputError(Fault(what="has nothing to watch", path="watch", allowed=allowed))
    file = read_world(*read_world_text(setting.world))
    answering = read_answering(*read_text(setting.watch_series)) if setting.watch_series else None
    every_s = max(setting.watch_every_s if answering is None else answering.every_s, _LEAST_LOOK_S)
    manner = Manner(every_s=every_s, false_alarm_s=false_alarm_s(setting.watch_false_alarms))
    return WantedWatch(file=file, numbers=read_numbers(file, answering), manner=manner)


def opened(setting: ServerSetting, wanted: WantedWatch) -> list[LiveSource]:
    """Return the sources, opened.

    Raises
    ------
    InputError
        With every one that is none.
    """
    from tidegate.adapters.telemetry.live_sources import opened_sources  # noqa: PLC0415

    said = setting.watch_credentials
    secret = SecretText(said, "watch_credentials", shortest=1).text if said else ""
    return opened_sources(setting.watch, wanted.numbers, every_s=wanted.manner.every_s, credentials=secret)


def check_watch(setting: ServerSetting) -> None:
    """Find out whether what is set could be watched; nothing is left open.

    Raises
    ------
    InputError
        If it could not.
    """
    if setting.watch:
        for source in opened(setting, read_wanted(setting)):
            source.close()


class PlaceWatch:
    """Watches the places of the server's world; where no source is set, it does nothing.

    Parameters
    ----------
    record
        The record.
    setting
        Which world, from where, and how.

    Attributes
    ----------
    seen
        What was seen last, however long ago; None where nothing is watched, or not yet. What is told to
        somebody is `seen_now`.

    Raises
    ------
    InputError
        With what is wrong of the world's bindings or the sources.
    """

    def __init__(self, record: Record, setting: ServerSetting) -> None:
        self.seen: Watched | None = None
        self._record = record
        self._sources: list[LiveSource] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._escaping: threading.Thread | None = None
        self._waiting: list[Outage] = []
        self._way_out = ""
        if setting.watch:
            self._open(setting)

    def _open(self, setting: ServerSetting) -> None:
        from tidegate.verbs.watch import begin  # noqa: PLC0415

        wanted = read_wanted(setting)
        self._file, self._sources = wanted.file, opened(setting, wanted)
        self._look_s = max(wanted.manner.every_s / 2, _LEAST_LOOK_S)
        now_s = self._record.clock()
        self._watching = begin(wanted.file, wanted.numbers, manner=wanted.manner, began_s=now_s)
        self._alerts = WatchAlerts(wanted.file.world)
        self._stale_s = _WITHIN_S + _LOOKS_MISSED * wanted.manner.every_s
        self._unlooked = self._watching.look(now_s)

    @property
    def is_on(self) -> bool:
        """Whether anything is watched."""
        return bool(self._sources)

    def seen_now(self) -> Watched | None:
        """Return what is seen; where the watch itself has not looked for a while, that nothing is.

        None where nothing is watched, or the first look is still awaited.
        """
        if not self._sources:
            return None
        seen, now_s = self.seen, self._record.clock()
        last = self._unlooked if seen is None else seen
        is_stale = not -AHEAD_S <= now_s - last.at_s <= self._stale_s
        return not_looked(last, now_s) if is_stale else seen

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """What everybody must see first: that nothing, or not everything, is seen."""
        seen = self.seen_now()
        if seen is None or seen.blind_since_s is None:
            return ()
        sources = [one for one in seen.sources if one.state is PlaceState.BLIND]
        what = self._unread(sources[0]) if sources else self._unseen(seen)
        return (Alarm(says=f"Blind since {clock_text(seen.blind_since_s, seen.at_s)}: {what}."),)

    @staticmethod
    def _unread(one: SourceState) -> str:
        return one.why if one.name == WATCH_NAME else f"{one.name} cannot be read"

    @staticmethod
    def _unseen(seen: Watched) -> str:
        paths = [one.path for reading in seen.readings for one in reading.unseen]
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        return f"{paths[0] if paths else 'nothing is bound'}{more} {'are' if more else 'is'} not seen"

    def start(self) -> None:
        """Begin."""
        if self._sources:
            with self._record.reading() as state:
                self._alerts.resume(state.outages(), self._record.clock())
            self._thread.start()

    def stop(self) -> None:
        """End after the look that is under way."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10.0)
        for source in self._sources:
            source.close()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self.turn()
            except TidegateError as error:
                _LOG.error("a look was not finished", extra={"why": str(error)})
            except Exception:  # noqa: BLE001  a fault of ours here must not end the watch for good
                _LOG.exception("a look failed")
            self._over.wait(self._look_s)

    def turn(self) -> None:
        """Look once, and take what is seen into the record."""
        from tidegate.verbs.watch import look  # noqa: PLC0415

        seen = look(self._watching, self._sources, self._record.clock())
        before, self.seen = self.seen, seen
        if before is None or before.state is not seen.state:
            level = logging.INFO if seen.state is PlaceState.FINE else logging.WARNING
            _LOG.log(level, "the world's places are %s", seen.state.value)
        with self._record.desk("watch") as desk:
            touched = hear_watch(desk, self._alerts, seen)
            for one in touched:
                if one.cause and not self._is_noted(one):
                    self._tell_way_out(one)

    @staticmethod
    def _is_noted(one: Outage) -> bool:
        return any(text.startswith(FOUND) for _, text in one.notes)

    def _tell_way_out(self, one: Outage) -> None:
        """Have it worked out what gets out of a collapse, and kept with an outage; once for all of them."""
        if self._way_out:
            return
        self._waiting.append(one)
        if self._escaping is None:
            self._escaping = threading.Thread(target=self._escape, name="watch escape", daemon=True)
            self._escaping.start()

    def _escape(self) -> None:
        from tidegate.present.searches.escape_text import answer_text, edge_text  # noqa: PLC0415  the engine
        from tidegate.verbs.escape import ways_out  # noqa: PLC0415  is loaded where it is needed

        activity = next(iter(self._file.world.activities), None)
        try:
            with ThreadPoolExecutor(max_workers=1) as executor:
                found = ways_out(
                    self._file, activity, wrong_belief=None, seed=_ESCAPE_SEED, executor=executor
                ).escape
            self._way_out = f"{answer_text(found)} {edge_text(found)}"
        except TidegateError as error:
            self._way_out = f"No way out was found beforehand: {error}"
        except Exception:  # noqa: BLE001  the outage stands without it
            _LOG.exception("a way out was not worked out")
            return
        with self._record.desk("watch") as desk:
            for one in self._waiting:
                note(desk, one, self._way_out)
