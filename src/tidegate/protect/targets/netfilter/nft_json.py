"""What does `nft -j list ruleset` print? Its objects become the words that the same rules have as text.

Names of the schema are those of libnftables-json(5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.errors import InputError
from tidegate.protect.adopted import Findings
from tidegate.protect.targets.netfilter.nft_text import Block
from tidegate.world.file.tree import read_tree

_AMOUNTS = {"ct count": ("ct", "count"), "quota": ("quota",)}
_PASSED_OVER = frozenset({"counter", "log", "mangle", "notrack", "comment", "flow"})


def read_json(text: str, source: str, findings: Findings) -> Block:
    """Return what an nftables JSON text holds as blocks; what is broken goes to `findings`."""
    root = Block(words=(), line=1)
    try:
        tree = read_tree(text, source)
    except InputError as error:
        findings.take(error.faults)
        return root
    findings.take(tree.faults)
    entries = tree.document.get("nftables") if isinstance(tree.document, Mapping) else None
    if not isinstance(entries, list):
        findings.fault(1, "is no list", value="nftables", allowed="what nft -j list ruleset prints")
        return root
    tables: dict[tuple[str, str], Block] = {}
    for index, entry in enumerate(entries):
        line = tree.places.find(("nftables", index)).line
        if isinstance(entry, Mapping):
            _entry(entry, line, root, tables)
    return root


def _entry(entry: Mapping[str, Any], line: int, root: Block, tables: dict[tuple[str, str], Block]) -> None:
    """Put one object into the table it belongs to."""
    for kind, what in entry.items():
        if not isinstance(what, Mapping) or kind == "metainfo":
            continue
        name = what.get("name" if kind == "table" else "table", "")
        key = (str(what.get("family", "ip")), str(name))
        if key not in tables:
            tables[key] = Block(words=("table", *key), line=line)
            root.children.append(tables[key])
        found = _object(kind, what, line, tables[key])
        if found is not None:
            tables[key].children.append(found)


def _object(kind: str, what: Mapping[str, Any], line: int, table: Block) -> Block | None:
    if kind == "chain":
        block = _chain(table, str(what.get("name", "")), line)
        if "hook" in what:
            head = ("type", str(what.get("type", "filter")), "hook", str(what["hook"]))
            block.children.append(Block(words=head, line=line))
            block.children.append(Block(words=("policy", str(what.get("policy", "accept"))), line=line))
    elif kind == "rule":
        words = tuple(word for one in what.get("expr", []) for word in _statement(one))
        _chain(table, str(what.get("chain", "")), line).children.append(Block(words=words, line=line))
    elif kind in {"set", "map"}:
        elements = ["elements", "=", "{", *_elements(what.get("elem", [])), "}"]
        inner = [Block(words=tuple(elements), line=line)] if what.get("elem") else []
        return Block(words=(kind, str(what.get("name", ""))), line=line, children=inner)
    elif kind == "limit":
        inner = [Block(words=tuple(_limit(what)), line=line)]
        return Block(words=("limit", str(what.get("name", ""))), line=line, children=inner)
    return None


def _chain(table: Block, name: str, line: int) -> Block:
    for block in table.children:
        if block.words == ("chain", name):
            return block
    block = Block(words=("chain", name), line=line)
    table.children.append(block)
    return block


def _statement(one: object) -> Iterator[str]:
    """Yield the words of one statement of a rule."""
    if not isinstance(one, Mapping) or not one:
        return
    ((kind, what),) = list(one.items())[:1]
    if kind == "match":
        yield from _match(what)
    elif kind == "limit":
        yield from ("limit", *(["name", what] if isinstance(what, str) else _limit(what)))
    elif kind in _AMOUNTS:
        over = ["over"] if isinstance(what, Mapping) and what.get("inv") else []
        amount = str(what.get("val", "")) if isinstance(what, Mapping) else "0"
        yield from (*_AMOUNTS[kind], *over, amount, *(["bytes"] if kind == "quota" else []))
    elif kind in {"set", "meter"}:
        yield from _each(kind, what)
    elif kind == "vmap":
        yield from (*_key(what.get("key")), "vmap", *_value(what.get("data")))
    elif kind in {"jump", "goto"}:
        yield from (kind, str(what.get("target", "")))
    elif kind in {"masquerade", "snat"}:
        ports = what.get("port") if isinstance(what, Mapping) else None
        yield from (kind, *(["to", f":{''.join(_value(ports))}"] if ports is not None else []))
    elif kind not in _PASSED_OVER:
        yield kind  # a verdict, or what is not known here


def _match(what: Mapping[str, Any]) -> Iterator[str]:
    yield from _key(what.get("left"))
    operator = str(what.get("op", "=="))
    if operator not in {"in", "=="}:
        yield operator
    yield from _value(what.get("right"))


def _limit(what: Mapping[str, Any]) -> Iterator[str]:
    yield "rate"
    if what.get("inv"):
        yield "over"
    yield f"{what.get('rate', '')}/{what.get('per', 'second')}"
    if what.get("rate_unit", "packets") != "packets":
        yield "bytes"
    if what.get("burst"):
        yield from ("burst", str(what["burst"]), str(what.get("burst_unit", "packets")))


def _each(kind: str, what: Mapping[str, Any]) -> Iterator[str]:
    """Yield the words of what is done for each element of a set."""
    yield from (
        ("update", str(what.get("set", "@"))) if kind == "set" else ("meter", str(what.get("name", "")))
    )
    inner = what.get("stmt", [])
    yield "{"
    yield from _key(what.get("elem", what.get("key")))
    for one in inner if isinstance(inner, list) else [inner]:
        yield from _statement(one)
    yield "}"


def _key(left: object) -> Iterator[str]:
    """Yield what is looked at, in the words of a text."""
    if not isinstance(left, Mapping) or not left:
        yield str(left)
        return
    ((kind, what),) = list(left.items())[:1]
    if kind == "elem" and isinstance(what, Mapping):
        yield from _key(what.get("val"))
    elif kind == "payload" and isinstance(what, Mapping):
        yield from (str(what.get("protocol", "")), str(what.get("field", "")))
    elif kind == "meta" and isinstance(what, Mapping):
        yield str(what.get("key", ""))
    elif kind == "concat" and isinstance(what, list):
        for index, one in enumerate(what):
            yield from (*([] if index == 0 else ["."]), *_key(one))
    elif kind in {"&", "|", "^"} and isinstance(what, list):
        yield from (*_key(what[0]), kind, *_value(what[1:]))
    elif isinstance(what, Mapping):
        yield from (kind, str(what.get("key", what.get("field", ""))))
    else:
        yield kind


def _value(right: object) -> Iterator[str]:
    """Yield a value as a text writes it: one word, or several in braces."""
    if isinstance(right, Mapping) and right:
        ((kind, what),) = list(right.items())[:1]
        if kind == "set":
            yield from ("{", *_elements(what), "}")
        elif kind == "prefix" and isinstance(what, Mapping):
            yield f"{what.get('addr', '')}/{what.get('len', '')}"
        elif kind == "range" and isinstance(what, list):
            yield "-".join(map(str, what))
        elif kind == "elem" and isinstance(what, Mapping):
            yield from _value(what.get("val"))
        else:
            yield from _statement(right)
    elif isinstance(right, list):
        yield ",".join(word for one in right for word in _value(one))
    else:
        yield str(right)


def _elements(elements: object) -> Iterator[str]:
    """Yield the elements of a set; those of a map as `value : verdict`."""
    for one in elements if isinstance(elements, list) else [elements]:
        if isinstance(one, list) and len(one) == 2:
            yield from (*_value(one[0]), ":", *_value(one[1]))
        else:
            yield from _value(one)
