"""Which tables, chains and named objects does an nftables text hold? From blocks of words to rules."""

from __future__ import annotations

from tidegate.protect.adopted import Findings
from tidegate.protect.targets.netfilter.nft_object import Objects, elements_of
from tidegate.protect.targets.netfilter.nft_rule import RuleReader
from tidegate.protect.targets.netfilter.nft_text import Block
from tidegate.protect.targets.netfilter.rule import Chain, Table

_FAMILIES = frozenset({"ip", "ip6", "inet", "arp", "bridge", "netdev"})
_HARMLESS = frozenset(
    {"type", "policy", "flush", "delete", "destroy", "add", "devices", "comment", "include"}
)
_SETS = frozenset({"set", "map"})
_QUIET = frozenset({"counter", "quota", "flowtable", "comment", "ct", "flags", "secmark", "synproxy"})
_TIMES = (
    "after which time flows are forgotten, for rules that set it; a world says it for all (`idle_timeout`)"
)


class _Rows:
    """What was found of one table, before its rules are read."""

    def __init__(self) -> None:
        self.chains: dict[str, Chain] = {}
        self.rules: list[tuple[str, Block]] = []
        self.objects = Objects()
        self.limits: list[Block] = []


def tables_of(root: Block, findings: Findings) -> list[Table]:
    """Return every table of a text with its rules; what is no statement goes to `findings`."""
    rows: dict[str, _Rows] = {}
    for block in root.children:
        _top(block, rows, findings)
    return [_table(name, one, findings) for name, one in rows.items()]


def _top(block: Block, rows: dict[str, _Rows], findings: Findings) -> None:
    words = block.words[1:] if block.words[0] in {"add", "create", "insert"} else block.words
    if words[:1] == ("table",):
        table = rows.setdefault(_table_name(words[1:]), _Rows())
        for child in block.children:
            _member(table, child, findings)
    elif words[:1] == ("rule",) and len(words) > 4:
        start = 3 if words[1] in _FAMILIES else 2
        family = words[1] if words[1] in _FAMILIES else "ip"
        table = rows.setdefault(f"{family} {words[start - 1]}", _Rows())
        table.chains.setdefault(words[start], Chain(name=words[start]))
        table.rules.append((words[start], Block(words=tuple(words[start + 1 :]), line=block.line)))
    elif words[:1] and words[0] in {"chain", *_SETS, "limit"} and len(words) > 2:
        table = rows.setdefault(_table_name(words[1:-1]), _Rows())
        head = (words[0], words[-1])
        _member(table, Block(words=head, line=block.line, children=block.children), findings)
    elif words[:1] == ("include",):
        findings.ignore(block.line, block.text, "another file, which was not read")
    elif words and words[0] not in _HARMLESS:
        findings.fault(block.line, "is no statement of nftables that is known here", value=block.text)


def _table_name(words: tuple[str, ...]) -> str:
    return " ".join(words) if len(words) > 1 else f"ip {' '.join(words)}"


def _member(table: _Rows, block: Block, findings: Findings) -> None:
    kind = block.words[0]
    if kind in _SETS:
        table.objects.sets |= elements_of(block)
    elif kind == "limit":
        table.limits.append(block)
    elif kind == "include":
        findings.ignore(block.line, block.text, "another file, which was not read")
    elif kind == "ct" and block.words[1:2] == ("timeout",):
        findings.ignore(block.line, block.text, _TIMES)
    elif kind != "chain":
        if kind not in _QUIET:
            findings.ignore(block.line, block.text, "a named object; limits are read where rules state them")
    elif len(block.words) != 2:
        findings.fault(block.line, "a chain has one name", value=block.text)
    else:
        _chain(table, block, findings)


def _chain(table: _Rows, block: Block, findings: Findings) -> None:
    chain = table.chains.setdefault(block.words[1], Chain(name=block.words[1]))
    for child in block.children:
        words = child.words
        if words[0] == "policy":
            chain.policy = words[-1]
        elif words[0] == "type" and "hook" in words[:-1]:
            chain.hook = words[words.index("hook") + 1]
        elif words[0] == "include":
            findings.ignore(child.line, child.text, "another file, which was not read")
        elif words[0] not in _HARMLESS:
            table.rules.append((chain.name, child))


def _table(name: str, rows: _Rows, findings: Findings) -> Table:
    """Return a table whose rules are read, now that its objects are known."""
    reader = RuleReader(findings, rows.objects)
    for block in rows.limits:
        words = [word for child in block.children for word in child.words]
        rows.objects.limits[block.words[-1]] = reader.limit(block, words)
    for chain, block in rows.rules:
        rows.chains[chain].rules += reader.rules(block)
    for block in rows.limits:
        if block.words[-1] not in rows.objects.used:
            findings.ignore(block.line, block.text, "a limit that no rule uses")
    return Table(name=name, chains=rows.chains)
