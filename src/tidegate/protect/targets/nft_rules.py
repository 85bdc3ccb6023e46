"""What do the rules of nftables limit, in the words of a crossing? Reads statements, not characters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.protect.adopted import Findings
from tidegate.protect.config_file import identifier
from tidegate.protect.targets.nft_text import Block

_RATE = re.compile(r"(\d{1,15})/(\w+)", re.ASCII)
_WHOLE = re.compile(r"\d{1,10}", re.ASCII)
_RANGE = re.compile(r":(\d{1,5})-(\d{1,5})", re.ASCII)
_DEFAULT_BURST = 5  # packets, where a limit states none
_HARMLESS = frozenset(
    {"type", "policy", "flush", "delete", "destroy", "include", "add", "devices", "comment"}
)
_VERDICTS = frozenset({"drop", "reject", "accept", "return", "jump", "goto", "continue", "queue"})


@dataclass(kw_only=True)
class _Chain:
    """One chain with what is known of the packets that reach it."""

    name: str
    rules: list[Block] = field(default_factory=list)
    policy: str = "accept"
    sees_new: bool = False


@dataclass(frozen=True, kw_only=True)
class _Limit:
    """One rule that limits something."""

    rule: Block
    words: tuple[str, ...]
    excess: str
    per_source: bool
    line: int


def interpret(root: Block, findings: Findings, units_s: Mapping[str, int]) -> None:
    """Give `findings` every limit on new flows that the statements hold."""
    for table, chains in _tables(root, findings).items():
        written = table.partition(" ")[2].removeprefix("tg_")
        _spread_newness(chains)
        for chain in chains.values():
            for index, rule in enumerate(chain.rules):
                _Rule(findings, units_s, written, chains, chain).read(index, rule)


def _tables(root: Block, findings: Findings) -> dict[str, dict[str, _Chain]]:
    """Return the chains of every table, by its family and name."""
    tables: dict[str, dict[str, _Chain]] = {}
    for block in root.children:
        words = block.words[1:] if block.words[0] in {"add", "create", "insert"} else block.words
        if words[:1] == ("table",):
            chains = tables.setdefault(_table_name(words[1:]), {})
            for child in block.children:
                _chain_of(chains, child, findings)
        elif words[:1] == ("rule",) and len(words) > 4:
            has_family = words[1] in {"ip", "ip6", "inet", "arp", "bridge", "netdev"}
            start = 3 if has_family else 2
            family = words[1] if has_family else "ip"
            chains = tables.setdefault(f"{family} {words[start - 1]}", {})
            rule = Block(words=tuple(words[start + 1 :]), line=block.line)
            chains.setdefault(words[start], _Chain(name=words[start])).rules.append(rule)
        elif words[:1] == ("chain",) and len(words) > 2:
            chains = tables.setdefault(_table_name(words[1:-1]), {})
            _chain_of(
                chains, Block(words=("chain", words[-1]), line=block.line, children=block.children), findings
            )
        elif words and words[0] not in _HARMLESS:
            findings.fault(block.line, "is no statement of nftables that is known here", value=block.text)
    return tables


def _table_name(words: tuple[str, ...]) -> str:
    return " ".join(words) if len(words) > 1 else f"ip {' '.join(words)}"


def _chain_of(chains: dict[str, _Chain], block: Block, findings: Findings) -> None:
    if block.words[0] != "chain":
        if block.words[0] not in {"set", "map", "counter", "quota", "flowtable", "comment", "ct", "flags"}:
            findings.ignore(block.line, block.text, "a named object; limits are read where rules state them")
        return
    if len(block.words) != 2:
        findings.fault(block.line, "a chain has one name", value=block.text)
        return
    chain = chains.setdefault(block.words[1], _Chain(name=block.words[1]))
    for child in block.children:
        if child.words[0] == "policy":
            chain.policy = child.words[-1]
        elif child.words[0] not in _HARMLESS:
            chain.rules.append(child)


def _spread_newness(chains: dict[str, _Chain]) -> None:
    """Note which chains see first packets only, because whoever jumps there has chosen them."""
    for _ in chains:
        for chain in list(chains.values()):
            for rule in chain.rules:
                goal = _goal(rule.words)
                if goal in chains and (chain.sees_new or _chooses_new(rule.words)):
                    chains[goal].sees_new = True


def _goal(words: tuple[str, ...]) -> str:
    return next((words[i + 1] for i, word in enumerate(words[:-1]) if word in {"jump", "goto"}), "")


def _chooses_new(words: tuple[str, ...]) -> bool:
    text = " ".join(words)
    return bool(re.search(r"ct state \{? ?new\b", text)) or ("tcp flags" in text and "syn" in text)


class _Rule:
    """Reads one rule."""

    def __init__(
        self,
        findings: Findings,
        units_s: Mapping[str, int],
        written: str,
        chains: dict[str, _Chain],
        chain: _Chain,
    ) -> None:
        self._findings = findings
        self._units_s = units_s
        self._written = written
        self._chains = chains
        self._chain = chain

    def read(self, index: int, rule: Block) -> None:
        """Give what the rule limits to the findings."""
        words = rule.words
        if "masquerade" in words or "snat" in words:
            self._ports(rule)
        if "limit" not in words and "count" not in words:
            return
        limit = _Limit(
            rule=rule,
            words=words,
            excess=self._excess(index, words),
            per_source=("{" in words or "meter" in words) and "saddr" in words,
            line=rule.line,
        )
        if not (self._chain.sees_new or _chooses_new(words)):
            self._ignore(limit, "limits all packets, not new flows; `ct state new` would choose those")
        elif not limit.excess:
            self._ignore(limit, "lets the excess pass on, so it limits nothing")
        elif "limit" in words:
            self._rate(limit)
        else:
            self._count(limit)

    def _ignore(self, limit: _Limit, why: str) -> None:
        self._findings.ignore(limit.line, limit.rule.text, why)

    def _crossing(self, line: int) -> str:
        return self._findings.crossing(line, self._written, identifier)

    def _excess(self, index: int, words: tuple[str, ...]) -> str:
        """Return what happens to the excess: drop, reset, or the empty string for nothing."""
        verdict = next((word for word in words if word in _VERDICTS), "")
        if "over" in words:
            return self._end(verdict, words)
        if verdict not in {"accept", "return"}:
            return ""
        for later in self._chain.rules[index + 1 :]:
            end = self._end(next((word for word in later.words if word in _VERDICTS), ""), later.words)
            if end:
                return end
        return "drop" if self._chain.policy == "drop" else ""

    def _end(self, verdict: str, words: tuple[str, ...]) -> str:
        if verdict in {"drop", "reject"}:
            return "drop" if verdict == "drop" else "reset"
        goal = self._chains.get(_goal(words))
        ends = [] if goal is None else [word for rule in goal.rules for word in rule.words]
        return "reset" if "reject" in ends else "drop" if "drop" in ends else ""

    def _rate(self, limit: _Limit) -> None:
        words = limit.words
        at = words.index("limit")
        if words[at + 1 : at + 2] == ("name",):
            self._ignore(limit, "uses a named limit; write the limit into the rule")
            return
        texts = words[at + 1 :]
        rate = next((word for word in texts if "/" in word), "")
        found = _RATE.fullmatch(rate)
        if "bytes" in " ".join(texts[:6]):
            self._ignore(limit, "limits bytes, not new flows")
            return
        if found is None or found[2] not in self._units_s or int(found[1]) == 0:
            allowed = "a whole number per second, minute, hour, day or week, such as 180/second"
            self._findings.fault(limit.line, "states no rate", value=rate or limit.rule.text, allowed=allowed)
            return
        burst = self._burst(limit, texts)
        crossing = self._crossing(limit.line)
        if burst is None or not crossing:
            return
        key = "per_source" if limit.per_source else "rate"
        burst_key = "per_source_burst" if limit.per_source else "burst"
        self._keep_stricter(limit, crossing, key, int(found[1]) / self._units_s[found[2]], {burst_key: burst})

    def _burst(self, limit: _Limit, texts: tuple[str, ...]) -> int | None:
        if "burst" not in texts:
            return _DEFAULT_BURST
        following = texts[texts.index("burst") + 1 :]
        if not following or not _WHOLE.fullmatch(following[0]):
            self._findings.fault(
                limit.line, "states no burst", value=limit.rule.text, allowed="burst 10 packets"
            )
            return None
        return int(following[0]) or _DEFAULT_BURST

    def _count(self, limit: _Limit) -> None:
        words = limit.words
        number = next((word for word in words[words.index("count") + 1 :] if word != "over"), "")
        if not _WHOLE.fullmatch(number):
            self._findings.fault(
                limit.line, "states no number of flows", value=number, allowed="ct count over 100"
            )
        elif limit.per_source:
            self._ignore(limit, "limits the open flows of one source, which a world has no key for")
        else:
            crossing = self._crossing(limit.line)
            # `over 0` holds nothing back that a world could say.
            if crossing and int(number) >= 1:
                self._keep_stricter(limit, crossing, "concurrent", int(number), {})

    def _keep_stricter(
        self, limit: _Limit, crossing: str, key: str, value: float, beside: Mapping[str, int]
    ) -> None:
        at = f"crossings.{crossing}.admission."
        words = limit.rule.text
        if self._findings.value(at + key) == value:
            return  # the same limit for IPv6
        if not self._findings.stricter(at + key, value, words, limit.line):
            return
        for other, count in beside.items():
            self._findings.found(at + other, count, words, limit.line)
        self._findings.found(at + "on_excess", limit.excess, words, limit.line)

    def _ports(self, rule: Block) -> None:
        found = next((match for word in rule.words if (match := _RANGE.search(word))), None)
        if found is None:
            return
        first, last = int(found[1]), int(found[2])
        if not 0 < first <= last < 65536:
            allowed = "first to last, at most 65535"
            self._findings.fault(rule.line, "states no range of ports", value=found[0], allowed=allowed)
            return
        crossing = self._crossing(rule.line)
        if crossing:
            path = f"crossings.{crossing}.ports.per_destination"
            self._findings.found(path, last - first + 1, rule.text, rule.line)
