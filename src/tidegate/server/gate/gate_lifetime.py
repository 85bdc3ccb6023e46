"""How does the gate begin and end? Worlds and what is kept are read, then it listens; no engine is loaded."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.adapters.files.secret_text import SecretText
from tidegate.adapters.files.worlds import locate, read_world_text
from tidegate.adapters.kubernetes_api.api_access import ApiAccess
from tidegate.adapters.kubernetes_api.api_server import ApiServer
from tidegate.errors import TidegateError
from tidegate.gate.asking.message import Asked, Reply
from tidegate.gate.asking.mirrored.cluster_mirror import Mirror
from tidegate.gate.asking.question import Awaited, Question
from tidegate.gate.asking.ruling import Policy
from tidegate.gate.asking.watched_world import Watched
from tidegate.journal.clock import Steady
from tidegate.server.connection_book import Connections
from tidegate.server.descriptors import room_for_connections
from tidegate.server.gate.awaited_on_disk import AwaitedOnDisk
from tidegate.server.gate.calling_back import CallingBack
from tidegate.server.gate.cluster_modelling import ClusterModelling
from tidegate.server.gate.cluster_reading import ClusterReading
from tidegate.server.gate.gate_doors import Doors, Measures
from tidegate.server.gate.gate_ledger import Ledger
from tidegate.server.gate.gate_memory import remember
from tidegate.server.gate.gate_paths import callers
from tidegate.server.gate.permits import Permits
from tidegate.server.gate.signed_paths import SignedSetting, signed_paths, signed_routes, take_up_again
from tidegate.server.gate.waiting_room import WaitingRoom
from tidegate.server.gate.workshop import Workshop
from tidegate.server.given_rulings import RULINGS
from tidegate.server.listener import BoundedConfig, BoundedServer, Tls, listen
from tidegate.server.served_certificate import ServedCertificate
from tidegate.verbs.gate import Gate
from tidegate.verbs.unnamed import Unnamed
from tidegate.world.file.read import read_world

if TYPE_CHECKING:
    from tidegate.world.world import WorldFile

_LOG = logging.getLogger("tidegate.gate")
_LOOK_EVERY_S = 2.0


@dataclass(frozen=True, kw_only=True)
class GateSetting:
    """How a gate is set.

    Parameters
    ----------
    worlds
        Names of world files or bundled worlds.
    host, port
        Where it listens.
    folder
        Where what was worked out is kept.
    policy
        What is done about what is not safe.
    tls
        Its certificate; None listens without TLS.
    own_namespace
        Where in a cluster it runs itself; empty outside of one.
    work_limit_s
        How long it may take to work one question out.
    cluster
        How the cluster is reached that it reads; None reads none.
    models_unnamed
        Whether workloads of that cluster that no world names are modelled from their own objects.
    tokens
        The file of those who may ask; empty where whoever reaches it may.
    signed
        How signed requests are checked and answered.
    """

    worlds: tuple[str, ...]
    host: str
    port: int
    folder: str
    policy: Policy
    tls: Tls | None = None
    own_namespace: str = ""
    work_limit_s: float = 600.0
    cluster: ApiAccess | None = None
    models_unnamed: bool = False
    tokens: str = ""
    signed: SignedSetting = field(default_factory=SignedSetting)


def run_gate(setting: GateSetting, tell: Callable[[str], None]) -> None:
    """Answer until told to end.

    Parameters
    ----------
    setting
        How.
    tell
        Says a line to whoever started it.

    Raises
    ------
    TidegateError
        If a world cannot be read, or the place to listen at not be had.
    """
    files = _read(setting.worlds)
    permits = _permits(setting.tokens)
    paths = signed_paths(setting.signed, lambda: [one.file.world for one in gate.worlds], time.time)
    folder = Path(setting.folder)
    measures = Measures(lambda: workshop.waiting_count, lambda: workshop.left_count)
    shown = ServedCertificate(setting.tls, ends=measures.certificate_ends.set) if setting.tls else None
    with ExitStack() as closes:
        opened = closes.enter_context(closing(listen(setting.host, setting.port)))
        mirror = None if setting.cluster is None else Mirror()

        def ask(question: Question) -> Awaited:
            return workshop.ask(question)

        unnamed = None if mirror is None or not setting.models_unnamed else Unnamed(mirror, ask)
        gate = Gate(files, ask, mirror, unnamed)
        workshop = Workshop(folder, gate, limit_s=setting.work_limit_s)
        closes.callback(workshop.close)
        for number, watched in enumerate(gate.worlds):
            _prepare(gate, number, watched, workshop)
        ledger = Ledger(folder / RULINGS, setting.policy, lost=measures.lost.inc)
        closes.callback(ledger.close)
        clock = Steady(time.time, time.monotonic)
        remember(gate, ledger)
        reading = _reading(setting, mirror, measures, clock)
        if reading is not None:
            closes.callback(reading.end)
            reading.begin()
        if unnamed is not None and setting.cluster is not None:
            modelling = ClusterModelling(ApiServer(setting.cluster), unnamed, clock)
            closes.callback(modelling.end)
            modelling.begin()
        say = None if reading is None else reading.say
        doors = Doors(
            gate,
            setting.policy,
            measures,
            clock=clock,
            taken_down=ledger.take_down,
            waiting_room=WaitingRoom(mirror, say, measures.registry, clock),
            is_ready=lambda: reading is None or reading.is_read,
            permits=permits,
        )
        kept = AwaitedOnDisk(folder)
        calling = _calling(doors, setting.policy, measures, kept)
        scheme = "https" if setting.tls else "http"
        begun = f"Gate  {scheme}://{setting.host}:{opened.getsockname()[1]}  mode {setting.policy.mode}"
        signed = signed_routes(
            paths,
            calling,
            lambda caller: measures.refused.labels(caller).inc(),
            lambda caller, took_s: measures.seconds.labels(caller).observe(took_s),
            kept,
        )
        app = doors.app(callers(setting.own_namespace, mirror), signed)
        config = BoundedConfig(app, Connections(room_for_connections()), tls=setting.tls)
        config.load()
        if shown is not None and config.ssl is not None:
            shown.show(config.ssl)
        renewal = Renewal(setting.worlds, gate, workshop, shown)

        def begin() -> None:
            take_up_again(paths, calling, kept, time.time())
            tell(begun)

        asyncio.run(_run(BoundedServer(config), opened, renewal, calling, begin))
    _LOG.info("ended")


def _calling(doors: Doors, policy: Policy, measures: Measures, kept: AwaitedOnDisk) -> CallingBack:
    """Return what answers those who wait for minutes."""

    def settle(asked: Asked, reply: Reply, is_sure: bool) -> None:
        doors.settle(asked, reply, is_sure=is_sure)

    return CallingBack(doors.rule, settle, policy, measures.registry, kept.drop)


def _prepare(gate: Gate, number: int, watched: Watched, workshop: Workshop) -> None:
    """Take in what was kept of a world, and let be worked out what is not."""
    if watched.knows_nothing:
        why = "nothing in it says `known_as`, so that whatever is asked is not found here"
        _LOG.warning("a world answers nothing", extra={"world": watched.file.world.name, "why": why})
    workshop.recall(watched)
    for question in gate.beforehand(number):
        workshop.ask_beforehand(question)


def _reading(
    setting: GateSetting, mirror: Mirror | None, measures: Measures, clock: Callable[[], float]
) -> ClusterReading | None:
    if setting.cluster is None or mirror is None:
        return None
    return ClusterReading(ApiServer(setting.cluster), mirror, measures.registry, clock)


async def _run(
    server: BoundedServer,
    opened: socket.socket,
    renewal: Renewal,
    calling: CallingBack,
    begun: Callable[[], None],
) -> None:
    loop = asyncio.get_running_loop()

    def end() -> None:
        server.should_exit = True

    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, end)
    begun()  # not before: who reads it may end the gate at once
    looking = asyncio.create_task(renewal.go_on())
    with suppress(asyncio.CancelledError):
        await server._serve([opened])  # noqa: SLF001  `serve` would put its own signal handlers over ours
    await calling.close()
    looking.cancel()


class Renewal:
    """Reads worlds and the certificate again as their files change; what cannot be read leaves all as it was.

    Parameters
    ----------
    names
        Of the worlds, in the order of the gate's.
    gate, workshop
        What answers, and what works out the steps of a world that is new.
    certificate
        What is shown to callers; None without TLS.
    """

    def __init__(
        self,
        names: Sequence[str],
        gate: Gate,
        workshop: Workshop,
        certificate: ServedCertificate | None = None,
    ) -> None:
        self._places = [locate(name) for name in names]
        self._gate = gate
        self._workshop = workshop
        self._certificate = certificate
        self._marks = [_mark(place) for place in self._places]

    async def go_on(self) -> None:
        """Look again and again."""
        while True:
            if self._certificate is not None:
                self._certificate.look(time.time())
            await asyncio.sleep(_LOOK_EVERY_S)
            for i in range(len(self._places)):
                await asyncio.to_thread(self.look, i)

    def look(self, number: int) -> None:
        """Read one world again, where its file is another."""
        place = self._places[number]
        mark = _mark(place)
        if mark is None or mark == self._marks[number]:
            return
        self._marks[number] = mark
        try:
            [file] = _read([str(place)])
        except TidegateError as error:
            _LOG.error("a world cannot be read, and stays as it was", extra={"why": str(error)[:500]})
            return
        _prepare(self._gate, number, self._gate.renew(number, file), self._workshop)
        _LOG.info("a world was read again", extra={"world": file.world.name})


def _permits(file: str) -> Permits | None:
    return Permits(SecretText(file, "--tokens"), file) if file else None


def _mark(place: Path) -> tuple[int, int] | None:
    """Return what tells one version of a file from another; None while there is none."""
    with suppress(OSError):
        found = place.stat()
        return found.st_mtime_ns, found.st_size
    return None


def _read(names: Sequence[str]) -> tuple[WorldFile, ...]:
    return tuple(read_world(*read_world_text(name)) for name in names)
