"""Which numbers of a world does its history show? Each with the law that tells it, or why it is not told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tidegate.fit.courses import History
from tidegate.fit.fitted import Fitted, Number, Untold
from tidegate.fit.intensity import Counted, Hour, daily, intensity, varied
from tidegate.fit.profile import Profile
from tidegate.fit.repeats import Law, Repeats, Silence, law_of, repeats
from tidegate.fit.stay import stay
from tidegate.fit.stretches import Stretch, full, quiet, silent
from tidegate.fit.work_time import median, work_time
from tidegate.observe.noun_reading import is_number_of_the_file
from tidegate.world.clients import Clients
from tidegate.world.graph import route
from tidegate.world.service import Service
from tidegate.world.world import WorldFile

_MOST_SAMPLES = 2_000
_ALIKE_RATIO = 0.8
_WHOLE_RATIO = 0.02
_DRILL = "a while in which one of its ports does not answer, or `tidegate probe`"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a history tells.

    Parameters
    ----------
    numbers
        Each number that was looked for, in the order of the file.
    courses
        The course of a day, by the path of the number that has one.
    quiet
        The longest stretch in which all was well; None where there is none.
    silences
        When nobody was answered of some clients, by their name.
    """

    numbers: tuple[Number, ...]
    courses: Mapping[str, tuple[Hour, ...]]
    quiet: Stretch | None
    silences: Mapping[str, Stretch]


def told(file: WorldFile, history: History, every_s: float) -> Told:
    """Return what a history tells of the numbers of a world.

    Parameters
    ----------
    file
        The world.
    history
        Its readings.
    every_s
        The distance of samples.
    """
    looking = _Looking(file, history, every_s)
    numbers = tuple(looking.all())
    return Told(numbers=numbers, courses=looking.courses, quiet=looking.well, silences=looking.silences)


class _Looking:
    """Looks for every number in turn; those that were found first are used by those that follow."""

    def __init__(self, file: WorldFile, history: History, every_s: float) -> None:
        self._file, self._world, self._history, self._every_s = file, file.world, history, every_s
        stretches = quiet(history, every_s)
        self.well = _recent(stretches[0], every_s) if stretches else None
        self.courses: dict[str, tuple[Hour, ...]] = {}
        self.silences = {
            name: found[0] for name in self._world.clients if (found := silent(history, name, every_s))
        }
        self._found: dict[str, float] = {}

    def all(self) -> Iterator[Number]:
        """Yield every number that is looked for."""
        for part in (self._read_themselves, self._of_clients, self._of_services, self._of_crossings):
            for number in part():
                self._keep(number)
                yield number

    def _keep(self, number: Number) -> None:
        if isinstance(number, Fitted):
            self._found[number.path] = number.value

    def _read_themselves(self) -> Iterator[Number]:
        """Yield numbers of the file that are read as they are."""
        for name, course in self._history.items():
            if is_number_of_the_file(name):
                last = float(course.values[-1])
                yield Fitted(
                    path=name, value=last, low=min(last, float(course.values.min())),
                    high=max(last, float(course.values.max())), readings=(name,), how="read as it is",
                )  # fmt: skip
                self._found[name] = last

    def _of_clients(self) -> Iterator[Number]:
        for name, clients in self._world.clients.items():
            for number in self._pool(name, clients):
                self._keep(number)
                yield number
            yield from self._demand(name, clients)
            yield from self._repeating(name, clients)

    def _requests(self, name: str, clients: Clients) -> tuple[str, Stretch | None]:
        """Return which reading counts the requests of clients, and for how long it does."""
        own = f"clients.{name}.requests"
        if own in self._history:
            return own, None
        alone = [one for one in self._world.clients.values() if one.service == clients.service]
        called = any(
            call.service == clients.service for one in self._world.services.values() for call in one.calls
        )
        if len(alone) == 1 and not called and f"services.{clients.service}.requests" in self._history:
            return f"services.{clients.service}.requests", self.well
        return "", None

    def _demand(self, name: str, clients: Clients) -> Iterator[Number]:
        reading, stretch = self._requests(name, clients)
        if not reading or (stretch is None and reading.startswith("services.")):
            return
        course = self._history[reading]
        if stretch is not None:
            course = course.between(stretch.first_s, stretch.last_s)
        at_s, lengths_s, counts = course.steps()
        counted = Counted(at_s=at_s, counts=counts, exposure=lengths_s)
        if clients.demand.kind == "open":
            yield self._rate(f"clients.{name}.demand.rate", counted, reading)
        elif clients.demand.kind == "closed":
            yield self._think(name, clients, counted, reading)

    def _rate(self, path: str, counted: Counted, reading: str) -> Number:
        found = intensity(counted)
        if found is None:
            return Untold(path=path, why="hardly anything was asked", measure="a longer record")
        hours = daily(counted)
        if not hours:
            profile = Profile(**vars(found))
            if (seen := varied(counted)) is not None:
                return _varying(path, profile, (seen.low, seen.high), (reading,), int(counted.count))
            return _number(path, profile, (reading,), "Poisson counts", int(counted.count))
        self.courses[path] = hours
        busiest = max((one.intensity for one in hours), key=lambda one: one.value)
        low, high = min(one.intensity.low for one in hours), busiest.high
        if (seen := varied(counted)) is not None:  # one day may have been beyond what is usual at its hour
            low, high = min(low, seen.low), max(high, seen.high)
        return Fitted(
            path=path, value=busiest.value, low=low, high=high, readings=(reading,),
            how="Poisson counts by hour of the day: that of the busiest, in the range of all",
            count=int(counted.count),
        )  # fmt: skip

    def _think(self, name: str, clients: Clients, counted: Counted, reading: str) -> Number:
        path, waits = f"clients.{name}.demand.think", f"clients.{name}.waiting"
        if waits not in self._history:
            why = "how many of them wait is not read, so that pauses and answers are one time"
            return Untold(path=path, why=why, measure=f"a reading `{waits}`")
        population = self._found.get(f"clients.{name}.population", float(clients.population_count))
        waiting = self._history[waits]
        begun, ended = waiting.at(counted.at_s), waiting.at(counted.at_s + counted.exposure)
        # Each connection of a pool asks by itself, that much less often than its client.
        each = self._found.get(f"clients.{name}.pool", float(clients.pool_count))
        each = each if clients.connection == "pool" else 1.0
        free = (population - 0.5 * (begun + ended) / each) * counted.exposure
        known = (free > 0) & (counted.counts >= 0)
        asked = Counted(at_s=counted.at_s[known], counts=counted.counts[known], exposure=free[known])
        found = intensity(asked)
        if found is None:
            return Untold(path=path, why="hardly anything was asked", measure="a longer record")
        pause = Profile(value=1.0 / found.value, low=1.0 / found.high, high=1.0 / found.low)
        if (seen := varied(asked)) is not None:
            ends = 1.0 / seen.high, 1.0 / seen.low
            return _varying(path, pause, ends, (reading, waits), int(counted.count))
        return _number(
            path, pause, (reading, waits), "counts over the time of those who pause", int(counted.count)
        )

    def _pool(self, name: str, clients: Clients) -> Iterator[Number]:
        reading, path = f"clients.{name}.open_connections", f"clients.{name}.pool"
        if clients.connection != "pool" or reading not in self._history or self.well is None:
            return
        values = self._history[reading].between(self.well.first_s, self.well.last_s).values
        population = self._found.get(f"clients.{name}.population", float(clients.population_count))
        if not len(values) or population <= 0:
            return
        usual = median(values)
        each, alike = usual / population, float((abs(values - usual) <= _WHOLE_RATIO * usual).mean())
        if alike < _ALIKE_RATIO or round(each) < 1 or abs(each - round(each)) > _WHOLE_RATIO * each:
            why = f"{usual:,.0f} connections of {population:,.0f} clients are not the same number for each"
            yield Untold(path=path, why=why, measure="connections of one client")
            return
        yield Fitted(
            path=path, value=round(each), low=round(each), high=round(each), readings=(reading,),
            how="what all of them keep, by their number", count=len(values),
        )  # fmt: skip

    def _repeating(self, name: str, clients: Clients) -> Iterator[Number]:
        place = f"clients.{name}"
        wanted = [f"{place}.{what}" for what in ("requests", "attempts", "served")]
        if not all(one in self._history for one in wanted):
            return
        layers = clients.retry.layers
        paths = [f"{place}.timeout"]
        if len(layers) == 1:
            paths += [f"{place}.retry.layers.0.base", f"{place}.retry.layers.0.retries"]
        why = self._unrepeatable(name, clients)
        found = why or self._repeats(name, clients)
        if isinstance(found, str):
            yield from (Untold(path=path, why=found, measure=_DRILL) for path in paths)
            return
        waits = f"{place}.waiting"
        readings = (*wanted[:2], *((waits,) if waits in self._history else ()))
        how = "how attempts repeat while nobody is answered"
        yield _number(paths[0], found.timeout_s, readings, how, 0)
        if len(layers) == 1:
            if found.base_s is None:
                yield Untold(path=paths[1], why="nothing was tried again", measure=_DRILL)
            else:
                yield _number(paths[1], found.base_s, readings, how, 0)
            count = float(found.law.retries_count)
            if found.is_count_sure:
                yield Fitted(path=paths[2], value=count, low=count, high=count, readings=readings, how=how)
            else:
                why = "another number of them would repeat as well"
                yield Untold(path=paths[2], why=why, measure=_DRILL)

    def _unrepeatable(self, name: str, clients: Clients) -> str:
        """Return why nothing can be told of how some clients repeat, as the end of a sentence."""
        if name not in self.silences:
            return "nobody was left without an answer for long enough"
        layers = clients.retry.layers
        if len(layers) > 1:
            return "several layers that repeat are not told apart"
        if layers and (layers[0].budget or layers[0].breaker or layers[0].deadline_s or layers[0].law.varies):
            return "a budget, a breaker, a deadline or a law of its own makes it another law"
        if clients.timeout_law.varies or clients.timeout_clock != "connect":
            return "time-outs that vary, or begin when a request is sent, are not told"
        return ""

    def _repeats(self, name: str, clients: Clients) -> Repeats | str:
        place, layers = f"clients.{name}", clients.retry.layers
        silence = Silence(
            stretch=self.silences[name], requests=self._history[f"{place}.requests"],
            attempts=self._history[f"{place}.attempts"], waiting=self._history.get(f"{place}.waiting"),
        )  # fmt: skip
        none = Law(
            timeout_s=clients.timeout_s, base_s=1.0, retries_count=0, backoff="none", multiplier_ratio=1.0,
            jitter="none",
        )  # fmt: skip
        return repeats(silence, law_of(layers[0], clients.timeout_s) if layers else none)

    def _of_services(self) -> Iterator[Number]:
        for name, service in self._world.services.items():
            busy, served = f"services.{name}.busy", f"services.{name}.requests"
            if busy not in self._history or served not in self._history:
                continue
            path = f"services.{name}.service_time"
            why = _not_work_alone(service)
            found = why or work_time(self._history[busy], self._history[served])
            if isinstance(found, str):
                yield Untold(path=path, why=found, measure="its latency in traces, calls left out")
            else:
                yield _number(
                    path, found, (busy, served), "Little's law: what is busy over what is served", 0
                )

    def _of_crossings(self) -> Iterator[Number]:
        for name in self._world.crossings:
            yield from self._limits(name)
            yield from self._holds(name)

    def _limits(self, name: str) -> Iterator[Number]:
        crossing, refused = self._world.crossings[name], self._history.get(f"crossings.{name}.refused")
        for what, path, is_there in (
            ("flows_held", "table.entries", crossing.table is not None),
            ("ports_used", "ports.per_destination", crossing.ports is not None),
        ):
            place, reading = f"crossings.{name}.{path}", f"crossings.{name}.{what}"
            if not is_there or place in self._found or refused is None or reading not in self._history:
                continue
            most = full(self._history[reading], refused)
            if most is None:
                why = f"it was never full: at most {self._history[reading].values.max():,.0f} of it were used"
                yield Untold(path=place, why=why, measure=f"a reading `{place}`")
            else:
                each = most / crossing.devices_count
                yield Fitted(
                    path=place, value=each, low=each, high=1.01 * each,
                    readings=(reading, f"crossings.{name}.refused"),
                    how="where it stood still while others were turned away",
                )  # fmt: skip

    def _holds(self, name: str) -> Iterator[Number]:
        crossing, came = self._world.crossings[name], f"crossings.{name}.new_flows"
        passing = self._asking_over(name)
        for what, path, is_there in (
            ("flows_held", "table.closed_hold", crossing.table is not None),
            ("ports_used", "ports.hold", crossing.ports is not None),
        ):
            place, reading = f"crossings.{name}.{path}", f"crossings.{name}.{what}"
            if not is_there or reading not in self._history or came not in self._history:
                continue
            if what == "ports_used" and len({one.service for one in passing}) > 1:
                why = "ports are counted for one destination, and new flows for all"
                yield Untold(path=place, why=why, measure="a crossing, or readings, for one destination")
                continue
            yield from self._hold(name, place, reading, came, passing)

    def _hold(
        self, name: str, place: str, reading: str, came: str, passing: list[Clients]
    ) -> Iterator[Number]:
        measure = "a longer record in which nothing fails"
        if self.well is None:
            yield Untold(path=place, why="it was never quiet", measure=measure)
            return
        first_s, last_s = self.well.first_s, self.well.last_s
        found = stay(
            self._history[reading].between(first_s, last_s), self._history[came].between(first_s, last_s)
        )
        if isinstance(found, str):
            yield Untold(path=place, why=found, measure=measure)
            return
        open_s = max((self._open_s(one) for one in passing), default=0.0)
        held = found.stay_s
        hold = replace(held, value=max(held.value - open_s, 0.0), low=max(held.low - 2.0 * open_s, 0.0))
        how = "what stands follows what came so much earlier"
        yield _number(place, hold, (reading, came), how, 0)
        if reading.endswith("flows_held"):
            yield from self._background(
                name, found.standing, found.standing_low, found.standing_high, reading, came
            )

    def _open_s(self, clients: Clients) -> float:
        """Return for how long a connection for one request is open: a request, and its way."""
        service = self._world.services[clients.service]
        ways = route(self._world, clients.network, service.network) or ()
        work_s = self._found.get(f"services.{clients.service}.service_time", service.service_time_s)
        return work_s + 2.0 * sum(self._world.crossings[one].round_trip_s for one in ways)

    def _background(
        self, name: str, standing: float, low: float, high: float, reading: str, came: str
    ) -> Iterator[Number]:
        """Yield the flows of nobody in the world: what never leaves, less the connections that are kept."""
        path, crossing = f"crossings.{name}.background.flows", self._world.crossings[name]
        if any(one.calls for one in self._world.services.values()):
            return
        kept = sum(
            self._kept(one, clients)
            for one, clients in self._passing(name)
            if clients.connection != "per_request"
        )
        each = [max((one - kept) / crossing.devices_count, 0.0) for one in (standing, low, high)]
        found = Profile(value=each[0], low=each[1], high=each[2])
        if found.is_flat:
            why = f"anything from {each[1]:,.0f} to {each[2]:,.0f} would stand like that"
            yield Untold(path=path, why=why, measure="connections that nobody of this world has")
        else:
            how = "what stands and never leaves, beside the connections that are kept"
            yield _number(path, found, (reading, came), how, 0)

    def _kept(self, name: str, clients: Clients) -> float:
        population = self._found.get(f"clients.{name}.population", float(clients.population_count))
        each = 1.0 if clients.connection == "keep_alive" else float(clients.pool_count)
        return population * self._found.get(f"clients.{name}.pool", each)

    def _passing(self, crossing: str) -> Iterator[tuple[str, Clients]]:
        for name, clients in self._world.clients.items():
            ends = clients.network, self._world.services[clients.service].network
            if crossing in (route(self._world, *ends) or ()):
                yield name, clients

    def _asking_over(self, crossing: str) -> list[Clients]:
        return [one for _, one in self._passing(crossing) if one.connection == "per_request"]


def _number(path: str, found: Profile, readings: tuple[str, ...], how: str, count: int) -> Number:
    if found.is_flat:
        why = f"anything from {found.low:.3g} to {found.high:.3g} would do as well"
        return Untold(path=path, why=why, measure="a longer record")
    return Fitted(
        path=path, value=found.value, low=found.low, high=found.high, readings=readings, how=how, count=count
    )


def _varying(
    path: str, mean: Profile, seen: tuple[float, float], readings: tuple[str, ...], count: int
) -> Fitted:
    """Return a number whose level varied: its mean, and never less than the range of what was seen."""
    return Fitted(
        path=path, value=mean.value, low=min(mean.low, seen[0]), high=max(mean.high, seen[1]),
        readings=readings, how="the mean of a level that varies, in the range of its windows", count=count,
        is_varying=True,
    )  # fmt: skip


def _recent(stretch: Stretch, every_s: float) -> Stretch:
    """Return the end of a stretch: so many samples are enough."""
    return Stretch(
        first_s=max(stretch.first_s, stretch.last_s - _MOST_SAMPLES * every_s), last_s=stretch.last_s
    )


def _not_work_alone(service: Service) -> str:
    """Return why what is busy is not only at work, as the end of a sentence; empty where it is."""
    if service.calls or service.pooler is not None:
        return "what is busy may wait for what it calls"
    if service.setup_time_s > 0 or service.contention is not None or service.warm_up is not None:
        return "what is busy may set up a connection, or be slowed by others"
    return ""
