"""What the sleeping server does with a request, over a pair of sockets and a clock that is set."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from tidegate.adapters.linux.event_loop import EventLoop
from tidegate.adapters.linux.services.asker import Called
from tidegate.adapters.linux.services.durations import service_s
from tidegate.adapters.linux.services.logins import Logins
from tidegate.adapters.linux.services.serving import Connection, Serving
from tidegate.rehearse.service_plan import ServerSettings
from tidegate.world.law import UNIFORM, law_of_values

REQUEST = b"GET /web HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
KEPT = REQUEST.replace(b"close", b"keep-alive")
ONE_AT_A_TIME = ServerSettings(
    instances_count=1,
    concurrency_count=1,
    service_time_s=1.0,
    service_law="fixed",
    service_cv_ratio=1.0,
    service_stretches=(),
    queue_count=2,
    last_first=False,
    silent=False,
    abandoned_leaves=False,
    connections_count=None,
    refuse=False,
    setup_s=0.0,
    resumed_setup_s=0.0,
    resumption_ratio=0.0,
    serial_ratio=0.0,
    crosstalk_ratio=0.0,
    acks_late=False,
)


class Rig:
    """A service whose clients are the other ends of socket pairs."""

    def __init__(self, settings: ServerSettings, calls: Sequence[Called] = ()) -> None:
        self.now_s = 0.0
        self.loop = EventLoop(0.0, clock=self._tick)
        self.ended: list[int] = []
        self.clients: list[socket.socket] = []
        self.serving = Serving(
            settings,
            loop=self.loop,
            chance=random.Random(1),  # noqa: S311
            hang_up=lambda connection: self.ended.append(connection.serial),
            calls=calls,
        )

    def _tick(self) -> float:
        self.now_s += 1e-6
        return self.now_s

    def ask(self, request: bytes = REQUEST, *, refused: bool = False) -> Connection:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        self.clients.append(theirs)
        theirs.send(request)
        connection = Connection(ours, serving=self.serving, serial=len(self.clients) - 1, refused=refused)
        connection.ready(0)
        return connection

    def leave(self, number: int, connection: Connection) -> None:
        self.clients[number].close()
        connection.ready(0)

    def pass_time(self, until_s: float) -> None:
        """Jump from timer to timer; nothing else is waited for."""
        while self.loop._timers and self.loop._timers[0][0] <= until_s:
            self.now_s = max(self.now_s, self.loop._timers[0][0])
            self.loop.run(self.now_s + 2e-6)
        self.now_s = until_s

    def heard(self, number: int) -> bytes:
        try:
            return self.clients[number].recv(4096)[9:12]
        except BlockingIOError:
            return b""


@pytest.fixture
def made() -> Iterator[list[Rig]]:
    rigs: list[Rig] = []
    yield rigs
    for rig in rigs:
        for client in rig.clients:
            client.close()
        rig.loop.close()


@pytest.fixture
def rig(made: list[Rig]):
    def begin(calls: Sequence[Called] = (), **changes: object) -> Rig:
        made.append(Rig(replace(ONE_AT_A_TIME, **changes), calls))
        return made[-1]

    return begin


def close_all(*connections: Connection) -> None:
    for connection in connections:
        connection.close()


def test_one_after_the_other(rig) -> None:
    """One is served at a time; the next begins when the first ends, and full is said at once."""
    at = rig()
    waiting = [at.ask() for _ in range(4)]
    assert b"503" == at.heard(3)
    at.pass_time(1.5)
    assert [b"200", b"", b""] == [at.heard(i) for i in range(3)]
    at.pass_time(3.1)
    assert [b"200", b"200"] == [at.heard(i) for i in (1, 2)]
    assert 3 == at.serving.take_served_count()
    close_all(*waiting)


def test_a_silent_queue_says_nothing(rig) -> None:
    """A request that finds a silent queue full is lost, its connection stands."""
    at = rig(silent=True, queue_count=0)
    connections = [at.ask(), at.ask()]
    at.pass_time(5.0)
    assert [b"200", b""] == [at.heard(0), at.heard(1)]
    assert [0] == at.ended
    close_all(*connections)


@pytest.mark.parametrize(("leaves", "served_count"), [(False, 3), (True, 2)])
def test_abandoned_work(rig, leaves: bool, served_count: int) -> None:
    """A client that goes while it waits is served all the same, unless its work leaves with it."""
    at = rig(abandoned_leaves=leaves)
    connections = [at.ask() for _ in range(3)]
    at.leave(1, connections[1])
    at.pass_time(10.0)
    assert served_count == at.serving.take_served_count()
    assert b"200" == at.heard(2)


def test_last_come_first_served(rig) -> None:
    """Last come, first served: of two that wait the later goes first."""
    at = rig(last_first=True)
    connections = [at.ask() for _ in range(3)]
    at.pass_time(2.5)
    assert [b"", b"200"] == [at.heard(1), at.heard(2)]
    close_all(*connections)


def test_a_kept_connection_asks_again(rig) -> None:
    """A kept connection is answered, stays, and pays its set-up once."""
    at = rig(setup_s=4.0)
    connection = at.ask(KEPT)
    at.pass_time(4.5)
    assert b"" == at.heard(0)
    at.pass_time(5.5)
    assert b"200" == at.heard(0)
    at.clients[0].send(KEPT)
    connection.ready(0)
    at.pass_time(6.6)
    assert b"200" == at.heard(0)
    assert [] == at.ended
    close_all(connection)


def test_refused_connections_hear_so(rig) -> None:
    """A connection beyond the limit is answered with an error and ended."""
    at = rig()
    at.ask(refused=True)
    assert b"503" == at.heard(0)
    assert [0] == at.ended


def test_checks_of_instances(rig) -> None:
    """An ejected instance answers its check at once, one that boots says nothing, and work waits."""
    at = rig(instances_count=2, queue_count=10)
    check = REQUEST.replace(b"\r\n\r\n", b"\r\nX-Check: 1 queues %s\r\n\r\n")
    at.serving.take_out(1)
    connections = [at.ask(), at.ask(), at.ask(check % b"eject"), at.ask(check % b"restart")]
    assert [b"200", b""] == [at.heard(2), at.heard(3)]
    at.pass_time(1.5)
    assert [b"200", b""] == [at.heard(0), at.heard(1)]
    at.serving.take_back(1)
    at.pass_time(2.5)
    assert b"200" == at.heard(1)
    close_all(*connections)


def test_a_change_takes_effect_on_those_that_wait(rig) -> None:
    """With more places those that wait begin at once."""
    at = rig()
    connections = [at.ask() for _ in range(3)]
    at.serving.change(replace(ONE_AT_A_TIME, concurrency_count=3))
    at.pass_time(1.1)
    assert [b"200"] * 3 == [at.heard(i) for i in range(3)]
    close_all(*connections)


@pytest.mark.parametrize("law", [UNIFORM, law_of_values([1.0, 5.0], [3.0, 1.0])])
def test_it_sleeps_as_its_law_says(law) -> None:
    """Uniform up to twice the mean; what was seen as often as its weight says, stretched to the mean."""
    stretches = json.loads(json.dumps(law.stretches))  # as they come to its process
    settings = replace(ONE_AT_A_TIME, service_law=law.word, service_time_s=2.0, service_stretches=stretches)
    chance = random.Random(1)  # noqa: S311
    drawn = sorted(service_s(settings, chance) for _ in range(20_000))
    for share in (0.1, 0.5, 0.7, 0.9):
        assert 2.0 * law.times(share) == pytest.approx(drawn[int(share * len(drawn))], abs=0.06)


@pytest.mark.parametrize(("law", "mean_s"), [("exponential", 2.0), ("lognormal", 2.0), ("fixed", 2.0)])
def test_service_times_have_their_mean(law: str, mean_s: float) -> None:
    """Whatever the law, the mean is the service time."""
    settings = replace(ONE_AT_A_TIME, service_law=law, service_time_s=2.0, service_cv_ratio=0.5)
    chance = random.Random(1)  # noqa: S311
    drawn = [service_s(settings, chance) for _ in range(20_000)]
    assert mean_s == pytest.approx(sum(drawn) / len(drawn), rel=0.05)


def test_requests_of_one_instance_hold_each_other_up(rig) -> None:
    """Of two at a time, with half the work done by one at a time, the second takes half as long again."""
    at = rig(concurrency_count=2, serial_ratio=0.5)
    connections = [at.ask(), at.ask()]
    at.pass_time(1.4)
    assert (b"200", b"") == (at.heard(0), at.heard(1))
    at.pass_time(1.6)
    assert b"200" == at.heard(1)
    close_all(*connections)


class Asked:
    """A call that ends when a test says so."""

    def __init__(self) -> None:
        self.told: list[Callable[[bool], None]] = []

    def ask(self, told: Callable[[bool], None]) -> None:
        self.told.append(told)


@pytest.mark.parametrize("well", [True, False])
def test_a_request_keeps_its_place_until_its_calls_have_ended(rig, well: bool) -> None:
    """The next is begun only when the last call has answered; a call that fails ends it with an error."""
    first, second = Asked(), Asked()
    rig = rig([first, second])
    asked = rig.ask(), rig.ask()
    rig.pass_time(5.0)
    assert (1, 0) == (len(first.told), len(second.told))
    rig.loop.now_s = 5.0
    first.told[0](True)
    second.told[0](well)
    assert (b"HTTP/1.1 200" if well else b"HTTP/1.1 503") == rig.clients[0].recv(1000)[:12]
    rig.pass_time(5.5)
    assert 1 == len(first.told)
    rig.pass_time(6.5)
    assert 2 == len(first.told)
    close_all(*asked)


def test_an_instance_that_is_held_back_takes_no_requests(rig) -> None:
    """Who counts already and still boots serves nobody until it is let go."""
    rig = rig()
    rig.serving.hold(1)
    asked = rig.ask()
    rig.pass_time(3.0)
    assert 0 == rig.serving.take_served_count()
    rig.serving.hold(-1)
    rig.pass_time(4.5)
    assert 1 == rig.serving.take_served_count()
    close_all(asked)


FIRST = KEPT.replace(b"Host: x", b"Host: x\r\nX-First: 0.250000000 1")


def test_what_a_connection_carries_first_has_its_own_time_and_logs_in(rig) -> None:
    """A log-in of a quarter of a second is answered then, and the connection counts no more."""
    rig = rig(login_s=5.0)
    asked = rig.ask(FIRST)
    rig.serving.logins.begin(asked)
    rig.pass_time(0.2)
    assert asked.is_logging_in
    rig.pass_time(0.3)
    assert (b"200", False) == (rig.heard(0), asked.is_logging_in)
    close_all(asked)


def test_who_takes_too_long_to_log_in_is_closed_and_leaves_the_queue(rig) -> None:
    """A connection that waits for its log-in when its time is over is reset; its place is free."""
    rig = rig(login_s=0.5, queue_count=1)
    busy, waits = rig.ask(), rig.ask(FIRST)
    rig.serving.logins.begin(waits)
    rig.serving.shut(waits, 0)
    assert [1] == rig.ended
    follows = rig.ask()
    rig.pass_time(2.5)
    assert b"200" == rig.heard(2)
    close_all(busy, follows)


def test_too_many_that_have_not_logged_in_are_dropped() -> None:
    """None below the first number, some between, all from the last on: sshd's MaxStartups 10:30:60."""
    settings = replace(ONE_AT_A_TIME, logins_count=60, logins_free_count=10, login_drop_ratio=0.3)
    logins = Logins(random.Random(1))  # noqa: S311
    shares = []
    for count in range(61):
        if count in {9, 10, 35, 60}:
            shares.append(sum(logins.is_dropped(settings, 1) for _ in range(1000)) / 1000)
        logins.begin(LoggingIn())
    assert [0.0, 0.3, 0.65, 1.0] == pytest.approx(shares, abs=0.05)


class LoggingIn:
    """A connection that has not logged in."""

    is_logging_in = False
