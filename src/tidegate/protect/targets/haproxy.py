"""How does HAProxy write a protection of a crossing and of what stands behind it? Write and read.

One HAProxy process is one device: its global limits are the crossing's. A process that has let in as much
as it may simply accepts no more: the excess waits in the kernel's backlog, where it is neither dropped nor
refused until the backlog is full. So the backlog is kept so short that nobody waits there longer than half
a time-out.

Shortcut: the burst of the admission rate is what HAProxy makes it, a second's worth.
"""

from __future__ import annotations

import math
from fractions import Fraction

from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written, comment, comments, identifier, short
from tidegate.protect.protection import Element, Protection
from tidegate.protect.targets import haproxy_text
from tidegate.protect.targets.behind import Ends, proxied
from tidegate.protect.targets.share import asked, each_device_count, shared
from tidegate.world.crossing import Admission
from tidegate.world.service import Service
from tidegate.world.world import WorldFile

TARGET = "haproxy"
_BELONGS = "is not the business of a TCP proxy; give it to the client, the device before it or the scaler"
_LONGEST_MS = 86_400_000  # a day; longer periods are of no use and near HAProxy's own limit
_MOST = 2**31 - 1
_COARSE_RATIO = 0.02
_SOURCES = "100k"
_BACKLOG_SHARE = 0.5
_LEAST_BACKLOG = 16


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return a configuration for each crossing, with a proxy for every service behind it.

    Parameters
    ----------
    protection
        What is to be said.
    file
        The world it protects.
    addresses
        Where proxies listen and instances stand.
    """
    draft = Draft(TARGET, protection, file, stands_before=True)
    ends = Ends(draft, addresses)
    done: set[str] = set()
    for name in draft.world.crossings:
        behind = proxied(draft, name)
        if draft.has(f"crossings.{name}.admission", *(f"services.{service}" for service in behind)):
            _Device(draft, ends, name, tuple(one for one in behind if one not in done)).write()
            done.update(behind)
    return draft.written(_BELONGS)


class _Device:
    """The configuration of one crossing."""

    def __init__(self, draft: Draft, ends: Ends, name: str, behind: tuple[str, ...]) -> None:
        self._draft = draft
        self._ends = ends
        self._name = name
        self._behind = behind
        self._at = f"crossings.{name}.admission."
        self._admission = draft.world.crossings[name].admission or Admission()
        self._global: list[str] = []
        self._tables: list[str] = []
        self._front: list[str] = []
        self._devices = draft.world.crossings[name].devices_count
        self._backlog_count: int | None = None

    def write(self) -> None:
        """Write it, if there is anything to say."""
        if not self._behind:
            for element in self._draft.below(f"crossings.{self._name}.admission"):
                self._draft.refuse(element.path, "no service of the world is reached through it")
            return
        before = self._draft.said_count
        self._rate()
        self._concurrent()
        self._per_source()
        proxies = [line for service in self._behind for line in self._proxy(service)]
        if self._draft.said_count == before:
            return
        lines = [
            f"# Protection of the crossing {short(self._name)} (world {short(self._draft.world.name)}).",
            f"# Check it: haproxy -c -f {self._file_name}",
            "",
            "global",
            *(f"    {line}" for line in self._global),
            "",
            "defaults",
            "    mode tcp",
            "    # Times without which HAProxy would wait for ever; they are no part of the protection.",
            "    timeout connect 5s",
            "    timeout client 1m",
            "    timeout server 1m",
            *self._tables,
            *proxies,
        ]
        self._draft.add(self._file_name, "\n".join(lines) + "\n")
        if self._devices > 1:
            self._draft.note(
                f"Run it on each of the {self._devices} devices: every limit holds for one process."
            )

    @property
    def _file_name(self) -> str:
        return f"{identifier(self._name)}.haproxy.cfg"

    def _rate(self) -> None:
        rate, on_excess = self._draft.find(self._at + "rate"), self._draft.find(self._at + "on_excess")
        self._draft.refuse(
            self._at + "burst",
            "HAProxy has no burst of its own: a second's worth of the rate may come at once",
        )
        per_s = self._admission.rate_per_s
        if per_s is None:
            self._draft.refuse(self._at + "rate", "no limit is the absence of a line: remove the old one")
            self._draft.refuse(
                self._at + "on_excess", "it is the excess of a rate that HAProxy drops or refuses"
            )
        if (rate is None and on_excess is None) or per_s is None:
            return
        if self._admission.on_excess == "reset":
            self._refusing(rate, on_excess, per_s)
            return
        number = min(math.floor(per_s), _MOST)
        if number < 1:
            for key in ("rate", "on_excess"):
                self._draft.refuse(self._at + key, "HAProxy counts whole connections a second, one at least")
            return
        self._draft.say(self._at + "rate")
        if number != per_s:
            self._draft.rounded(rate, f"{number}/s")
        self._global += [*comments(rate, on_excess), f"maxconnrate {number}"]
        self._waiting(number, on_excess)

    def _waiting(self, number: int, on_excess: Element | None) -> None:
        """Keep the backlog short, because the excess waits there before it is dropped."""
        timeout_s = self._shortest_timeout_s()
        most = _BACKLOG_SHARE * timeout_s * number / len(self._behind)
        self._backlog_count = max(_LEAST_BACKLOG, math.floor(most))
        self._front += [
            f"# The excess waits here, half a time-out ({timeout_s:g} s) at most; then SYNs are dropped",
            f"backlog {self._backlog_count}",
        ]
        if on_excess is not None:
            self._draft.say(on_excess.path)
        self._draft.note(
            f"HAProxy does not turn the excess away: up to {self._backlog_count} connections of each service "
            "wait in the kernel's backlog, established to the client already; beyond that SYNs are dropped."
        )

    def _refusing(self, rate: Element | None, on_excess: Element | None, per_s: float) -> None:
        found = _whole_per_period(per_s, (1_000, 10_000, 60_000, 3_600_000))
        if found is None:
            for key in ("rate", "on_excess"):
                self._draft.refuse(self._at + key, "HAProxy counts whole connections in at most an hour")
            return
        count, period_ms, exact = found
        for element in (rate, on_excess):
            if element is not None:
                self._draft.say(element.path)
        if not exact:
            self._draft.rounded(rate, f"{count} in {period_ms} ms")
        self._tables += [
            "",
            "backend tg_all",
            f"    stick-table type integer size 10 expire {2 * period_ms}ms store conn_rate({period_ms}ms)",
        ]
        self._front += [
            *comments(rate, on_excess),
            f"tcp-request connection reject if {{ int(1),table_conn_rate(tg_all) ge {count} }}",
            "tcp-request connection track-sc1 int(1) table tg_all",
        ]
        self._draft.note(
            "A refused connection costs the device its set-up and a reset, and can keep it down."
        )

    def _concurrent(self) -> None:
        element = self._draft.find(self._at + "concurrent")
        count = self._admission.concurrent_count
        if element is None or count is None:
            self._draft.refuse(
                self._at + "concurrent", "no limit is the absence of a line: remove the old one"
            )
            return
        self._draft.say(element.path)
        if count > _MOST:
            self._draft.rounded(element, str(_MOST))
        self._global += [f"# {comment(element)}", f"maxconn {min(count, _MOST)}"]
        if self._admission.on_excess == "reset":
            why = "connections beyond maxconn wait in the kernel's backlog; HAProxy does not refuse them"
            self._draft.note(f"{element.path}: {why}.")

    def _per_source(self) -> None:
        rate, burst = (
            self._draft.find(self._at + "per_source"),
            self._draft.find(self._at + "per_source_burst"),
        )
        per_s, count = self._admission.per_source_per_s, self._admission.per_source_burst_count
        if per_s is None:
            self._draft.refuse(
                self._at + "per_source", "no limit is the absence of a line: remove the old one"
            )
            self._draft.refuse(self._at + "per_source_burst", "there is no rate it would belong to")
        if (rate is None and burst is None) or per_s is None:
            return
        period_ms = min(_LONGEST_MS, max(1, math.ceil(1000.0 * count / per_s)))
        if abs(1000.0 * count / period_ms - per_s) > _COARSE_RATIO * per_s:
            why = "HAProxy counts a burst in whole milliseconds, up to a day"
            for key in ("per_source", "per_source_burst"):
                self._draft.refuse(self._at + key, why)
            return
        for element in (rate, burst):
            if element is not None:
                self._draft.say(element.path)
        if rate is not None and 1000.0 * count / period_ms != per_s:
            self._draft.rounded(rate, f"{count} in {period_ms} ms")
        kept = f"expire {2 * period_ms}ms store conn_rate({period_ms}ms)"
        self._tables += ["", "backend tg_sources", f"    stick-table type ipv6 size {_SOURCES} {kept}"]
        self._front = [
            *comments(rate, burst),
            f"tcp-request connection reject if {{ src_conn_rate(tg_sources) ge {count} }}",
            "tcp-request connection track-sc0 src table tg_sources",
            *self._front,
        ]
        self._draft.note("A limit for each source does not stop a surge of many sources' first connections.")
        if self._admission.on_excess == "drop":
            self._draft.note(
                "The excess of one source is refused with a reset; HAProxy has accepted it by then."
            )

    def _shortest_timeout_s(self) -> float:
        timeouts = [
            one.timeout_s for one in self._draft.world.clients.values() if one.service in self._behind
        ]
        return min(timeouts, default=1.0)

    def _proxy(self, name: str) -> list[str]:
        service = self._draft.world.services[name]
        word = identifier(name)
        addresses = self._ends.instances(name)
        # One address for several instances is a stand-in for all of them.
        servers_count = len(addresses) if len(addresses) > 1 else max(1, service.instances_count)
        limits, comments = self._server_limits(name, service, servers_count)
        front = [
            f"frontend tg_{word}",
            f"    bind {self._ends.listen(name)}",
            *(f"    {one}" for one in self._front),
        ]
        back = [
            f"backend tg_{word}_instances",
            "    balance leastconn",
            *(f"    # {one}" for one in comments),
        ]
        if len(addresses) < servers_count:
            servers = [f"    server-template tg_{word}_ 1-{servers_count} {addresses[0]}{limits}"]
        else:
            servers = [f"    server tg_{word}_{i} {one}{limits}" for i, one in enumerate(addresses, start=1)]
        return ["", *front, f"    default_backend tg_{word}_instances", "", *back, *servers]

    def _server_limits(self, name: str, service: Service, servers_count: int) -> tuple[str, list[str]]:
        """Return the limits on a server's line, and the comments above it."""
        at = f"services.{name}."
        queue, elements = self._draft.find(at + "queue"), asked(self._draft, name)
        each = each_device_count(self._draft, self._name, name)
        limit = each or (service.connections_count or service.concurrency_count) // self._devices
        if (each is None and queue is None) or limit < 1:
            if queue is not None:
                why = (
                    f"it forms behind what an instance serves at a time, which {self._devices} devices share"
                )
                self._draft.refuse(queue.path, why)
            return "", []
        text, lines = f" maxconn {limit}", []
        if each is not None:
            self._draft.say(at + "connections")
            lines += [comment(element) for element in elements]
            self._when_full(at, service)
        if queue is not None:
            text += self._queue(queue, service, servers_count, lines)
        return text, lines

    def _when_full(self, at: str, service: Service) -> None:
        """Say what becomes of connections that find every instance full."""
        waits = "further connections wait in HAProxy's queue, 5 s at most (timeout connect)"
        if service.connections_when_full == "backlog":
            self._draft.say(at + "connections_when_full")
            self._draft.note(f"{at}connections: {waits}.")
        else:
            self._draft.refuse(at + "connections_when_full", waits)
            self._draft.note(f"{at}connections: {waits}; they are not refused, as the world says.")

    def _queue(self, queue: Element, service: Service, servers_count: int, comments: list[str]) -> str:
        if service.queue_count is None:
            self._draft.refuse(queue.path, "no limit is the absence of a word: remove the old one")
            return ""
        each = service.queue_count // (servers_count * self._devices)
        if each < 1:
            self._draft.refuse(queue.path, "HAProxy reads a queue of 0 for an instance as one without limit")
            return ""
        self._draft.say(queue.path)
        if self._devices > 1:
            shared(self._draft, queue, each * servers_count, self._devices)
        if each * servers_count * self._devices != service.queue_count:
            self._draft.rounded(queue, f"{each} for each of {servers_count} instances")
        comments.append(comment(queue))
        full = f"{queue.path.rpartition('.')[0]}.queue_when_full"
        if service.queue_when_full == "visible":
            self._draft.say(full)
        else:
            self._draft.refuse(full, "HAProxy closes what finds its queues full; it cannot be silent")
        return f" maxqueue {each}"


def _whole_per_period(per_s: float, periods_ms: tuple[int, ...]) -> tuple[int, int, bool] | None:
    """Return a rate as a whole number in a period, and whether it is exact; else the next lower one."""
    for period_ms in periods_ms:
        count = Fraction(per_s) * period_ms / 1000
        if count.denominator == 1 and 1 <= count <= _MOST:
            return int(count), period_ms, True
    for period_ms in periods_ms:
        count_below = math.floor(per_s * period_ms / 1000)
        if 100 <= count_below <= _MOST or (period_ms == periods_ms[-1] and count_below >= 1):
            return count_below, period_ms, count_below / (period_ms / 1000) == per_s
    return None


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what a HAProxy configuration says about a crossing and the services behind it.

    Parameters
    ----------
    text
        The configuration.
    source
        Its name.
    subjects
        What is meant where the text does not say so.

    Raises
    ------
    InputError
        With every fault of the text, each with its line.
    """
    findings = Findings(TARGET, source, subjects)
    haproxy_text.interpret(text, findings)
    return findings.adopted()
