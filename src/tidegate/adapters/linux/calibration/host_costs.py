"""How are this host's own costs measured? One after the other, inside a sandbox.

Each cost is measured in a number of repetitions, each with and without the device. A cost whose program
or kernel feature is missing is left out with its reason; the others go on.
"""

from __future__ import annotations

import os
import ssl
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.adapters.linux.calibration import proxies
from tidegate.adapters.linux.calibration.meter import CpuTime, Meter, choose_cpu, cpu_time
from tidegate.adapters.linux.calibration.packets import RULES, PacketBench, make_packet_bench
from tidegate.adapters.linux.calibration.short_connections import (
    BATCH_COUNT,
    Load,
    exchange,
    exchange_tls,
    listen,
)
from tidegate.adapters.linux.part import Tell
from tidegate.adapters.linux.sandbox.features import missing_programs, program
from tidegate.adapters.linux.sandbox.namespace import Namespace, make_namespace
from tidegate.adapters.linux.sandbox.outside import run_inside
from tidegate.errors import RigError

Repetition = Callable[[float], float]

_REPETITIONS_COUNT = 10
_STARTING_S = 60.0
_WARM_RATIO = 0.25
_KEYS = {"p256": ("ec", "ec_paramgen_curve:P-256"), "rsa": ("rsa", "rsa_keygen_bits:2048")}


def measure(
    names: tuple[str, ...], *, length_s: float, on_message: Callable[[Mapping[str, object]], None]
) -> Mapping[str, Any]:
    """Measure costs in a sandbox; the outside half.

    Returns
    -------
    Mapping
        ``samples``: for each cost measured its repetitions, in CPU-seconds each; ``left_out``: a line
        for each other; ``programs``: versions; ``load``, ``cpus``, ``other`` and ``steal``: see
        `Contention`.
    """
    request = {"names": names, "length_s": length_s}
    return run_inside(
        "tidegate.adapters.linux.calibration.host_costs:calibrate",
        request,
        timeout_s=length_s + _STARTING_S,
        on_message=on_message,
    )


def machine() -> str:
    """Return processor and kernel of this machine in words."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8", errors="replace").splitlines() if about.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f"{model or os.uname().machine}, {os.uname().sysname} {os.uname().release}"


def calibrate(request: Mapping[str, Any], tell: Tell) -> Mapping[str, object]:
    """Measure the named costs; the inside half."""
    load_count = os.getloadavg()[0]
    cpu = choose_cpu()
    samples: dict[str, list[float]] = {}
    left_out: dict[str, str] = {}
    before, own_s = cpu_time(None), _used_s()
    with ExitStack() as running:
        bench = _Bench(cpu=cpu, running=running)
        end_s = time.monotonic() + request["length_s"]
        repetitions: dict[str, Repetition] = {}
        for name in request["names"]:
            tell({"preparing": name})
            with _leaving_out(name, left_out):
                ready = bench.ready(name)
                ready(0.0)  # what cannot be done is known before anything is measured
                repetitions[name] = ready
        # Round by round, so that what changes meanwhile on the machine is seen by every cost's interval.
        for left_count in range(_REPETITIONS_COUNT, 0, -1):
            for place, (name, repetition_s) in enumerate(repetitions.items()):
                if name in left_out:
                    continue
                tell({"measuring": name})
                still_count = left_count * len(repetitions) - place
                with _leaving_out(name, left_out):
                    length_s = max(0.0, end_s - time.monotonic()) / still_count
                    repetition_s(_WARM_RATIO * length_s)  # others have had the caches meanwhile
                    samples.setdefault(name, []).append(repetition_s((1.0 - _WARM_RATIO) * length_s))
        shares = _shares(before, cpu_time(None), bench.used_s() - own_s)
    return {
        "samples": {name: values for name, values in samples.items() if name not in left_out},
        "left_out": left_out,
        "programs": bench.programs,
        "load": load_count,
        "cpus": os.cpu_count(),
        **shares,
    }


@contextmanager
def _leaving_out(name: str, left_out: dict[str, str]) -> Iterator[None]:
    """Let one cost fail with its reason, and the others go on."""
    try:
        yield
    except (RigError, OSError) as error:
        left_out[name] = str(error)


def _used_s() -> float:
    """Return CPU-seconds of this process and of those it has started and ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _shares(before: CpuTime, after: CpuTime, own_s: float) -> dict[str, float]:
    all_s = max(after.all_s - before.all_s, 1e-9)
    steal_s = after.steal_s - before.steal_s
    busy_s = all_s - (after.idle_s - before.idle_s) - steal_s
    return {"other": max(0.0, busy_s - own_s) / all_s, "steal": steal_s / all_s}


@dataclass(kw_only=True)
class _Bench:
    """What has been built so far, each thing when it is first needed."""

    cpu: int
    running: ExitStack
    packets: PacketBench | None = None
    meter: Meter | None = None
    place: Namespace | None = None
    load: Load | None = None

    def __post_init__(self) -> None:
        self.programs: dict[str, str] = {}
        self._pids: list[int] = []

    def used_s(self) -> float:
        """Return CPU-seconds of this process, of those it waited for, and of the proxies."""
        return _used_s() + Meter.processes_s(self._pids)

    def ready(self, name: str) -> Repetition:
        """Build what a cost needs and return the function that runs one repetition of it."""
        bench = self._packets()
        if name in RULES:
            return lambda length_s: bench.repetition_s(name, length_s)
        return self._tls(name) if name.startswith("tls_") else self._proxy(name)

    def _packets(self) -> PacketBench:
        """Make the bench for packets; the others need it to know how this kernel books them."""
        if self.packets is None:
            if missing := missing_programs(["ip"]):
                raise RigError(missing[0])
            self.packets = make_packet_bench()
            self.meter = Meter(cpu=self.cpu, booked_apart=self.packets.books_apart())
        return self.packets

    def _connections(self) -> tuple[Namespace, Load]:
        if self.place is None or self.load is None:
            self.place = make_namespace("connections")
            self.place.set("net.ipv4.tcp_max_tw_buckets", 1)  # no closed connection holds up a port
            self.place.set("net.ipv4.ip_local_port_range", "10000 65000")
            self.load = Load(listener=listen(self.place))
        return self.place, self.load

    def _start(self, name: str, certificate: str = "") -> proxies.Proxy:
        place, load = self._connections()
        brand = name.partition("_")[0]
        self.programs[brand] = proxies.version(brand)
        proxy = proxies.start(place, name, load.port, certificate)
        self.running.callback(proxy.stop)
        self._pids.append(proxy.process.pid)
        return proxy

    def _proxy(self, name: str) -> Repetition:
        proxy = self._start(name)
        place, load = self._connections()
        assert self.meter is not None
        meter, pids = self.meter, [proxy.process.pid]

        def repetition_s(length_s: float) -> float:
            batches_count, through_s, past_s = 0, 0.0, 0.0
            end_s = time.monotonic() + length_s
            with place.entered():
                while batches_count == 0 or time.monotonic() < end_s:
                    marks = [meter.used_s(pids)]
                    for port in (proxy.port, load.port):
                        load.batch(port)
                        marks.append(meter.used_s(pids))
                    batches_count += 1
                    through_s += marks[1] - marks[0]
                    past_s += marks[2] - marks[1]
            return (through_s - past_s) / (batches_count * BATCH_COUNT)

        return repetition_s

    def _tls(self, name: str) -> Repetition:
        _, how, key = name.split("_")
        ending = self._start("haproxy_here", _certificate(key))
        plain = self._start("haproxy_here")
        place, _ = self._connections()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the server is ours, and its certificate a minute old
        with place.entered():
            session = exchange_tls(ending.port, context, None) if how == "resumed" else None

        def repetition_s(length_s: float) -> float:
            with_tls: list[float] = []
            without: list[float] = []
            end_s = time.monotonic() + length_s
            with place.entered():
                while not with_tls or time.monotonic() < end_s:
                    for proxy, seen in ((ending, with_tls), (plain, without)):
                        before_s = Meter.processes_s([proxy.process.pid])
                        if proxy is ending:
                            exchange_tls(proxy.port, context, session)
                        else:
                            exchange(proxy.port)
                        seen.append(Meter.processes_s([proxy.process.pid]) - before_s)
            return statistics.fmean(with_tls) - statistics.fmean(without)

        return repetition_s


def _certificate(key: str) -> str:
    """Write a key and its certificate, both good for nothing else; returns the file."""
    path = program("openssl")
    if path is None:
        raise RigError(missing_programs(["openssl"])[0])
    written = Path(f"{key}.pem").absolute()
    kind, option = _KEYS[key]
    words = ["req", "-x509", "-nodes", "-newkey", kind, "-pkeyopt", option, "-subj", "/CN=calibrate"]
    files = ["-days", "2", "-keyout", "-", "-out", "-"]
    made = subprocess.run([path, *words, *files], capture_output=True, check=False)  # noqa: S603  our own words
    if made.returncode != 0:
        raise RigError(f"openssl makes no certificate: {made.stderr.decode(errors='replace').strip()}")
    written.write_bytes(made.stdout)
    return str(written)
