"""What do all series of a world say at a moment? A fold of samples; time is an argument.

Rules that a person can read stand beside the statistics: what is turned away, what is over four fifths of a
limit, what is at its limit within minutes. What is promised and not seen makes its place blind, whatever else
is seen of it; an answer without samples is no sample.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tidegate.observe.followed_number import FollowedNumber
from tidegate.observe.known_series import KnownSeries
from tidegate.observe.live_number import LOADS, LiveNumber, amount_text
from tidegate.observe.place_reading import (
    WATCH_NAME,
    Bound,
    Drift,
    Load,
    PlaceState,
    Reading,
    SourceState,
    Surge,
    Unseen,
    Watched,
)
from tidegate.observe.sampled import Sampled
from tidegate.world.file.called import called

MOST_SERIES = 200_000
WEEK_S = 604_800.0
_MINUTE_S = 60.0
_EXACT = 1e-6
_UNSTATED_RATIO = 0.05
_LASTING_COUNT = 2
PARTS: Mapping[str, str] = {"crossings": "devices", "services": "instances"}
"""What a place has several of, each of which must be seen."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How it is watched.

    Parameters
    ----------
    every_s
        How far apart samples are until that is seen, in seconds.
    false_alarm_s
        How long it must be between two false alarms of one number, in seconds.
    share_ratio
        From which share of a limit on a place is not fine.
    reach_s
        Within how long a limit must not be reached, in seconds.
    """

    every_s: float = 15.0
    false_alarm_s: float = WEEK_S
    share_ratio: float = 0.8
    reach_s: float = 300.0


@dataclass
class _Place:
    section: str
    name: str
    numbers: list[FollowedNumber] = field(default_factory=list)
    state: PlaceState | None = None
    since_s: float = 0.0


class Watching:
    """What is known of a world's places.

    Parameters
    ----------
    world
        Its name.
    numbers
        What is read.
    unbound
        Places of which nothing is.
    unread
        Loads with a limit that are not read, of the other places.
    manner
        How it is watched.
    began_s
        When it began, in seconds since 1970.
    """

    def __init__(
        self, world: str, numbers: Sequence[LiveNumber], *,
        manner: Manner, began_s: float, unbound: Sequence[str] = (), unread: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.manner = manner
        self._passed_over_count = 0
        self._world, self._unbound, self._began_s = world, tuple(unbound), began_s
        self._unread = tuple(unread)
        self._places: dict[str, _Place] = {}
        self._numbers: dict[str, FollowedNumber] = {}
        self._routes: dict[object, list[tuple[FollowedNumber, KnownSeries | None]]] = {}
        self._by_metric: dict[tuple[str, str], list[tuple[FollowedNumber, KnownSeries]]] = {}
        self._sources: dict[str, SourceState] = {}
        self._delays_s: dict[str, float] = {}
        self._lacking: dict[str, dict[str, str]] = {}
        for one in numbers:
            self._add(one)

    def _add(self, number: LiveNumber) -> None:
        followed = FollowedNumber(
            number, every_s=self.manner.every_s, false_alarm_s=self.manner.false_alarm_s
        )
        key = f"{number.section}.{number.name}"
        place = self._places.setdefault(key, _Place(section=number.section, name=number.name))
        place.numbers.append(followed)
        self._numbers[number.path] = followed
        for name in number.names:
            self._by_metric.setdefault((name.system, name.metric), []).append((followed, name))

    def source_read(self, name: str, now_s: float, *, delay_s: float = 0.0, why: str = "") -> None:
        """Take in that a source answered, or why it did not.

        Parameters
        ----------
        name
            Of the source.
        now_s
            Our own time.
        delay_s
            By how much its samples are behind, as a rule.
        why
            Why it cannot be read; empty where it can.
        """
        before = self._sources.get(name)
        state = PlaceState.BLIND if why else PlaceState.FINE
        since_s = before.since_s if before is not None and before.state is state else now_s
        self._sources[name] = SourceState(name=name, state=state, since_s=since_s, why=why)
        self._delays_s[name] = delay_s

    def take(self, found: Iterable[Sampled], now_s: float, *, source: str, system: str) -> None:
        """Take in samples.

        Parameters
        ----------
        found
            The samples, by series.
        now_s
            Our own time.
        source
            Where they come from.
        system
            Under which name of `known_as` nouns are bound to it.
        """
        touched: dict[int, FollowedNumber] = {}
        lacking = self._lacking[source] = {}
        for one in found:
            if one.lacking:
                lacking[one.path] = one.lacking
                continue
            if one.is_past:
                if one.path in self._numbers:
                    self._numbers[one.path].learn(one.samples)
                continue
            key = (source, one.path or one.place, tuple(sorted(one.labels.items())))
            routes = self._routes.get(key)
            if routes is None:
                if len(self._routes) >= MOST_SERIES:
                    self._routes.clear()  # most of them are of series that are long gone
                    if sum(one.series_count for one in self._numbers.values()) >= MOST_SERIES:
                        self._passed_over_count += 1
                        continue
                routes = self._routes[key] = list(self._route(one, system))
            for number, name in routes:
                number.take(key, name, one, now_s, source)
                touched[id(number)] = number
        for number in touched.values():
            number.settle(now_s - self._delays_s.get(source, 0.0))

    def _route(self, one: Sampled, system: str) -> Iterator[tuple[FollowedNumber, KnownSeries | None]]:
        if one.path:
            if one.path in self._numbers:
                yield self._numbers[one.path], None
            return
        for number, name in self._by_metric.get((system, one.labels.get("__name__", "")), ()):
            place = f"{number.number.section}.{number.number.name}"
            if one.place and one.place != place:
                continue
            is_bound = bool(one.place) or all(
                matcher.is_met(one.labels) for matcher in number.number.matchers.get(system, ())
            )
            has = all(one.labels.get(label) == word for label, word in name.labels.items())
            lacks = all(one.labels.get(label) != word for label, word in name.without.items())
            if is_bound and has and lacks:
                yield number, name

    def look(self, now_s: float) -> Watched:
        """Return how all places are at a moment."""
        sources = list(self._sources.values())
        if self._passed_over_count:
            why = f"there are more than {MOST_SERIES:,} series, and the others are passed over"
            sources.append(
                SourceState(name=WATCH_NAME, state=PlaceState.BLIND, since_s=self._began_s, why=why)
            )
        return Watched(
            world=self._world, at_s=now_s, sources=tuple(sources), unbound=self._unbound,
            readings=tuple(self._reading(one, now_s) for one in self._places.values()),
        )  # fmt: skip

    def _reading(self, place: _Place, now_s: float) -> Reading:
        measured = {
            one.number.what: amount
            for one in place.numbers
            if not one.number.is_load and (amount := one.amount(now_s, self._delays_s)) is not None
        }
        loads = tuple(
            self._load(one, measured, now_s)
            for one in place.numbers
            if one.number.is_load and one.seen_s is not None
        )
        surges = tuple(_surges(place.numbers))
        unseen = tuple(self._unseen(place, measured, now_s))
        why = [*self._broken(place, loads, surges, now_s)]
        state = PlaceState.BROKEN if why else PlaceState.BLIND if unseen else PlaceState.FINE
        why += [f"{one.path} is not seen: {one.why}" for one in unseen]
        if state is not place.state:
            place.state, place.since_s = state, now_s
        since_s = min((one.since_s for one in unseen), default=now_s)
        if state is PlaceState.BLIND:
            place.since_s = min(place.since_s, since_s)
        return Reading(
            section=place.section, name=place.name, state=state, since_s=place.since_s, why=tuple(why),
            loads=loads, surges=surges, unseen=unseen, drifts=tuple(self._drifts(place, now_s)),
            unwatched=tuple(self._unwatched(place)), notes=tuple(self._notes(place, now_s)),
        )  # fmt: skip

    def _load(self, one: FollowedNumber, measured: Mapping[str, float], now_s: float) -> Load:
        number = one.number
        load = Load(
            what=number.what, unit=LOADS[number.what][0], amount=one.amount(now_s, self._delays_s),
            seen_s=one.seen_s,
            bound=_bound(number, measured, one.parts_seen_count(now_s, self._delays_s)),
        )  # fmt: skip
        if load.amount is None:
            return load
        grows = one.grows_per_s()
        reached_in_s = None
        if load.bound is not None:
            left = load.bound.amount - load.amount
            if left <= 0:
                reached_in_s = 0.0
            elif grows is not None and grows > 0:
                reached_in_s = left / grows
        return replace(load, grows_per_s=grows, reached_in_s=reached_in_s)

    def _broken(
        self, place: _Place, loads: Sequence[Load], surges: Sequence[Surge], now_s: float
    ) -> Iterator[str]:
        for one in place.numbers:
            refused = one.lasting(_LASTING_COUNT) if one.number.what == "refused" else None
            if refused and one.amount(now_s, self._delays_s):
                yield f"it turns away {amount_text(refused)} a second"
        for load in loads:
            words, share = LOADS[load.what][1], load.share_ratio
            if load.bound is not None and share is not None and share >= self.manner.share_ratio:
                yield f"the {words} are at {share:.0%} of {called(load.bound.path)}"
            elif load.reached_in_s is not None and load.reached_in_s <= self.manner.reach_s:
                limit = called(load.bound.path) if load.bound else ""
                yield f"the {words} reach {limit} in {load.reached_in_s:,.0f} s if they grow on like that"
        for surge in surges:
            words = LOADS[surge.what][1]
            usual = amount_text(surge.usual, 4)
            yield f"a surge: {amount_text(surge.amount, 4)} {words}, where {usual} are usual now"

    def _unseen(self, place: _Place, measured: Mapping[str, float], now_s: float) -> Iterator[Unseen]:
        for one in place.numbers:
            number = one.number
            if one.seen_s is None:
                if number.is_promised and _is_shown(place, number):
                    why = f"no sample since the watch began{self._why_not(one)}"
                    yield Unseen(path=number.path, since_s=self._began_s, was_seen=False, why=why)
                continue
            parts_count = _parts_count(number, measured)
            missing = one.missing(now_s, self._delays_s, parts_count)
            parts_seen_count = one.parts_seen_count(now_s, self._delays_s)
            if missing is not None:
                gone_count, all_count, since_s = missing
                part = "no sample" if gone_count == all_count else f"{gone_count} of {all_count} series gone"
                since_s = since_s if math.isfinite(since_s) else self._began_s
                why = f"{part}{_of_parts(number, parts_seen_count, parts_count)}{self._why_not(one)}"
                yield Unseen(path=number.path, since_s=since_s, was_seen=True, why=why)
            elif parts_seen_count is not None and parts_seen_count < parts_count:
                since_s, why = self._began_s, _of_parts(number, parts_seen_count, parts_count)[2:]
                yield Unseen(path=number.path, since_s=since_s, was_seen=True, why=why)

    def _unwatched(self, place: _Place) -> Iterator[str]:
        """Yield loads with a limit that are not read, or that nobody shows who shows the others."""
        for one in place.numbers:
            if one.number.is_promised and one.seen_s is None and not _is_shown(place, one.number):
                yield one.number.what
        prefix = f"{place.section}.{place.name}."
        yield from (path.removeprefix(prefix) for path in self._unread if path.startswith(prefix))

    def _notes(self, place: _Place, now_s: float) -> Iterator[str]:
        for one in place.numbers:
            path = one.number.path
            if one.wild_count:
                count = f"{one.wild_count:,} sample{'s' * (one.wild_count > 1)}"
                yield f"{count} of {path} passed over: negative, not finite or beyond 1e15"
            differing = one.differing(now_s, self._delays_s)
            if differing is not None:
                low, high = (amount_text(amount, 6) for amount in differing)
                yield f"sources do not agree on {called(path)}: {low} to {high}; the lowest counts"

    def _why_not(self, one: FollowedNumber) -> str:
        """Return what is known of why a number is not seen, as the end of a clause."""
        if one.ahead_s() > 0:
            return f", its times are {one.ahead_s() / _MINUTE_S:,.0f} min ahead of the clock"
        lacking = [said[one.number.path] for said in self._lacking.values() if one.number.path in said]
        if lacking:
            return f", {lacking[0]}"
        blind = [source for source in self._sources.values() if source.state is PlaceState.BLIND]
        return f", {blind[0].name} cannot be read" if blind else ""

    def _drifts(self, place: _Place, now_s: float) -> Iterator[Drift]:
        for one in place.numbers:
            estimate = one.number.estimate
            if estimate is None or one.amount(now_s, self._delays_s) is None:
                continue
            measured = one.settled()
            if measured is None or (measured == 0 and one.number.names):
                continue  # an exporter says 0 where it knows no limit
            low, high = estimate.low, estimate.high
            if low == high:
                part = _UNSTATED_RATIO if one.number.form == "counter" else _EXACT
                low, high = low * (1 - part), high * (1 + part)
            yield Drift(path=one.number.path, stated=estimate.value, low=low, high=high, measured=measured)


def _is_shown(place: _Place, number: LiveNumber) -> bool:
    """Whether who shows a place shows a number as well, as a rule; of who shows nothing all is missed."""
    if number.expression or all(one.seen_s is None for one in place.numbers):
        return True
    shown_by = {name for one in place.numbers for name in one.exporter}
    return any(name.exporter in shown_by for name in number.names)


def _parts_count(number: LiveNumber, measured: Mapping[str, float]) -> int:
    """Return how many devices or instances there are: as is measured, else at least, as the world says."""
    said = measured.get(PARTS.get(number.section, ""))
    return number.parts_count if said is None else round(said)


def _of_parts(number: LiveNumber, seen_count: int | None, parts_count: int) -> str:
    """Return how many devices or instances are seen, as the end of a clause; empty where all are."""
    if seen_count is None or seen_count >= parts_count:
        return ""
    is_are = "is" if seen_count == 1 else "are"
    return f", {seen_count} of {parts_count} {PARTS[number.section]} {is_are} seen"


def _bound(number: LiveNumber, measured: Mapping[str, float], parts_seen_count: int | None) -> Bound | None:
    """Return the lowest of a load's limits: as the place itself says, else as the world does.

    It is that of the devices or instances that are seen, one at least.
    """
    seen_ratio = 1.0
    if parts_seen_count is not None and parts_seen_count < number.parts_count:
        seen_ratio = parts_seen_count / number.parts_count
    found = []
    for one in number.limits:
        said = measured.get(one.path.removeprefix(f"{number.section}.{number.name}."), 0.0)
        each = said if said > 0 else one.each
        times_ratio = one.times_ratio if seen_ratio == 1.0 else max(one.times_ratio * seen_ratio, 1.0)
        found.append(Bound(path=one.path, amount=each * times_ratio, is_measured=said > 0))
    return min(found, key=lambda one: one.amount, default=None)


def _surges(numbers: Iterable[FollowedNumber]) -> Iterator[Surge]:
    for one in numbers:
        detector = one.detector
        amount = one.latest
        if detector is not None and detector.since_s is not None and amount is not None:
            yield Surge(
                what=one.number.what, since_s=detector.since_s, usual=detector.usual or 0.0, amount=amount
            )
