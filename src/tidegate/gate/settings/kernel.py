"""What do the settings of a Linux kernel limit, and on whose machine? Files of sysctl in, rows out.

Read is also what `sysctl -a` prints, and what `grep -r .` or `tail -n +1` print of the files of `/proc/sys`.

A file does not say which machine it is for. Where the device in between is said to be a Linux machine
(`--through linux-…`) it is taken to be that one's; else each limit is told, with where a world states it.

Source: Linux, Documentation/networking (nf_conntrack-sysctl, ip-sysctl) and admin-guide/sysctl (net, fs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.gate.settings.text import Setting, line_settings
from tidegate.world.file.was_read import WasRead

CROSSING = "edge"
_TABLED = frozenset({"linux-conntrack", "linux-conntrack-kube-proxy", "linux-nat"})
_PORTED = frozenset({"linux-source-ports"})
_WHOLE = re.compile(r"\d{1,12}", re.ASCII)
_RANGE = re.compile(r"(\d{1,5})\s+(\d{1,5})", re.ASCII)
_CONNTRACK = "net.netfilter.nf_conntrack_"
_OLD = "net.ipv4.netfilter.ip_conntrack_"
_TABLE = {
    "max": ("entries", ""),
    "tcp_timeout_syn_sent": ("unanswered_hold", "s"),
    "tcp_timeout_time_wait": ("closed_hold", "s"),
    "tcp_timeout_established": ("idle_timeout", "s"),
}
_RANGE_KEY = "net.ipv4.ip_local_port_range"
_OTHERS = {
    "net.core.somaxconn": "the most that a program that listens may let wait: `services.*.accept_backlog`",
    "net.ipv4.tcp_max_syn_backlog": "SYNs that a server lets wait unanswered: a world has no key for it",
    "net.core.netdev_max_backlog": "packets that wait for a processor: `crossings.*.queue_packets`",
    "net.ipv4.tcp_syn_retries": "how often a client sends its SYN again: `clients.*.syn`",
    "net.ipv4.tcp_synack_retries": "how often a server answers a SYN again: a world has no key for it",
    "net.ipv4.tcp_fin_timeout": "how long a half-closed connection is kept: a world has no key for it",
    "net.ipv4.tcp_tw_reuse": "whether a client takes a port again that waits: a world has no key for it",
    "net.ipv4.tcp_max_tw_buckets": "closed connections that are kept: a world has no key for it",
    "net.ipv4.tcp_syncookies": "what a server does whose SYNs are too many: a world has no key for it",
    "net.ipv4.tcp_keepalive_time": "when an idle connection is asked: `clients.*.keepalive`",
    "net.ipv4.ip_local_reserved_ports": "ports that no client gets: `crossings.*.ports`",
    "fs.file-max": "files and sockets of a whole machine: a world has no key for it",
    "fs.nr_open": "files and sockets of one process: a world has no key for it",
}
_FILE = r"(?:/proc/sys/(?P<path>[\w./-]+)|(?P<own>nf_conntrack_\w+))"
_PRINTED = re.compile(rf"{_FILE}\s*[:=]\s*(?P<value>.*)", re.ASCII)
_HEADED = re.compile(rf"==> {_FILE} <==", re.ASCII)
_A_TIMER = "a timer of a kind of flow that a world does not tell apart"
_NO_TIMERS = {
    "count": "entries that stood in the table when it was read",
    "buckets": "how the table is laid out: its size is nf_conntrack_max",
    "expect_max": "connections that others announce: a world has no key for it",
}
_MACHINE = "of which machine is not said; with --through {} it is the one in between"


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """What the settings of one machine come to.

    Parameters
    ----------
    crossing
        Keys of the crossing, where the machine stands in between.
    rows
        One for each setting that limits.
    """

    crossing: Mapping[str, Any]
    rows: tuple[WasRead, ...]


def kernel_of(settings: Sequence[Setting], device: str) -> Kernel:
    """Return what settings limit.

    Parameters
    ----------
    settings
        Those of the files, in order; a later one of a name goes before an earlier one.
    device
        What stands in between, by its catalogue name; empty where nothing is said.
    """
    last = {_name(one): one for one in settings}
    crossing: dict[str, Any] = {}
    rows = list(_rows(last, device, crossing))
    known = {row.line for row in rows}
    rest = [one for one in last.values() if one.place.line not in known]
    if rest:
        why = f"and {len(rest) - 1:,} more settings: limit no connections" if len(rest) > 1 else "limits none"
        rows.append(_row(rest[0], "", "", why))
    return Kernel(crossing=crossing, rows=tuple(rows))


def kernel_settings(text: str, source: str, *, first_line: int = 1) -> list[Setting]:
    """Return the settings of a file of sysctl, or of what was printed of a running kernel's.

    Raises
    ------
    InputError
        If it has too many lines.
    """
    rows = text.removeprefix("\ufeff").splitlines()
    for at, row in enumerate(rows):
        printed, headed = _PRINTED.fullmatch(row.strip()), _HEADED.fullmatch(row.strip())
        if printed is not None:
            rows[at] = f"{_dotted(printed)} = {printed['value']}"
        elif headed is not None:
            rows[at] = ""
            if at + 1 < len(rows):
                rows[at + 1] = f"{_dotted(headed)} = {rows[at + 1].strip()}"
    return line_settings("\n".join(rows), source, first_line=first_line)


def _dotted(found: re.Match[str]) -> str:
    return found["path"].replace("/", ".") if found["path"] else f"net.netfilter.{found['own']}"


def _name(setting: Setting) -> str:
    name = setting.key.lstrip("-").replace("/", ".")
    return _CONNTRACK + name.removeprefix(_OLD) if name.startswith(_OLD) else name


def _rows(last: Mapping[str, Setting], device: str, crossing: dict[str, Any]) -> Iterator[WasRead]:
    for name, one in last.items():
        if name.startswith(_CONNTRACK) and (key := _TABLE.get(name.removeprefix(_CONNTRACK))):
            yield _table(one, *key, device, crossing)
        elif name == _RANGE_KEY:
            yield _ports(one, device, crossing)
        elif name in _OTHERS or name.startswith(_CONNTRACK):
            other = _NO_TIMERS.get(name.removeprefix(_CONNTRACK), _A_TIMER)
            yield _row(one, "", "", _OTHERS.get(name, other))


def _table(one: Setting, key: str, unit: str, device: str, crossing: dict[str, Any]) -> WasRead:
    path = f"crossings.{CROSSING}.table.{key}"
    if not _WHOLE.fullmatch(one.value):
        return _row(one, "", "", "is no whole number")
    if device not in _TABLED:
        return _row(
            one, "", "", f"{path.replace(CROSSING, '*')} {_MACHINE.format('linux-conntrack or linux-nat')}"
        )
    value = f"{int(one.value)}{unit}"
    crossing.setdefault("table", {})[key] = value
    return _row(one, path, value, "")


def _ports(one: Setting, device: str, crossing: dict[str, Any]) -> WasRead:
    path, found = f"crossings.{CROSSING}.ports.per_destination", _RANGE.fullmatch(one.value)
    if found is None or int(found[2]) < int(found[1]):
        return _row(one, "", "", "is no range of ports")
    if device not in _PORTED:
        return _row(one, "", "", f"{path.replace(CROSSING, '*')} {_MACHINE.format('linux-source-ports')}")
    many = int(found[2]) - int(found[1]) + 1
    crossing["ports"] = {"per_destination": str(many)}
    return _row(one, path, str(many), f"ports from {found[1]} to {found[2]}")


def _row(one: Setting, means: str, value: str, why: str) -> WasRead:
    place = one.place
    return WasRead(source=place.source, line=place.line, says=one.words, means=means, value=value, why=why)
