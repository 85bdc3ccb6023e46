"""What does a rule of nftables say? Its words become selectors, a limit and a verdict; also those of JSON.

Statements that neither choose nor limit (counters, logs, marks) are passed over. A word that is not known
here counts as a selector that sees a part: then the limit beside it is not taken for one of all flows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tidegate.protect.adopted import Findings
from tidegate.protect.targets.netfilter.nft_object import VERDICTS, Objects, entries_of, parted
from tidegate.protect.targets.netfilter.nft_text import Block
from tidegate.protect.targets.netfilter.rule import Limit, Rule, Sees, Selector

UNITS_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
DEFAULT_BURST = 5  # packets, where a limit states none
_RATE = re.compile(r"(\d{1,15})/(\w+)", re.ASCII)
_WHOLE = re.compile(r"\d{1,10}", re.ASCII)
_FLAGS = re.compile(r"all|fin|syn|rst|psh|ack|urg|ecn|cwr")
_RANGE = re.compile(r":(\d{1,5})-(\d{1,5})", re.ASCII)
_ONE_WORD = frozenset({
    "iif", "oif", "iifname", "oifname", "iifgroup", "oifgroup", "iiftype", "oiftype", "mark", "skuid",
    "skgid", "cpu", "cgroup", "pkttype", "day", "hour", "time", "l4proto", "nfproto", "protocol",
})  # fmt: skip
_TWO_WORDS = frozenset({
    "ct", "ip", "ip6", "tcp", "udp", "th", "meta", "ether", "arp", "vlan", "icmp", "icmpv6", "socket", "rt",
    "sctp", "dccp", "ipsec", "exthdr", "frag", "gre",
})  # fmt: skip
_COMPARES = frozenset({"==", "!=", "<", ">", "<=", ">=", "eq", "ne", "lt", "gt", "le", "ge"})
_JOINS = frozenset({"&", "|", "^", "/", "==", "!=", "-"})
_IPV4 = frozenset({"ipv4", "ip", "0x0800", "2048", "4"})
"""How a rule names it; what sees IPv6 alone sees a part of all flows."""
_FLOW_STATES = frozenset({"established", "related", "invalid", "untracked"})
_BY_KEY = {
    "iifname": Sees.COMES_IN, "iif": Sees.COMES_IN, "oifname": Sees.GOES_OUT, "oif": Sees.GOES_OUT,
    "tcp dport": Sees.PORT, "th dport": Sees.PORT, "ip daddr": Sees.ADDRESS, "ip6 daddr": Sees.ADDRESS,
}  # fmt: skip
_LIMITING = frozenset({"limit", "quota", "xt"})
_SILENT = frozenset({"counter", "log", "notrack", "comment", "flow", "dup", "queue", "tproxy", "nftrace"})
_EXTENSION = "a match or target of iptables (xt), which nft does not spell out: `iptables-save` does"
_LOG_WORDS = frozenset({"prefix", "level", "flags", "group", "snaplen", "queue-threshold"})
_COUNTER_WORDS = frozenset({"packets", "bytes", "name"})


class _Words:
    """Reads the words of one rule from left to right."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)
        self._at = 0

    @property
    def next(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    @property
    def rest(self) -> tuple[str, ...]:
        return tuple(self._words[self._at :])

    def take(self) -> str:
        word = self.next
        self._at += 1
        return word

    def group(self) -> tuple[str, ...]:
        """Take one word, or all within a pair of braces; without the braces and commas."""
        first = self.take()
        if first != "{":
            return parted(first)
        taken, depth = [], 1
        while self.next and depth:
            word = self.take()
            depth += {"{": 1, "}": -1}.get(word, 0)
            if depth:
                taken.append(word)
        return tuple(part for word in taken for part in parted(word))


class RuleReader:
    """Reads the rules of one table.

    Parameters
    ----------
    findings
        Where what cannot be read is told.
    objects
        The named objects of the table.
    """

    def __init__(self, findings: Findings, objects: Objects) -> None:
        self._findings = findings
        self._objects = objects

    def rules(self, block: Block) -> Iterator[Rule]:
        """Yield what one rule says; a map of verdicts is several."""
        reading = _Reading(block, self._findings, self._objects)
        yield from reading.rules()

    def limit(self, block: Block, words: Sequence[str]) -> Limit | None:
        """Return the limit that words state, as they stand in a named object."""
        return _Reading(block, self._findings, self._objects).rate(_Words(words))


class _Reading:
    """One rule as it is read."""

    def __init__(self, block: Block, findings: Findings, objects: Objects) -> None:
        self._block = block
        self._findings = findings
        self._objects = objects
        self._rule = Rule(text=block.text, line=block.line)
        self._mapped: list[Rule] = []

    def rules(self) -> list[Rule]:
        words = _Words(self._block.words)
        while words.next:
            self._statement(words)
        if not self._mapped:
            return [self._rule]
        return [
            replace(one, selectors=(*self._rule.selectors, *one.selectors), limit=self._rule.limit)
            for one in self._mapped
        ]

    def _statement(self, words: _Words) -> None:
        word, second = words.next, words.rest[1:2]
        if word in _LIMITING or (word == "ct" and second == ("count",)):
            self._limiting(words)
        elif word in {"add", "update", "delete"} and second and second[0].startswith("@"):
            words.take()
            words.take()
            self._each(words)
        elif word == "meter":
            words.take()
            words.take()
            if words.next == "size":
                words.take()
                words.take()
            self._each(words)
        elif word in VERDICTS or word in {"jump", "goto", "reject", "continue"}:
            self._verdict(words)
        elif word in {"masquerade", "snat", "dnat", "redirect"}:
            self._translation(words)
        elif word in _SILENT or self._is_setting(words):
            self._pass_over(words)
        else:
            self._selector(words)

    def _limiting(self, words: _Words) -> None:
        """Read a statement that limits."""
        word = words.take()
        if word == "limit":
            self._set_limit(self._named_limit(words) if words.next == "name" else self.rate(words))
        elif word == "ct":
            words.take()
            self._set_limit(self._count(words))
        elif word == "quota":
            self._quota(words)
        else:
            self._extension(words)

    def _set_limit(self, limit: Limit | None) -> None:
        if limit is not None:
            self._rule = replace(self._rule, limit=limit)

    def _quota(self, words: _Words) -> None:
        """Read an amount of bytes, or the name of one."""
        is_over = words.next == "over"
        for _ in range(2 if words.next == "name" else 3 if words.next in {"over", "until"} else 2):
            words.take()
        if words.next == "used":
            for _ in range(3):
                words.take()
        self._set_limit(Limit(kind="bytes", is_over=is_over))

    def _extension(self, words: _Words) -> None:
        """Tell what nft prints of a match of iptables: its name, and nothing of what it limits."""
        while words.next and words.next not in VERDICTS | {"jump", "goto", "reject", "counter", "comment"}:
            words.take()
        self._choose("xt", Sees.PART)
        self._findings.ignore(self._block.line, self._block.text, _EXTENSION)

    def _named_limit(self, words: _Words) -> Limit | None:
        words.take()
        name = words.take().strip('"')
        self._objects.used.add(name)
        if name not in self._objects.limits:
            self._choose("limit name " + name, Sees.PART)
        return self._objects.limits.get(name)

    def rate(self, words: _Words) -> Limit | None:
        """Return a limit's rate, with the words behind `limit` or of a named one."""
        texts = words.rest
        if words.next == "rate":
            words.take()
        is_over = words.next == "over"
        if words.next in {"over", "until"}:
            words.take()
        rate = words.take()
        if words.next.startswith(("bytes", "kbytes", "mbytes")) or "bytes" in rate:
            words.take()
            self._burst(words)
            return Limit(kind="bytes", is_over=is_over)
        found = _RATE.fullmatch(rate)
        burst = self._burst(words)
        if found is None or found[2] not in UNITS_S or int(found[1]) == 0:
            allowed = "a whole number per second, minute, hour, day or week, such as 180/second"
            value = rate if "/" in rate else " ".join(texts)
            self._findings.fault(self._block.line, "states no rate", value=value, allowed=allowed)
            return None
        per_s = int(found[1]) / UNITS_S[found[2]]
        return None if burst is None else Limit(kind="rate", per_s=per_s, burst_count=burst, is_over=is_over)

    def _burst(self, words: _Words) -> int | None:
        if words.next != "burst":
            return DEFAULT_BURST
        words.take()
        number = words.take()
        if words.next in {"packets", "bytes", "kbytes", "mbytes"}:
            words.take()
        if not _WHOLE.fullmatch(number):
            self._findings.fault(
                self._block.line, "states no burst", value=self._block.text, allowed="burst 10 packets"
            )
            return None
        return int(number) or DEFAULT_BURST

    def _count(self, words: _Words) -> Limit | None:
        is_over = words.next == "over"
        if is_over:
            words.take()
        number = words.take()
        if not _WHOLE.fullmatch(number):
            self._findings.fault(
                self._block.line, "states no number of flows", value=number, allowed="ct count over 100"
            )
            return None
        return Limit(kind="count", count=int(number), is_over=is_over)

    def _each(self, words: _Words) -> None:
        """Read what is done for each element: a limit for each source, or only a note of it."""
        if words.next != "{":
            return
        inner = _inner(words)
        key, limit = _split_at_limit(inner)
        if not limit:
            return
        reading = _Words(limit)
        found = None
        if reading.next == "limit":
            reading.take()
            found = self.rate(reading)
        elif reading.next == "ct":
            reading.take()
            reading.take()
            found = self._count(reading)
        if found is not None:
            is_source = "saddr" in key and "." not in key
            self._set_limit(replace(found, per_source=is_source))
            if not is_source:
                self._choose(f"each {' '.join(key)} by itself", Sees.PART)

    def _verdict(self, words: _Words) -> None:
        word = words.take()
        if word in {"jump", "goto"}:
            self._rule = replace(self._rule, verdict=word, goal=words.take())
        elif word == "reject":
            if words.next == "with":
                while words.next and words.next != "comment":
                    words.take()
            self._rule = replace(self._rule, verdict="reset")
        elif word != "continue":
            self._rule = replace(self._rule, verdict=word)

    def _translation(self, words: _Words) -> None:
        kind = words.take()
        rest = " ".join(words.rest)
        while words.next and words.next not in {"comment", "counter"}:
            words.take()
        if kind not in {"masquerade", "snat"}:
            return
        found = _RANGE.search(rest)
        if found is None:
            return
        first, last = int(found[1]), int(found[2])
        if not 0 < first <= last < 65536:
            allowed = "first to last, at most 65535"
            self._findings.fault(
                self._block.line, "states no range of ports", value=found[0], allowed=allowed
            )
            return
        self._rule = replace(self._rule, ports_count=last - first + 1)

    def _is_setting(self, words: _Words) -> bool:
        """Whether the next words set something (`meta mark set 1`)."""
        return words.next in _TWO_WORDS | _ONE_WORD and "set" in words.rest[1:3]

    def _pass_over(self, words: _Words) -> None:
        word = words.take()
        if word == "counter":
            while words.next in _COUNTER_WORDS:
                words.take()
                words.take()
        elif word == "log":
            while words.next in _LOG_WORDS:
                words.take()
                words.take()
        elif word == "comment":
            words.take()
        elif word in _TWO_WORDS | _ONE_WORD:
            while words.take() != "set":
                pass
            words.group()
        else:
            while words.next and words.next not in VERDICTS | {"comment"}:
                words.take()

    def _selector(self, words: _Words) -> None:
        begin = words.rest
        key = words.take()
        if key in _TWO_WORDS and words.next:
            key = f"{key} {words.take()}"
        elif key not in _ONE_WORD:
            self._choose(key, Sees.PART)
            return
        while words.next == ".":  # a concatenation chooses by several things at once
            words.take()
            words.group()
            key = f"{key} and more"
        if words.next == "vmap":
            words.take()
            self._map(key, words)
            return
        operator = words.take() if words.next in _COMPARES else ""
        values = self._values(words)
        text = " ".join(begin[: len(begin) - len(words.rest)])
        self._choose(text, _sight(key.removeprefix("meta "), operator, values), values)

    def _values(self, words: _Words) -> tuple[str, ...]:
        if words.next.startswith("@"):
            return self._objects.sets.get(words.take()[1:]) or ()
        values = () if words.next in _JOINS else words.group()
        while words.next in _JOINS:
            values = (*values, words.take(), *words.group())
        return values

    def _map(self, key: str, words: _Words) -> None:
        """Read a map of verdicts: a rule for each of its entries."""
        name = words.next
        entries = self._objects.sets.get(words.take()[1:]) if name.startswith("@") else words.group()
        if not entries or ":" not in entries:
            self._mapped.append(
                Rule(
                    text=self._block.text,
                    line=self._block.line,
                    selectors=(Selector(text=f"{key} vmap {name}", sees=Sees.PART),),
                    verdict="accept",
                )
            )
            return
        for value, verdict in entries_of(entries):
            values = parted(value)
            text = f"{key} {value}"
            selector = Selector(text=text, sees=_sight(key.removeprefix("meta "), "", values), values=values)
            kind = verdict[0] if verdict else ""
            self._mapped.append(
                Rule(
                    text=self._block.text,
                    line=self._block.line,
                    selectors=(selector,),
                    verdict="reset" if kind == "reject" else kind if kind != "continue" else "",
                    goal=verdict[1] if kind in {"jump", "goto"} and len(verdict) > 1 else "",
                )
            )

    def _choose(self, text: str, sees: Sees, values: tuple[str, ...] = ()) -> None:
        selector = Selector(text=text, sees=sees, values=values)
        self._rule = replace(self._rule, selectors=(*self._rule.selectors, selector))


def _inner(words: _Words) -> tuple[str, ...]:
    """Take what stands within braces, braces within it included."""
    words.take()
    taken: list[str] = []
    depth = 1
    while words.next and depth:
        word = words.take()
        depth += {"{": 1, "}": -1}.get(word, 0)
        if depth:
            taken.append(word)
    return tuple(taken)


def _split_at_limit(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for i, word in enumerate(words):
        if word == "limit" or (word == "ct" and words[i + 1 : i + 2] == ("count",)):
            return words[:i], words[i:]
    return words, ()


def _sight(key: str, operator: str, values: tuple[str, ...]) -> Sees:
    """Return what a condition chooses."""
    is_not = operator in {"!=", "ne"}
    chosen = set(values)
    if key == "ct state":
        return _state(chosen, is_not=is_not)
    if key == "tcp flags":
        if is_not or "!=" in chosen:
            return Sees.PART
        mask, _, shall = " ".join(values).rpartition("==")
        return by_flags(mask or shall, shall)
    if key in {"l4proto", "ip protocol", "ip6 nexthdr"}:
        return Sees.ALL if bool(chosen & {"tcp", "6"}) != is_not else Sees.PART
    if key in {"nfproto", "protocol", "ether type", "ip version", "ip6 version"}:
        return Sees.ALL if bool(chosen & _IPV4) != is_not else Sees.PART
    return Sees.PART if is_not or operator not in {"", "==", "eq"} else _BY_KEY.get(key, Sees.PART)


def by_flags(mask: str, shall: str) -> Sees:
    """Return what flags of TCP choose: of those in a mask the ones that shall be set.

    Parameters
    ----------
    mask, shall
        Their names, however they are parted.
    """
    looked_at, wanted = (set(_FLAGS.findall(one.lower())) for one in (mask, shall))
    if looked_at == {"all"}:
        looked_at = {"syn"}
    if wanted == {"syn"} and "syn" in looked_at:
        return Sees.NEW
    return Sees.OLD if "syn" in looked_at and "syn" not in wanted else Sees.PART


def _state(chosen: set[str], *, is_not: bool) -> Sees:
    if is_not:
        return Sees.OLD if "new" in chosen else Sees.ALL
    return Sees.NEW if "new" in chosen else Sees.OLD if chosen and chosen <= _FLOW_STATES else Sees.PART
