"""What does forwarding a packet cost? Packets sent through a device, beside packets sent past it.

Packets between namespaces are handled within the sender's own system call, down to the last device. So
a short slice in which the sender was never switched off its CPU lasts exactly as long as the work takes,
however busy the machine is: slices with a switch are thrown away. The path past the device has one link,
the path through it two; a cost therefore includes one virtual link.

Shortcut: no network card, driver or cold cache takes part, so a real device is slower.
"""

from __future__ import annotations

import itertools
import resource
import socket
import statistics
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tidegate.adapters.linux.sandbox.features import missing_programs
from tidegate.adapters.linux.sandbox.namespace import Namespace, make_namespace
from tidegate.errors import RigError

_SLICE_PACKETS_COUNT = 64
_PAYLOAD = bytes(60)
_PATIENCE_S = 2.0
_PORTS = range(1024, 65000, _SLICE_PACKETS_COUNT)
_LAST_NUMBERS = range(1, 251)
_MOST_SLICES_COUNT = 150  # 9,600 flows: far below the smallest table that Linux makes on a usual machine
_NETFILTER = 12  # NETLINK_NETFILTER
_FORGET = struct.pack("=IHHII", 20, (1 << 8) | 2, 0x5, 1, 0) + bytes([socket.AF_INET, 0, 0, 0])
"""Conntrack's message that deletes everything, to be acknowledged (linux/netfilter/nfnetlink_conntrack.h)."""

_TRACKED = (
    "table ip tg_track {\nchain tg_f {\ntype filter hook forward priority 0;\nct state invalid drop\n}\n}\n"
)
_TRANSLATED = (
    "table ip tg_nat {\nchain tg_p {\ntype nat hook postrouting priority 100;\n"
    'oifname "out" masquerade fully-random\n}\n}\n'
)
RULES = {
    "forwarding": "",
    "known_flow": _TRACKED,
    "new_flow": _TRACKED,
    "known_translated": _TRANSLATED,
    "new_translated": _TRANSLATED,
}
"""The rules of the device, by the name of the cost."""


@dataclass(kw_only=True)
class PacketBench:
    """A sender, a device and a receiver; the receiver also has a link of its own to the sender.

    Parameters
    ----------
    device
        The namespace that forwards.
    sender
        A socket in the sending namespace.
    """

    device: Namespace
    sender: socket.socket
    _flows: Iterator[tuple[int, int]] = field(
        default_factory=lambda: itertools.cycle(itertools.product(_LAST_NUMBERS, _PORTS))
    )

    def repetition_s(self, name: str, length_s: float) -> float:
        """Return the cost one repetition of about `length_s` seconds shows, in seconds a packet."""
        with self._prepared(name):
            return self._difference_s(length_s, fresh=name.startswith("new"))

    @contextmanager
    def _prepared(self, name: str) -> Iterator[None]:
        """Give the device the rules of one cost and no flows, for the body's length."""
        if not RULES[name]:
            yield
            return
        if missing := missing_programs(["nft"]):
            raise RigError(missing[0])
        self.device.run("nft", "-f", "-", stdin=RULES[name])
        try:
            self._forget_flows()
            yield
        finally:
            self.device.run("nft", "flush", "ruleset")

    def _difference_s(self, length_s: float, *, fresh: bool) -> float:
        """Return the median difference of two slices one after the other, through and past the device."""
        differences: list[float] = []
        end_s = time.monotonic() + length_s
        while (time.monotonic() < end_s and len(differences) < _MOST_SLICES_COUNT) or not differences:
            last, port = next(self._flows) if fresh else (1, 9)
            through_s = self._slice_s(f"10.9.0.{last}", port, fresh=fresh)
            past_s = self._slice_s(f"10.8.0.{last}", port, fresh=fresh)
            if through_s is not None and past_s is not None:
                differences.append(through_s - past_s)
            if time.monotonic() > end_s + _PATIENCE_S:
                raise RigError("this machine is too busy to time a packet")
        return statistics.median(differences)

    def _forget_flows(self) -> None:
        """Empty the device's table, so that no repetition meets the flows of another."""
        with self.device.entered(), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER) as kernel:
            kernel.send(_FORGET)
            answer = kernel.recv(4096)
        if struct.unpack_from("=i", answer, 16)[0] != 0:
            raise RigError("the kernel does not empty its table of flows (CONFIG_NF_CT_NETLINK)")

    def _slice_s(self, address: str, port: int, *, fresh: bool) -> float | None:
        """Return the seconds a packet took; None where the thread lost its CPU meanwhile."""
        send, step = self.sender.sendto, int(fresh)
        before = resource.getrusage(resource.RUSAGE_THREAD)
        began_s = time.perf_counter()
        for n in range(_SLICE_PACKETS_COUNT):
            send(_PAYLOAD, (address, port + n * step))
        took_s = time.perf_counter() - began_s
        after = resource.getrusage(resource.RUSAGE_THREAD)
        switches = (after.ru_nivcsw - before.ru_nivcsw) + (after.ru_nvcsw - before.ru_nvcsw)
        return None if switches else took_s / _SLICE_PACKETS_COUNT

    def books_apart(self) -> bool:
        """Whether this kernel books the handling of packets apart from the thread that sends them."""
        shares = []
        for _ in range(50):
            began_s, used_s = time.perf_counter(), time.thread_time()
            if self._slice_s("10.9.0.1", 9, fresh=False) is not None:
                shares.append((time.thread_time() - used_s) / (time.perf_counter() - began_s))
        return bool(shares) and statistics.median(shares) < 0.8


def make_packet_bench() -> PacketBench:
    """Make the three namespaces; only for use inside a sandbox."""
    sender, device, receiver = (
        make_namespace(f"packets-{role}") for role in ("sender", "device", "receiver")
    )
    _link(sender, "in", "10.1.0.1/24", device, "in", "10.1.0.2/24")
    _link(device, "out", "10.2.0.1/24", receiver, "in", "10.2.0.2/24")
    _link(sender, "past", "10.3.0.1/24", receiver, "past", "10.3.0.2/24")
    sender.run("ip", "route", "add", "10.9.0.0/16", "via", "10.1.0.2")
    sender.run("ip", "route", "add", "10.8.0.0/16", "via", "10.3.0.2")
    device.run("ip", "route", "add", "10.9.0.0/16", "via", "10.2.0.2")
    device.set("net.ipv4.ip_forward", 1)
    receiver.set("net.ipv4.ip_forward", 1)
    receiver.run("ip", "route", "add", "blackhole", "10.8.0.0/15")  # taken in, answered by nobody
    with sender.entered():
        return PacketBench(device=device, sender=socket.socket(socket.AF_INET, socket.SOCK_DGRAM))


def _link(one: Namespace, name: str, address: str, other: Namespace, far: str, far_address: str) -> None:
    one.run("ip", "link", "add", name, "type", "veth", "peer", "name", far, "netns", other.name)
    for place, device, own in ((one, name, address), (other, far, far_address)):
        place.run("ip", "addr", "add", own, "dev", device)
        place.run("ip", "link", "set", device, "up")
