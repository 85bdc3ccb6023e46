"""The services of one network, for real: a server that sleeps as long as each request is to take.

One process with one loop for all services of a network; each is one listening socket behind which all
its instances share one queue, as behind a perfect balancer. What a service does when it is full is what
the event engine takes it to do; what it calls it calls for real. It is started by the rig
(`python -m tidegate.adapters.linux.services.server`, request on standard input, JSON lines on
standard output, the result last). Clients and networks must not live here. Shortcut: it sleeps instead
of working, so its processor is never what is short.
"""

from __future__ import annotations

import gc
import random
import resource
import socket
import struct
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from tidegate.adapters.linux import part
from tidegate.adapters.linux.event_loop import EventLoop
from tidegate.adapters.linux.services.asker import Called
from tidegate.adapters.linux.services.boots import Boots
from tidegate.adapters.linux.services.callers import Callers
from tidegate.adapters.linux.services.control import Control
from tidegate.adapters.linux.services.fleet import Fleet
from tidegate.adapters.linux.services.network_counters import NetworkCounters
from tidegate.adapters.linux.services.questions import Questions
from tidegate.adapters.linux.services.scaled import Scaled
from tidegate.adapters.linux.services.serving import Connection, Serving
from tidegate.adapters.linux.services.silence import Silence
from tidegate.errors import TidegateError
from tidegate.rehearse.health_checks import EJECT, RESTORE
from tidegate.rehearse.measurement import BIN_S, MeasuredService
from tidegate.rehearse.service_plan import ServerSettings
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world
from tidegate.world.scaler import Autoscaler

_AFTERWARDS_S = 0.5
_INFO_UNACKED = 24  # of a listening socket: connections waiting to be accepted


class Door:
    """One service's listening socket and whoever came through it."""

    def __init__(
        self, asked: Mapping[str, Any], loop: EventLoop, chance: random.Random, calls: Sequence[Called] = ()
    ) -> None:
        self.name = asked["name"]
        self.round_number = 0
        self._loop = loop
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._socket.bind((asked["address"], asked["port"]))
        self._socket.listen(asked["backlog_count"])
        self._bins: list[tuple[int, int, int, int]] = []
        self._accepting = False
        self._accepted_count = 0
        self._connections_count = 0
        self._serial = self._added_count = 0
        self._open: dict[int, Connection] = {}
        first, *later = [(at_s, ServerSettings(**settings)) for at_s, settings in asked["settings"]]
        self.serving = Serving(first[1], loop=loop, chance=chance, hang_up=self._ended, calls=calls)
        self._fleet: Fleet | None = None
        if first[1].rule:
            most_count = max(settings.instances_count for _, settings in (first, *later))
            self._fleet = Fleet(
                first[1], most_count, loop=loop, chance=chance, hang_up=self._ended, lose=self._lose
            )
        if asked["is_resolver"]:
            Questions(asked["address"], asked["port"], serving=self.serving, loop=loop)
        rules, is_silent = asked["silences"], first[1].instances_count == 0
        self._silenced = Silence(rules, is_silent=is_silent) if rules is not None else None
        self._acknowledge_as_told()
        for at_s, settings in later:
            loop.at(at_s, self._change, settings)
        loop.listen(self._socket.fileno(), self)

    def ready(self, mask: int) -> None:
        """Accept everybody who waits and for whom there is room."""
        del mask
        if self._accepting:
            return  # one of those just accepted has already gone; the loop below goes on
        self._accepting = True
        while self._has_room() and self._accept_one():
            pass
        self._accepting = False

    def hold(self, more_count: int) -> None:
        """Hold so many instances more (or fewer) back from taking requests: they still boot."""
        self.serving.hold(more_count)
        self._silence()
        self.ready(0)

    def scale(self, scaler: Autoscaler, boot_s: float) -> None:
        """Let an autoscaler say how many instances there are."""
        Scaled(
            scaler,
            serving=self.serving,
            connections_count=lambda: self._connections_count,
            boot_s=boot_s,
            loop=self._loop,
            added=self._add,
        )

    def _add(self, more_count: int) -> None:
        self._added_count += more_count
        now = self.serving.settings
        self.serving.change(replace(now, instances_count=now.instances_count + more_count))

    def act(self, what: str, instance: int) -> None:
        """Do to an instance what its health checks say."""
        if self._fleet is not None:
            if what == EJECT:
                self._fleet.balancer.eject(instance)
            else:
                self._fleet.balancer.restore(instance)
        elif what == EJECT:
            self.serving.take_out(instance)
        elif what == RESTORE:
            self.serving.take_back(instance)
        else:
            count = max(self.serving.settings.instances_count, 1)
            for connection in [each for each in self._open.values() if each.serial % count == instance]:
                connection.reset()

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()
        if self._silenced is not None:
            self._silenced.end()

    def begin(self) -> None:
        """Count from now on."""
        self._accepted_count = 0
        self._take_served_count()

    def waiting_count(self) -> int:
        """Return how many connections wait to be accepted."""
        info = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64)
        count: int = struct.unpack_from("=I", info, _INFO_UNACKED)[0]
        return count

    def end_bin(self, overflows_count: int) -> dict[str, int]:
        """Close the present bin and return what a reader who follows the run wants to know."""
        served_count = self._take_served_count()
        row = (self._accepted_count, served_count, overflows_count, self.waiting_count())
        self._accepted_count = 0
        self._bins.append(row)
        return {"accepted": row[0], "served": row[1]}

    def replace(self, count: int, number: int = 0) -> None:
        """Let so many instances go for others, each in its turn."""
        del number
        if self._fleet is None:
            self.serving.replace(count)
        else:
            self._part_with(self._fleet.replace(count))

    def _take_served_count(self) -> int:
        return self.serving.take_served_count() + (self._fleet.take_served_count() if self._fleet else 0)

    def _part_with(self, gone: Sequence[Serving]) -> None:
        """Close the connections of instances that go: at once, or with the answer that is owed."""
        for connection in list(self._open.values()):
            if any(connection.serving is each for each in gone):
                connection.leave()

    def series(self) -> MeasuredService:
        """Return all bins that were closed."""
        accepted, served, overflows, waiting = zip(*self._bins, strict=True) if self._bins else ((),) * 4
        return MeasuredService(
            accepted_count=accepted,
            served_count=served,
            listen_overflows_count=overflows,
            listen_queue_count=waiting,
        )

    def _has_room(self) -> bool:
        settings = self.serving.settings
        limit = self._limit()
        return limit is None or settings.refuse or self._connections_count < limit

    def _limit(self) -> int | None:
        """Return how many connections it accepts now, all instances that are there together."""
        settings = self.serving.settings
        if settings.connections_count is None or self.serving.held_count == 0:
            return settings.connections_count
        return settings.connections_count * self.serving.there_count // settings.instances_count

    def _silence(self) -> None:
        """Let packets to this service vanish while no instance is there, where those that come boot first."""
        if self._silenced is not None:
            self._silenced.fall(self.serving.there_count == 0)

    def _accept_one(self) -> bool:
        """Accept the first that waits; False where nobody does."""
        try:
            accepted, _ = self._socket.accept()
        except BlockingIOError:
            return False
        except OSError:
            return True  # reset while it waited
        accepted.setblocking(False)
        self._accepted_count += 1
        self._connections_count += 1
        limit = self._limit()
        refused = limit is not None and self._connections_count > limit
        self._serial += 1
        serving = self.serving
        if self._fleet is not None:
            taken = self._fleet.take()
            if taken is None:  # all were killed: their host says so
                _reset(accepted)
                self._connections_count -= 1
                return True
            serving, refused = taken, self._fleet.is_full(taken)
        connection = Connection(accepted, serving=serving, serial=self._serial, refused=refused)
        self._open[self._serial] = connection
        self._loop.listen(accepted.fileno(), connection)
        if self._counts_logins() and not self._may_log_in(connection):
            return True
        if self._fleet is not None:
            self._fleet.weigh()
        if limit is not None:
            connection.ready(0)  # it may have waited with its request sent
        return True

    def _lose(self, gone: Serving) -> None:
        """Break the connections of an instance that is killed, with all that was asked on them."""
        for connection in [each for each in self._open.values() if each.serving is gone]:
            gone.lose(connection)
            connection.reset()

    def _counts_logins(self) -> bool:
        # Who was there before the start has logged in long since.
        return self.serving.settings.counts_logins and self._loop.now_s >= 0.0

    def _may_log_in(self, connection: Connection) -> bool:
        """Let a connection log in from now on; False where it is closed at once."""
        settings = self.serving.settings
        if self.serving.logins.is_dropped(settings, self.serving.there_count):
            connection.reset()
            return False
        self.serving.logins.begin(connection)
        if settings.login_s is not None:
            self._loop.at(self._loop.now_s + settings.login_s, self.serving.shut, connection)
        return True

    def _ended(self, connection: Connection) -> None:
        self.serving.logins.end(connection)
        if connection.serving.fleet is not None:
            connection.serving.fleet.left(connection.serving)
        self._loop.forget(connection.descriptor)
        del self._open[connection.serial]
        self._connections_count -= 1
        if self.serving.settings.connections_count is not None:
            self.ready(0)

    def _change(self, settings: ServerSettings, number: int) -> None:
        count = max(settings.instances_count + self._added_count, 0)
        self.serving.change(replace(settings, instances_count=count) if self._added_count else settings)
        if self._fleet is not None:
            self._part_with(self._fleet.change(settings))
        self._silence()
        self._acknowledge_as_told()
        self.ready(number)

    def _acknowledge_as_told(self) -> None:
        """Let whoever is accepted from now on acknowledge a request at once or with the answer.

        A connection takes it over from the listening socket, as with HAProxy's `tcp-smart-accept`.
        """
        at_once = not self.serving.settings.acks_late
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, at_once)


def _reset(accepted: socket.socket) -> None:
    """Break a connection that nobody takes."""
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    accepted.close()


class Server:
    """All services of one network over one run."""

    def __init__(self, request: Mapping[str, Any], tell: part.Tell) -> None:
        self._tell = tell
        self._horizon_s = float(request["horizon_s"])
        self._loop = EventLoop(request["start_s"])
        chance = random.Random(request["seed"])  # noqa: S311  service times, no secrets
        names = [asked["name"] for asked in request["services"]]
        script = write_script(read_world(request["world"], "the rehearsed world"), request["activity"])
        self._callers = Callers(
            script, names, endpoints=request["endpoints"], loop=self._loop, seed=request["seed"]
        )
        self._doors = [
            Door(asked, self._loop, chance, self._callers.asked_by(asked["name"], "call"))
            for asked in request["services"]
        ]
        doors = {door.name: door for door in self._doors}
        for name, service in script.phases[0].world.services.items():
            if service.autoscaler is not None and name in doors:
                doors[name].scale(service.autoscaler, service.boot.time_s)
        for one in script.replacements:
            if one.service in doors:
                self._loop.at(one.at_s, doors[one.service].replace, one.count)
        for door in self._doors:
            asks = self._callers.asked_by(door.name, "boot")
            if asks:
                Boots(door.name, script, asks, loop=self._loop, changed=door.hold)
        self._control = Control(request["namespace"], {door.name: door for door in self._doors}, self._loop)
        self._counters = NetworkCounters()
        self._lateness_s: list[float] = []
        self._bins_count = round(self._horizon_s / BIN_S)

    def run(self) -> dict[str, object]:
        """Serve until the end, and return what happened bin by bin."""
        self._callers.prepare()
        self._loop.at(0.0, self._begin, None)
        self._loop.run(self._bins_count * BIN_S + _AFTERWARDS_S)
        return {
            "populations": {name: asdict(series) for name, series in self._callers.series().items()},
            "services": {door.name: asdict(door.series()) for door in self._doors},
            "lateness_s": self._lateness_s,
            "busy_s": self._busy_s,
        }

    def _begin(self, _: None, number: int) -> None:
        self._loop.take_lateness_s()
        self._busy_s = -time.process_time()
        self._counters.take()
        for door in self._doors:
            door.begin()
        self._callers.begin()
        self._loop.at(BIN_S, self._end_bin, None, number)

    def _end_bin(self, _: None, number: int) -> None:
        overflows_count = self._counters.take()[1]
        # The kernel counts them for the network: they are put to the longest queue's account.
        longest = max(self._doors, key=Door.waiting_count)
        said = {door.name: door.end_bin(overflows_count * (door is longest)) for door in self._doors}
        self._lateness_s.append(round(self._loop.take_lateness_s(), 6))
        self._tell({"bin": number, "services": said, "populations": self._callers.end_bin()})
        if number + 1 < self._bins_count:
            self._loop.at((number + 2) * BIN_S, self._end_bin, None, number + 1)
        else:
            self._busy_s += time.process_time()


def main() -> int:
    """Read one request, say when every socket listens and what happens, and last the result."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        server = Server(part.request(), part.tell)
        part.tell({"ready": True})
        # The collector of cycles would stop the server for longer than a request takes.
        gc.collect()
        gc.freeze()
        gc.disable()
        part.tell({"result": server.run()})
    except TidegateError as error:
        return part.give_up(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
