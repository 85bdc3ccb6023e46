"""How is a client program watched? In lanes: pairs of namespaces in a sandbox.

Each lane holds one client at a time, opposite an endpoint and a name server of its own; several lanes
work at once, because a client mostly waits. The client finds the service by its name, through a
resolv.conf of ours that is laid over the machine's inside the sandbox alone. What is seen goes back as
plain lists; what it means is `probe`'s to say.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tidegate.adapters.linux.part import Tell
from tidegate.adapters.linux.probing.endpoint import Endpoint
from tidegate.adapters.linux.probing.name_server import NameServer
from tidegate.adapters.linux.probing.observer import Observer
from tidegate.adapters.linux.sandbox import kernel_calls
from tidegate.adapters.linux.sandbox.namespace import make_namespace
from tidegate.adapters.linux.sandbox.outside import run_inside
from tidegate.errors import Fault, InputError
from tidegate.probe.command import filled_in
from tidegate.probe.observation import Trial, trial_from
from tidegate.probe.situation import SERVICE_NAME, SETTLE_S

LANES_COUNT = 6
NAME_SERVER = "10.77.0.53"
OLD_ADDRESS, NEW_ADDRESS = "10.77.1.1", "10.77.2.1"
SILENT_ADDRESS = "10.77.3.1"
_CLIENT, _GATEWAY = "10.77.0.2", "10.77.0.1"
_FIRST_PORT = 20_000
_STEP_S = 0.05
_AFTERWARDS_S = 0.1
_GRACE_S = 1.0
_SETUP_S = 30.0
_LAST_WORDS_BYTES = 600
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")

_FILES = {
    "/etc/resolv.conf": f"nameserver {NAME_SERVER}\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n",
}


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What is to be watched.

    Parameters
    ----------
    command
        The client program with its arguments and placeholders.
    protocol
        What the endpoint speaks.
    situations
        Names, each to be played `repeat_count` times.
    seconds
        How long a client that does not end is watched each time.
    """

    command: tuple[str, ...]
    protocol: str
    situations: tuple[str, ...]
    repeat_count: int
    seconds: float


def watch(wanted: Watch, on_stage: Callable[[str], None]) -> list[Trial]:
    """Run the command in every situation and return what was seen.

    Where the program never tries to connect while all is well, the other situations are not played.

    Raises
    ------
    RigError
        No sandbox can be made here.
    InputError
        There is no such program.
    """
    rounds_count = -(-len(wanted.situations) * wanted.repeat_count // LANES_COUNT) + wanted.repeat_count
    surroundings = {"folder": str(Path.cwd()), "temporary": tempfile.gettempdir()}
    result: Any = run_inside(
        "tidegate.adapters.linux.probing.lanes:watch_inside",
        asdict(wanted) | surroundings,
        timeout_s=_SETUP_S + rounds_count * (wanted.seconds + _GRACE_S + SETTLE_S),
        on_message=lambda message: on_stage(str(message["says"])),
    )
    return [trial_from(record) for record in result["trials"]]


def watch_inside(request: Mapping[str, Any], tell: Tell) -> Mapping[str, object]:
    """Run inside a sandbox: all trials, `healthy` first."""
    wanted = Watch(**{key: request[key] for key in Watch.__dataclass_fields__})
    _lay_over_files()
    lanes = [_Lane(number, request["folder"], request["temporary"]) for number in range(LANES_COUNT)]
    names = [name for name in wanted.situations for _ in range(wanted.repeat_count)]
    healthy = [name for name in names if name == "healthy"]
    others = [name for name in names if name != "healthy"]
    records = _play(lanes, wanted, healthy, tell)
    if any(record["packets"] for record in records):
        ends_by_itself = all(record["ended_s"] is not None for record in records)
        for lane in lanes:
            lane.changes_at_once = ends_by_itself
        records += _play(lanes, wanted, others, tell)
    return {"trials": records}


def _play(
    lanes: Sequence[_Lane], wanted: Watch, situations: Sequence[str], tell: Tell
) -> list[dict[str, Any]]:
    """Share the trials out among the lanes; returns them in the order asked."""
    waiting: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
    for item in enumerate(situations):
        waiting.put(item)
    records: dict[int, dict[str, Any]] = {}
    failures: list[BaseException] = []

    def work(lane: _Lane) -> None:
        while not failures:
            try:
                index, situation = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                records[index] = lane.trial(wanted, situation)
            except BaseException as error:  # noqa: BLE001  raised again in the main thread
                failures.append(error)
                return
            tell({"says": f"{situation}: {len(records)} of {len(situations)}"})

    threads = [threading.Thread(target=work, args=(lane,)) for lane in lanes[: len(situations)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return [records[index] for index in sorted(records)]


def _lay_over_files() -> None:
    """Lay our own name resolution over the machine's, in this sandbox alone."""
    for name, text in _FILES.items():
        own = Path(Path(name).name).absolute()
        own.write_text(text, encoding="ascii")
        own.chmod(0o644)
        target = Path(os.path.realpath(name))
        if not target.exists():
            # A link into /run, which is empty memory here; elsewhere nothing is written.
            if not target.is_relative_to("/run"):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        kernel_calls.mount(str(own), str(target), flags=kernel_calls.BIND)


class _Lane:
    """A client's namespace opposite an endpoint's."""

    def __init__(self, number: int, folder: str, temporary: str) -> None:
        self.folder = folder
        self.temporary = temporary
        self.changes_at_once = False
        self.client = make_namespace(f"client{number}")
        self.far = make_namespace(f"endpoint{number}")
        self._port = _FIRST_PORT + 1000 * number
        self._connect()
        self.names = NameServer(place=self.far, address=NAME_SERVER)
        self.names.open()

    def _connect(self) -> None:
        pair = ("type", "veth", "peer", "name", "eth0", "netns", self.far.name)
        self.client.run("ip", "link", "add", "eth0", *pair)
        # An address nobody has must stay silent: nothing is passed on and nothing is answered for it.
        self.far.set("net.ipv4.ip_forward", 0)
        own = (NAME_SERVER, OLD_ADDRESS, NEW_ADDRESS)
        for place, addresses in (
            (self.client, (f"{_CLIENT}/24",)),
            (self.far, (f"{_GATEWAY}/24", *(f"{address}/32" for address in own))),
        ):
            for address in addresses:
                place.run("ip", "address", "add", address, "dev", "eth0")
            place.run("ip", "link", "set", "eth0", "up")
        self.client.run("ip", "route", "add", "default", "via", _GATEWAY)

    def trial(self, wanted: Watch, situation: str) -> dict[str, Any]:
        """Run the command once."""
        self._port += 1  # packets of the last trial that come late are then not this one's
        stage = _Stage(self, wanted.protocol, situation, self._port)
        observer = Observer(place=self.client, interface="eth0", port=self._port)
        stage.open()
        observer.open()
        self.names.asked.clear()
        try:
            return self._watched(wanted, stage, observer)
        finally:
            observer.close()
            stage.endpoint.close()

    def _watched(self, wanted: Watch, stage: _Stage, observer: Observer) -> dict[str, Any]:
        with tempfile.TemporaryFile() as said:
            began_s = time.monotonic()
            program = self._start(filled_in(wanted.command, SERVICE_NAME, stage.port, wanted.protocol), said)
            ended_s = None
            while time.monotonic() - began_s < wanted.seconds and not observer.is_full:
                with suppress(subprocess.TimeoutExpired):
                    program.wait(_STEP_S)
                    ended_s = time.monotonic()
                    break
                stage.advance(observer)
            watched_s = time.monotonic() - began_s
            _end(program)
            time.sleep(_AFTERWARDS_S)
            observer.close()
            said.seek(0, os.SEEK_END)
            said.seek(max(0, said.tell() - _LAST_WORDS_BYTES))
            last_words = said.read().decode(errors="replace").strip()
        since = _Since(began_s, began_s + watched_s)
        return {
            "situation": stage.situation,
            "packets": since.rows(observer.packets),
            "queries": since.rows(self.names.asked),
            "abandoned": since.times(observer.abandoned),
            "watched_s": watched_s,
            "ended_s": None if ended_s is None else ended_s - began_s,
            "exit_code": None if ended_s is None else program.returncode,
            "changed_s": None if stage.changed_s is None else stage.changed_s - began_s,
            "new_addresses": [NEW_ADDRESS] if stage.changed_s is not None else [],
            "said": last_words,
        }

    def _start(self, command: Sequence[str], said: Any) -> subprocess.Popen[bytes]:
        environment = {key: value for key, value in os.environ.items() if key.lower() not in _PROXIES}
        try:
            with self.client.entered():
                return subprocess.Popen(  # noqa: S603  the user's own client is what is asked for
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    cwd=self.folder,
                    env=environment | {"TMPDIR": self.temporary},
                    start_new_session=True,
                )
        except (FileNotFoundError, PermissionError) as error:
            what = f"the client program cannot be started: {error.strerror}"
            raise InputError(Fault(what=what, value=command[0])) from None


class _Since:
    """Times of one trial, told from its begin."""

    def __init__(self, began_s: float, end_s: float) -> None:
        self.began_s = began_s
        self.end_s = end_s

    def rows(self, rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
        """Return the rows up to the end; what came after was our own ending of the program."""
        return [[row[0] - self.began_s, *row[1:]] for row in rows if row[0] <= self.end_s]

    def times(self, times: Mapping[int, float]) -> dict[int, float]:
        """Return the times up to the end."""
        return {key: at_s - self.began_s for key, at_s in times.items() if at_s <= self.end_s}


class _Stage:
    """What one trial's endpoint does as time goes on."""

    def __init__(self, lane: _Lane, protocol: str, situation: str, port: int) -> None:
        self.lane = lane
        self.situation = situation
        self.port = port
        self.changed_s: float | None = None
        played = "healthy" if situation == "changing" else situation
        self.endpoint = Endpoint(
            place=lane.far, port=port, protocol=protocol, situation=played, on_request=self._asked
        )

    def open(self) -> None:
        """Set the scene."""
        self.lane.names.addresses = (SILENT_ADDRESS if self.situation == "silent" else OLD_ADDRESS,)
        if self.situation not in {"silent", "refusing"}:
            self.endpoint.open(OLD_ADDRESS)

    def advance(self, observer: Observer) -> None:
        """Change the address list when its time has come: some time after the first contact."""
        due = self.situation == "changing" and self.changed_s is None and bool(observer.packets)
        if due and not self.lane.changes_at_once and time.monotonic() - observer.packets[0][0] >= SETTLE_S:
            self._change()
            self.endpoint.close()

    def _asked(self) -> bool:
        """Change at the first request of a client that would end after it; whether to reset it."""
        if self.situation == "changing" and self.lane.changes_at_once and self.changed_s is None:
            self._change()
            threading.Thread(target=self.endpoint.close, daemon=True).start()
        return self.changed_s is not None

    def _change(self) -> None:
        self.changed_s = time.monotonic()
        self.lane.names.addresses = (NEW_ADDRESS,)


def _end(program: subprocess.Popen[bytes]) -> None:
    """End the client and all that it started in its session."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(program.pid, number)
        with suppress(subprocess.TimeoutExpired):
            program.wait(_GRACE_S)
