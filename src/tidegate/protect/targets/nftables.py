"""How does nftables write a protection of a crossing, and what does its ruleset say? Write and read.

A limit of nftables turns first packets away before any queue: silently (drop) or with a reset, which passes
the same device. Its table of flows and hold-down timers are settings of the kernel, in a file of their own.
What a rule limits is taken over where it sees all new flows of the crossing (`netfilter.seen_flows`).
"""

from __future__ import annotations

import math

from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written, comment, comments, identifier, short
from tidegate.protect.protection import Element, Protection
from tidegate.protect.targets.kernel_settings import PORTS_TOO, SETTINGS, read_settings
from tidegate.protect.targets.netfilter.iptables import looks_saved, read_saved
from tidegate.protect.targets.netfilter.nft_json import read_json
from tidegate.protect.targets.netfilter.nft_rule import UNITS_S
from tidegate.protect.targets.netfilter.nft_table import tables_of
from tidegate.protect.targets.netfilter.nft_text import read_blocks
from tidegate.protect.targets.netfilter.rule import Table
from tidegate.protect.targets.netfilter.rule_limits import interpret
from tidegate.world.crossing import Admission
from tidegate.world.world import WorldFile

TARGET = "nftables"
_MOST_PER_S = 1e8  # the kernel counts a token in whole nanoseconds
_MOST_COUNT = 2**32 - 1
_FIRST_PORT = 1024
_MOST_PORTS = 65536 - _FIRST_PORT
_SOURCES = 65536
_EXACT_ENOUGH = 1000
_BELONGS = "is not the business of a packet filter; give it to the client, the service or the scaler"
_COUNTED = (
    "nftables also counts flows that have closed until it sweeps them, so that one flow after the other "
    "without a pause loses some (measured: each 21st at 20, each 6th at 5); and flows that are never "
    "answered keep their place for 120 s (nf_conntrack_tcp_timeout_syn_sent): as many shut everybody out"
)
_LINUX_WHEN_FULL = {
    "table.when_full": (
        "evict_unanswered",
        "Linux lets a new flow in for one that was never answered, and drops it silently where there is none",
    ),
    "ports.when_full": ("drop", "Linux drops a new flow silently when its ports are full"),
}
_QUEUE = "a queue's length is set at its interface (tc qdisc … limit), not in the packet filter"


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return a ruleset for each crossing, and kernel settings where timers or the flow table change.

    Parameters
    ----------
    protection
        What is to be said.
    file
        The world it protects.
    addresses
        Not needed: a ruleset sees what the device forwards.
    """
    del addresses
    draft = Draft(TARGET, protection, file)
    for name in protection.subjects("crossings"):
        _Ruleset(draft, name).write()
        _kernel_settings(draft, name)
    return draft.written(_BELONGS)


class _Ruleset:
    """The ruleset of one crossing."""

    def __init__(self, draft: Draft, name: str) -> None:
        self._draft = draft
        self._name = name
        self._at = f"crossings.{name}.admission."
        crossing = draft.world.crossings[name]
        self._admission = crossing.admission or Admission()
        self._devices = crossing.devices_count
        self._verdict = "drop" if self._admission.on_excess == "drop" else "jump tg_excess"
        self._rules: list[str] = []
        self._sets: list[str] = []

    def write(self) -> None:
        """Write it, if there is anything to say."""
        self._per_source()
        self._rate()
        self._concurrent()
        ports = self._ports()
        self._excess()
        for key in ("queue_packets", "queue_when_full"):
            self._draft.refuse(f"crossings.{self._name}.{key}", _QUEUE)
        if self._rules or ports:
            self._draft.add(
                f"{identifier(self._name)}.nft", "\n".join([*self._head(), *self._table(ports)]) + "\n"
            )
            if self._devices > 1:
                each = f"Load {identifier(self._name)}.nft on each of the {self._devices} devices"
                self._draft.note(f"{each}: every limit holds for one device.")

    def _head(self) -> list[str]:
        table = f"tg_{identifier(self._name)}"
        return [
            "#!/usr/sbin/nft -f",
            f"# Protection of the crossing {short(self._name)} (world {short(self._draft.world.name)}).",
            f"# Load it:   nft -f {identifier(self._name)}.nft",
            f"# Remove it: nft delete table inet {table}",
            "# It is a table of its own: other tables stay as they are.",
            f"table inet {table}",
            f"delete table inet {table}",
        ]

    def _table(self, ports: list[str]) -> list[str]:
        lines = [f"table inet tg_{identifier(self._name)} {{", *self._sets]
        if self._rules:
            if self._verdict != "drop":
                lines += _chain(
                    "tg_excess", ["meta l4proto tcp counter reject with tcp reset", "counter drop"]
                )
            excess = comments(self._draft.find(self._at + "on_excess"))
            lines += _chain("tg_admission", [*excess, *self._rules])
            base = ["type filter hook forward priority filter - 10", "policy accept"]
            lines += _chain("tg_forward", [*base, "ct state new jump tg_admission"])
        return [*lines, *ports, "}"]

    def _excess(self) -> None:
        path = self._at + "on_excess"
        if self._rules:
            self._draft.say(path)
            if self._verdict != "drop":
                why = "each refusal is a packet more through the same device, and can keep it down"
                self._draft.note(f"{path} = {self._admission.on_excess}: {why}; dropping does not.")
        else:
            self._draft.refuse(path, "there is no limit whose excess it would be")

    def _limit(self, element: Element | None, least_per_s: float) -> str:
        """Return a rate as nftables writes it, the next lower one where it cannot say it exactly."""
        number, unit, exact = nft_rate(least_per_s)
        if element is not None and not exact:
            self._draft.rounded(element, f"{number}/{unit}")
        return f"{number}/{unit}"

    def _pair(self, key: str, burst_key: str) -> tuple[Element | None, Element | None, bool]:
        """Return the elements of a rate and its burst, and whether a rule is to be written."""
        rate, burst = self._draft.find(self._at + key), self._draft.find(self._at + burst_key)
        value = self._admission.rate_per_s if key == "rate" else self._admission.per_source_per_s
        if rate is None and burst is None and not self._draft.has(self._at + "on_excess"):
            return None, None, False
        if value is None:
            self._draft.refuse(self._at + key, "no limit is the absence of a rule: remove the old one")
            self._draft.refuse(self._at + burst_key, "there is no rate it would belong to")
            return None, None, False
        if not 1 / UNITS_S["week"] <= value <= _MOST_PER_S:
            allowed = "nftables limits to between 1 a week and 100 million a second"
            self._draft.refuse(self._at + key, allowed)
            self._draft.refuse(self._at + burst_key, allowed)
            return None, None, False
        return self._draft.say(self._at + key), self._draft.say(self._at + burst_key), True

    def _rate(self) -> None:
        rate, burst, wanted = self._pair("rate", "burst")
        if not wanted:
            return
        assert self._admission.rate_per_s is not None
        limit = self._limit(rate, self._admission.rate_per_s)
        self._rules += comments(rate, burst)
        self._rules.append(
            f"limit rate over {limit} burst {self._burst(burst, self._admission.burst_count)} packets "
            f"counter {self._verdict}"
        )

    def _burst(self, element: Element | None, count: int) -> int:
        if count > _MOST_COUNT and element is not None:
            self._draft.rounded(element, str(_MOST_COUNT))
        return min(count, _MOST_COUNT)

    def _per_source(self) -> None:
        rate, burst, wanted = self._pair("per_source", "per_source_burst")
        if not wanted:
            return
        per_s = self._admission.per_source_per_s
        assert per_s is not None
        limit = self._limit(rate, per_s)
        count = self._burst(burst, self._admission.per_source_burst_count)
        # A source that is forgotten begins with a full burst: keep it until its burst has filled up.
        keep_s = max(60, math.ceil(count / per_s))
        self._sets += [*_source_set(4, keep_s), *_source_set(6, keep_s)]
        self._rules += comments(rate, burst)
        for version, family in ((4, "ip"), (6, "ip6")):
            self._rules.append(
                f"update @tg_sources{version} {{ {family} saddr limit rate over {limit} "
                f"burst {count} packets }} counter {self._verdict}"
            )
        self._draft.note(
            f"A limit for each source does not stop a surge of many sources' first packets; it keeps "
            f"{_SOURCES:,} sources in mind, and lets more of them pass unlimited."
        )
        if self._devices > 1 and rate is not None:
            self._draft.note(
                f"{rate.path} holds on each device: a source whose flows are spread over "
                f"{self._devices} devices gets up to {self._devices} times as much."
            )

    def _concurrent(self) -> None:
        path = self._at + "concurrent"
        count = self._admission.concurrent_count
        if count is None:
            self._draft.refuse(path, "no limit is the absence of a rule: remove the old one")
            return
        if count > _MOST_COUNT:
            self._draft.refuse(path, f"nftables counts to {_MOST_COUNT:,} at most")
            return
        element = self._draft.say(path)
        if element is not None or self._draft.has(self._at + "on_excess"):
            self._rules += [*comments(element), f"ct count over {count} counter {self._verdict}"]
            self._draft.note(f"{path}: {_COUNTED}.")

    def _ports(self) -> list[str]:
        at = f"crossings.{self._name}.ports."
        ports = self._draft.world.crossings[self._name].ports
        element = self._draft.find(at + "per_destination")
        if ports is None or element is None:
            return []
        if ports.per_destination_count > _MOST_PORTS:
            self._draft.refuse(
                at + "per_destination", f"one address has {_MOST_PORTS:,} ports; add addresses"
            )
            return []
        self._draft.say(at + "per_destination")
        last = _FIRST_PORT + ports.per_destination_count - 1
        self._draft.note(
            "The port range is for every TCP flow that leaves the device; name its outer interface."
        )
        return _chain(
            "tg_ports",
            [
                "type nat hook postrouting priority srcnat",
                "policy accept",
                *comments(element),
                f"meta l4proto tcp masquerade to :{_FIRST_PORT}-{last} fully-random",
            ],
        )


def _chain(name: str, statements: list[str]) -> list[str]:
    return [f"  chain {name} {{", *(f"    {statement}" for statement in statements), "  }"]


def _source_set(version: int, keep_s: int) -> list[str]:
    return [
        f"  set tg_sources{version} {{",
        f"    type ipv{version}_addr",
        f"    size {_SOURCES}",
        "    flags dynamic,timeout",
        f"    timeout {keep_s}s",
        "  }",
    ]


def nft_rate(per_s: float) -> tuple[int, str, bool]:
    """Return a rate as a whole number in a unit, and whether it is exact; else it is the next lower one."""
    for unit, unit_s in UNITS_S.items():
        number = round(per_s * unit_s)
        if number >= 1 and number / unit_s == per_s:
            return number, unit, True
    unit = next((unit for unit, unit_s in UNITS_S.items() if per_s * unit_s >= _EXACT_ENOUGH), "week")
    return max(1, math.floor(per_s * UNITS_S[unit])), unit, False


def _kernel_settings(draft: Draft, name: str) -> None:
    """Write the kernel's flow table and timers as a file of sysctl settings."""
    at = f"crossings.{name}."
    for key, (does, why) in _LINUX_WHEN_FULL.items():
        found = draft.find(at + key)
        if found is not None and found.value == does:
            draft.say(at + key)
            draft.note(f"{at}{key} = {does} is what Linux does; there is nothing to set.")
        else:
            draft.refuse(at + key, why)
    lines: list[str] = []
    for key, setting in SETTINGS.items():
        element = _hold(draft, at, key, PORTS_TOO[key]) if key in PORTS_TOO else draft.say(at + key)
        if element is None:
            continue
        value = max(1, round(element.value))
        same = draft.find(at + PORTS_TOO[key]) if key in PORTS_TOO else None
        for one in dict.fromkeys((element, same)):
            if one is not None and value != one.value:
                draft.rounded(one, f"{value} s")
        lines += [f"# {comment(element)}", f"{setting} = {value}"]
    if lines:
        file_name = f"{identifier(name)}.sysctl.conf"
        head = f"# Flow table and timers of the crossing {short(name)}. Load it: sysctl -p {file_name}"
        draft.add(file_name, "\n".join([head, *lines]) + "\n")


def _hold(draft: Draft, at: str, entry: str, of_port: str) -> Element | None:
    """Return what sets the one timer that Linux has for a flow's entry and for its port."""
    flow, port = draft.find(at + entry), draft.find(at + of_port)
    if flow is not None and port is not None and flow.value != port.value:
        draft.refuse(at + of_port, f"Linux has one timer for both, set to {flow.text} here")
    crossing = draft.world.crossings[at.split(".")[1]]
    if flow is not None and port is None and crossing.ports is not None:
        held_s = crossing.ports.hold_s if of_port == "ports.hold" else crossing.ports.unanswered_hold_s
        if held_s not in {None, flow.value}:
            kind = "closed flows" if of_port == "ports.hold" else "unanswered flows"
            draft.note(f"Linux has one timer for {kind} and ports: {at}{of_port} is {flow.text} then, too.")
    elif port is not None and (flow is None or flow.value == port.value):
        draft.say(at + of_port)
    return draft.say(at + entry) or port


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what a ruleset, or a file of kernel settings, says about a crossing.

    Parameters
    ----------
    text
        As `nft list ruleset` or `nft -j list ruleset` prints it or as people write it; as `iptables-save`
        prints it; or lines of `sysctl.conf`.
    source
        Its name.
    subjects
        Which crossing is meant where the text does not say so.

    Raises
    ------
    InputError
        With every fault of the text, each with its line.
    """
    findings = Findings(TARGET, source, subjects)
    if _is_settings(text):
        read_settings(text, findings)
    else:
        interpret(_tables(text, source, findings), findings)
    return findings.adopted()


def _is_settings(text: str) -> bool:
    lines = [line.strip() for line in text.splitlines()]
    return any(line.startswith(("net.", "-net.")) and "=" in line for line in lines)


def _tables(text: str, source: str, findings: Findings) -> list[Table]:
    """Return the tables of a ruleset, in whichever of its three spellings it is."""
    if looks_saved(text):
        return read_saved(text, findings)
    is_json = text.lstrip().startswith("{")
    return tables_of(read_json(text, source, findings) if is_json else read_blocks(text, findings), findings)
