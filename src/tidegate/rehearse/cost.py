"""What does a packet, a flow or a connection cost in CPU time? Pure reckoning from samples.

A cost is a difference: what the same work takes with the device in its way, less what it takes without.
So the sender's and the receiver's own cost cancel. Repetitions are paired, and the interval is that of
their median, free of any assumption about how they scatter. Nothing here measures, or knows a program.

Shortcut: the interval speaks of repetitions one after the other. What differs between days, neighbours
on the same hardware and network cards is not in it.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.experiment.interval import CONFIDENCE


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One cost that can be measured.

    Parameters
    ----------
    group
        The word that asks for it, together with others.
    subject
        What is done, in words.
    per
        "packet", "flow" or "connection": what is counted.
    key
        The file key of a world that it can fill, such as ``crossings.haproxy.setup``; empty for none.
    program
        The program that is measured, besides the kernel; empty for the kernel alone.
    """

    group: str
    subject: str
    per: str
    key: str = ""
    program: str = ""


KINDS: Mapping[str, Kind] = {
    "forwarding": Kind(
        group="forwarding",
        subject="packet forwarded, flows not tracked",
        per="packet",
        key="crossings.router.forwarding",
    ),
    "known_flow": Kind(
        group="conntrack",
        subject="packet forwarded, flow tracked",
        per="packet",
        key="crossings.firewall.forwarding",
    ),
    "new_flow": Kind(
        group="conntrack",
        subject="new flow, tracked",
        per="flow",
        key="crossings.firewall.setup",
    ),
    "known_translated": Kind(
        group="nat",
        subject="packet forwarded, translated (NAT)",
        per="packet",
        key="crossings.nat.forwarding",
    ),
    "new_translated": Kind(
        group="nat",
        subject="new flow, translated (NAT)",
        per="flow",
        key="crossings.nat.setup",
    ),
    "haproxy_tcp": Kind(
        group="haproxy",
        subject="HAProxy: TCP connection",
        per="connection",
        key="crossings.haproxy_tcp.setup",
        program="haproxy",
    ),
    "haproxy_http": Kind(
        group="haproxy",
        subject="HAProxy: HTTP request, closed after",
        per="connection",
        key="crossings.haproxy_http.setup",
        program="haproxy",
    ),
    "nginx_tcp": Kind(
        group="nginx",
        subject="nginx: TCP connection",
        per="connection",
        key="crossings.nginx_tcp.setup",
        program="nginx",
    ),
    "nginx_http": Kind(
        group="nginx",
        subject="nginx: HTTP request, closed after",
        per="connection",
        key="crossings.nginx_http.setup",
        program="nginx",
    ),
    "envoy_tcp": Kind(
        group="envoy",
        subject="Envoy: TCP connection",
        per="connection",
        key="crossings.envoy_tcp.setup",
        program="envoy",
    ),
    "tls_full_p256": Kind(
        group="tls",
        subject="HAProxy: full TLS handshake, P-256",
        per="connection",
        key="services.tls_p256.setup_time",
        program="haproxy",
    ),
    "tls_resumed_p256": Kind(
        group="tls",
        subject="HAProxy: resumed TLS handshake",
        per="connection",
        key="services.tls_p256.resumed_setup_time",
        program="haproxy",
    ),
    "tls_full_rsa": Kind(
        group="tls",
        subject="HAProxy: full TLS handshake, RSA-2048",
        per="connection",
        key="services.tls_rsa.setup_time",
        program="haproxy",
    ),
}
"""Every cost, by name, in the order in which they are measured and shown."""

GROUPS = tuple(dict.fromkeys(kind.group for kind in KINDS.values()))
"""The words that ask for costs, in order."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One measured cost.

    Parameters
    ----------
    name
        A name of `KINDS`.
    cost_s
        CPU-seconds each: the median of the repetitions.
    low_s, high_s
        The interval of that median over the repetitions.
    confidence_ratio
        How sure the interval is; below 95 % where repetitions were few.
    repetitions_count
        Repetitions.
    """

    name: str
    cost_s: float
    low_s: float
    high_s: float
    confidence_ratio: float
    repetitions_count: int

    @property
    def per_cpu_s(self) -> float:
        """How many of them one CPU-second pays for."""
        return 1.0 / self.cost_s


@dataclass(frozen=True, kw_only=True)
class Contention:
    """What else happened on the machine meanwhile.

    Parameters
    ----------
    load_count
        Load average over the minute before.
    cpus_count
        CPUs of the machine.
    other_ratio
        Share of all CPUs' time that went to other work.
    steal_ratio
        Share of it that the machine's host took away.
    """

    load_count: float
    cpus_count: int
    other_ratio: float
    steal_ratio: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The costs of one host.

    Parameters
    ----------
    machine
        Processor and kernel, in words.
    programs
        Program to its name and version, such as ``HAProxy 2.6.12``.
    date
        The day, as YYYY-MM-DD.
    costs
        What was measured.
    left_out
        One line for each thing that was not, with the reason.
    contention
        What else happened meanwhile; None where nothing was measured.
    """

    machine: str
    programs: Mapping[str, str]
    date: str
    costs: tuple[Cost, ...]
    left_out: tuple[str, ...]
    contention: Contention | None


def cost(name: str, repetitions_s: Sequence[float]) -> Cost | None:
    """Return the cost that paired repetitions show; None where it cannot be told from nothing.

    Parameters
    ----------
    name
        A name of `KINDS`.
    repetitions_s
        The cost each repetition saw, in CPU-seconds each; at least one.

    Source
    ------
    The interval of a median from order statistics: Conover, Practical Nonparametric Statistics (1999),
    section 3.2.
    """
    ordered = sorted(repetitions_s)
    beyond_count = _beyond_count(len(ordered))
    low_s, high_s = ordered[beyond_count], ordered[-1 - beyond_count]
    if low_s <= 0.0:
        return None
    return Cost(
        name=name,
        cost_s=statistics.median(ordered),
        low_s=low_s,
        high_s=high_s,
        confidence_ratio=_confidence_ratio(len(ordered), beyond_count),
        repetitions_count=len(ordered),
    )


def _confidence_ratio(runs_count: int, beyond_count: int) -> float:
    """Return how surely the median lies within when so many values on each side lie beyond."""
    tail = sum(math.comb(runs_count, k) for k in range(beyond_count + 1)) / 2.0**runs_count
    return max(0.0, 1.0 - 2.0 * tail)


def _beyond_count(runs_count: int) -> int:
    """Return how many values on each side may lie beyond an interval that is sure enough."""
    beyond_count = 0
    while (
        beyond_count < (runs_count - 1) // 2 and _confidence_ratio(runs_count, beyond_count + 1) >= CONFIDENCE
    ):
        beyond_count += 1
    return beyond_count
