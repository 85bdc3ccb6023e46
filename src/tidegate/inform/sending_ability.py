"""Over which ways can this site send just now? It says so itself, so that others send in its place.

A way on which nothing was taken for a while, by anybody, is withdrawn: then our own mail server is down, or
our own line. After a pause it counts again, and the next failures show whether it is mended; each pause is
twice as long as the one before. One stranger's receiver that is down says nothing of us. Clocks must not live
here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.journal.entry import Draft
from tidegate.journal.site_members import SiteBook

FAILS_S = 45.0
"""A way on which so long nothing was taken is withdrawn."""
LEAST_FAILURES = 2
LEAST_RECEIVERS = 3
"""So many strangers must have failed, and none taken anything, before it is held to be our own fault."""
FIRST_PAUSE_S = 300.0
LONGEST_PAUSE_S = 3600.0


def able(book: SiteBook, site: str, ways: Sequence[str], because: str = "") -> Draft | None:
    """Return the entry by which a site says what it can send; None where that is on record already."""
    known = book.able.get(site)
    if known is not None and known.payload["ways"] == list(ways):
        return None
    payload = {"ways": list(ways), **({"because": because} if because else {})}
    return Draft(kind="site.able", subject=site, payload=payload)


@dataclass(kw_only=True)
class _Failing:
    since_s: float
    count: int = 0
    receivers: set[str] = field(default_factory=set)


class Ability:
    """What this site can send, as its own sendings show.

    Times are seconds on one clock.

    Parameters
    ----------
    ways
        Over what it is set up to send; whether the receiver is this site's own, such as its mail server.
    besides
        What else it is able to.
    """

    def __init__(self, ways: Mapping[str, bool], besides: Collection[str] = ()) -> None:
        self._ways = ways
        self._besides = besides
        self._failing: dict[str, _Failing] = {}
        self._until_s: dict[str, float] = {}
        self._pause_s: dict[str, float] = {}

    def failed(self, way: str, receiver: str, now_s: float) -> None:
        """Say that nobody answered on a way, or that we could not send at all."""
        failing = self._failing.setdefault(way, _Failing(since_s=now_s))
        failing.count += 1
        failing.receivers.add(receiver)

    def answered(self, way: str) -> None:
        """Say that a receiver answered on a way, whatever it said."""
        for known in (self._failing, self._until_s, self._pause_s):
            known.pop(way, None)

    def ways(self, now_s: float) -> tuple[str, ...]:
        """Return what it can send at `now_s`, and what else it is able to, by name."""
        for way in self._ways:
            if self._is_failing(way, now_s):
                pause_s = self._pause_s.get(way, FIRST_PAUSE_S)
                self._until_s[way] = now_s + pause_s
                self._pause_s[way] = min(2 * pause_s, LONGEST_PAUSE_S)
                del self._failing[way]
        found = [way for way in self._ways if self._until_s.get(way, now_s) <= now_s]
        return tuple(sorted([*found, *self._besides]))

    def _is_failing(self, way: str, now_s: float) -> bool:
        failing = self._failing.get(way)
        if failing is None or now_s - failing.since_s < FAILS_S:
            return False
        return failing.count >= LEAST_FAILURES and (
            self._ways[way] or len(failing.receivers) >= LEAST_RECEIVERS
        )
