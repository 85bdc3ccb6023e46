"""What does `iptables-save` print? Chains of rules, in the words of every packet filter.

Names of matches and targets are those of iptables-extensions(8).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from tidegate.protect.adopted import Findings
from tidegate.protect.targets.netfilter.nft_rule import DEFAULT_BURST, UNITS_S
from tidegate.protect.targets.netfilter.rule import Chain, Limit, Rule, Sees, Selector, Table

_HOOKS = {
    "FORWARD": "forward", "INPUT": "input", "OUTPUT": "output", "PREROUTING": "prerouting",
    "POSTROUTING": "postrouting",
}  # fmt: skip
_RATE = re.compile(r"(\d{1,15})(?:/(\w+))?", re.ASCII)
_RANGE = re.compile(r"(\d{1,5})-(\d{1,5})", re.ASCII)
_WHOLE = re.compile(r"\d{1,10}", re.ASCII)
_QUIET = frozenset({"-m", "--match", "--comment", "-c", "--set-counters"})
_SIDES = {
    "-i": Sees.COMES_IN,
    "--in-interface": Sees.COMES_IN,
    "-o": Sees.GOES_OUT,
    "--out-interface": Sees.GOES_OUT,
}
_LIMITING = re.compile(r"^--(limit|limit-burst|hashlimit|connlimit|hitcount|quota$)")
_FLAG_ONLY = frozenset({
    "--syn", "--rsource", "--rdest", "--random-fully", "--random", "--connlimit-saddr", "--connlimit-daddr",
    "--queue-bypass", "--log-uid", "--update", "--rcheck", "--remove", "--set", "--rttl", "--reap",
})  # fmt: skip
_VERDICTS = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "reset", "RETURN": "return"}
_TARGETS = frozenset({
    "MASQUERADE", "SNAT", "LOG", "NFLOG", "MARK", "CONNMARK", "DNAT", "REDIRECT", "NOTRACK", "CT", "TCPMSS",
    "NETMAP", "TPROXY", "CLASSIFY", "SET", "DSCP", "TOS", "ULOG", "AUDIT", "CHECKSUM",
})  # fmt: skip


def looks_saved(text: str) -> bool:
    """Whether a text is what iptables-save prints, or lines of `iptables -A`."""
    lines = [line.strip() for line in text.splitlines()]
    return any(
        re.match(r"(\*(filter|nat|mangle|raw)$|(sudo )?ip6?tables |-A [A-Za-z])", line) for line in lines
    )


def read_saved(text: str, findings: Findings) -> list[Table]:
    """Return the tables of what iptables-save printed; what is broken goes to `findings`."""
    tables: dict[str, Table] = {}
    name = "filter"
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#") or line == "COMMIT":
            continue
        if line.startswith("*"):
            name = line[1:]
        elif line.startswith(":"):
            words = line[1:].split()
            if len(words) < 2:
                findings.fault(
                    number, "states no chain and policy", value=line, allowed=":FORWARD ACCEPT [0:0]"
                )
            else:
                _chain(tables, name, words[0]).policy = words[1].lower().replace("-", "accept")
        else:
            _line(line, number, name, tables, findings)
    return list(tables.values())


def _chain(tables: dict[str, Table], table: str, name: str) -> Chain:
    chains = tables.setdefault(table, Table(name=table, chains={})).chains
    assert isinstance(chains, dict)
    found: Chain = chains.setdefault(name, Chain(name=name, hook=_HOOKS.get(name, "")))
    return found


def _line(line: str, number: int, table: str, tables: dict[str, Table], findings: Findings) -> None:
    try:
        # What nobody quoted needs no shell's reading, which takes long.
        words = shlex.split(line) if any(mark in line for mark in "\"'\\") else line.split()
    except ValueError:
        findings.fault(number, "holds a text without an end", value=line)
        return
    while words and (words[0] in {"sudo", "iptables", "ip6tables"} or words[0].startswith("[")):
        words = words[1:]
    if words[:1] in (["-t"], ["--table"]) and len(words) > 2:
        table, words = words[1], words[2:]
    if words[:1] in (["-A"], ["--append"], ["-I"], ["--insert"]) and len(words) > 1:
        rest = words[2:]
        at = int(rest[0]) - 1 if words[0] in {"-I", "--insert"} and rest and rest[0].isdecimal() else None
        chain = _chain(tables, table, words[1])
        rule = _Reading(line, number, findings).rule(rest if at is None else rest[1:])
        place = (0 if at is None else at) if words[0] in {"-I", "--insert"} else len(chain.rules)
        chain.rules.insert(place, rule)
    elif words[:1] in (["-P"], ["--policy"]) and len(words) > 2:
        _chain(tables, table, words[1]).policy = words[2].lower()
    elif words[:1] in (["-N"], ["--new-chain"]) and len(words) > 1:
        _chain(tables, table, words[1])
    elif words and words[0] not in {"-F", "-X", "-Z", "--flush"}:
        findings.fault(number, "is no line of iptables that is known here", value=line, allowed="-A CHAIN …")


class _Reading:
    """One rule as it is read."""

    def __init__(self, text: str, line: int, findings: Findings) -> None:
        self._findings = findings
        self._rule = Rule(text=text, line=line)
        self._limits: dict[str, str] = {}

    def rule(self, words: list[str]) -> Rule:
        """Return what the options of a rule say."""
        is_not = False
        pairs = iter(words)
        for option in pairs:
            if option == "!":
                is_not = True
                continue
            value = "" if option in _FLAG_ONLY else next(pairs, "")
            if option == "--tcp-flags":
                value = f"{value} {next(pairs, '')}"
            self._option(option, value, is_not=is_not)
            is_not = False
        limit = self._limit()
        return replace(self._rule, limit=limit)

    def _option(self, option: str, value: str, *, is_not: bool) -> None:
        if option in {"-j", "--jump", "-g", "--goto"}:
            self._target(value, goes=option in {"-g", "--goto"})
        elif option == "--to-ports":
            self._ports(value)
        elif _LIMITING.match(option):
            self._limits[option] = f"! {value}" if is_not else value
        elif option not in _QUIET and not self._is_of_target(option):
            self._choose(option, value, is_not=is_not)

    def _is_of_target(self, option: str) -> bool:
        """Whether an option belongs to what is done and not to what is chosen."""
        return option.startswith(
            ("--log-", "--nflog-", "--reject-with", "--set-", "--to-", "--random", "--clamp")
        )

    def _target(self, name: str, *, goes: bool) -> None:
        if name in _VERDICTS:
            self._rule = replace(self._rule, verdict=_VERDICTS[name])
        elif name not in _TARGETS:
            self._rule = replace(self._rule, verdict="goto" if goes else "jump", goal=name)

    def _ports(self, value: str) -> None:
        found = _RANGE.search(value)
        if found is not None and 0 < int(found[1]) <= int(found[2]) < 65536:
            self._rule = replace(self._rule, ports_count=int(found[2]) - int(found[1]) + 1)

    def _choose(self, option: str, value: str, *, is_not: bool) -> None:
        values = tuple(value.replace(":", "-").split(",")) if "port" in option else tuple(value.split(","))
        text = f"{'! ' if is_not else ''}{option} {value}".strip()
        sees = Sees.PART if is_not and option not in {"--ctstate", "--state"} else _sight(option, values)
        if is_not and sees in {Sees.NEW, Sees.OLD}:
            sees = Sees.OLD if sees is Sees.NEW else Sees.PART
        selector = Selector(text=text, sees=sees, values=values)
        self._rule = replace(self._rule, selectors=(*self._rule.selectors, selector))

    def _limit(self) -> Limit | None:
        given = self._limits
        if "--limit" in given:
            return self._rate(given["--limit"], given.get("--limit-burst", ""), is_over=False)
        for key in ("--hashlimit-above", "--hashlimit-upto", "--hashlimit"):
            if key in given:
                found = self._rate(
                    given[key], given.get("--hashlimit-burst", ""), is_over=key.endswith("above")
                )
                return None if found is None else self._per(found, given.get("--hashlimit-mode", ""))
        for key in ("--connlimit-above", "--connlimit-upto"):
            if key in given:
                return self._count(given[key], is_over=key.endswith("above"))
        if "--hitcount" in given:
            return Limit(kind="recent", is_over=True)
        return Limit(kind="bytes") if "--quota" in given else None

    def _per(self, limit: Limit, mode: str) -> Limit:
        if mode == "srcip":
            return replace(limit, per_source=True)
        if mode:
            selector = Selector(text=f"each {mode} by itself", sees=Sees.PART)
            self._rule = replace(self._rule, selectors=(*self._rule.selectors, selector))
        return limit

    def _rate(self, value: str, burst: str, *, is_over: bool) -> Limit | None:
        found = _RATE.fullmatch(value.removeprefix("! "))
        unit = (found[2] or "second") if found is not None else ""
        units = [name for name in UNITS_S if name.startswith(unit.lower())] if unit else []
        if found is None or len(units) != 1 or int(found[1]) == 0:
            if value.endswith(("b/s", "b/sec", "b/second")):
                return Limit(kind="bytes", is_over=is_over)
            allowed = "a whole number per second, minute, hour or day, such as 180/sec"
            self._findings.fault(self._rule.line, "states no rate", value=value, allowed=allowed)
            return None
        if burst and not _WHOLE.fullmatch(burst):
            self._findings.fault(self._rule.line, "states no burst", value=burst, allowed="a whole number")
            return None
        beyond = is_over or value.startswith("! ")
        return Limit(
            kind="rate",
            per_s=int(found[1]) / UNITS_S[units[0]],
            burst_count=int(burst) if burst else DEFAULT_BURST,
            is_over=beyond,
        )

    def _count(self, value: str, *, is_over: bool) -> Limit | None:
        number = value.removeprefix("! ")
        if not _WHOLE.fullmatch(number):
            self._findings.fault(
                self._rule.line, "states no number of flows", value=number, allowed="--connlimit-above 100"
            )
            return None
        mask = self._limits.get("--connlimit-mask", "32")
        return Limit(
            kind="count",
            count=int(number),
            is_over=is_over != value.startswith("! "),
            per_source=mask != "0",
        )


def _sight(option: str, values: tuple[str, ...]) -> Sees:
    """Return what a condition chooses, as it stands without a negation."""
    chosen = set(values)
    if option in {"--ctstate", "--state"}:
        return Sees.NEW if "NEW" in chosen else Sees.OLD
    if option in {"--syn", "--tcp-flags"}:
        return Sees.NEW
    if option in {"-p", "--protocol", "--proto"}:
        return Sees.ALL if chosen & {"tcp", "all", "6"} else Sees.PART
    if option in _SIDES:
        return Sees.PART if any(one.endswith("+") for one in chosen) else _SIDES[option]
    if option in {"--dport", "--dports", "--destination-port", "--destination-ports"}:
        return Sees.PORT
    return Sees.ADDRESS if option in {"-d", "--destination", "--dst"} else Sees.PART
