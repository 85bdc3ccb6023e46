"""What does a table of flows say? VPC flow logs in any order of fields, and what prints NetFlow or IPFIX.

Columns are known by their names, wherever they stand: those of Amazon's fields, of nfdump's two forms of
`-o csv`, of yafscii's, and of IPFIX's own elements (which super_mediator, ipfixDump and pmacct print). A VPC
flow log without a line of names is its default format, version 2.

Sources: Amazon VPC user guide, flow log records (fields of versions 2 to 10); nfdump 1.7.1's own output, and
its issues 449, 542 and 631 on the form since 1.7.5; yafscii(1); IANA's registry of IPFIX information
elements.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from tidegate.discover.conntrack_text import Passed
from tidegate.discover.flow_rows import ACK, FIN, NO_FLAGS, RST, SYN, Row, row_of
from tidegate.observe.decimal_comma import SEMICOLON, Comma, comma_of, with_point

Maker = Literal["vpc", "netflow"]

_DEFAULT = (
    "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol",
    "packets", "bytes", "start", "end", "action", "log-status",
)  # fmt: skip
_NAMES: dict[str, tuple[str, ...]] = {
    "source": ("pkt-srcaddr", "srcaddr", "sa", "sourceipv4address", "sourceipv6address", "sip", "src_ip",
               "ip_src"),
    "target": ("pkt-dstaddr", "dstaddr", "da", "destinationipv4address", "destinationipv6address", "dip",
               "dst_ip", "ip_dst"),
    "source_port": ("srcport", "sp", "sourcetransportport", "src_port", "port_src"),
    "target_port": ("dstport", "dp", "destinationtransportport", "dst_port", "port_dst"),
    "protocol": ("protocol", "proto", "pr", "protocolidentifier", "ip_proto"),
    "start": ("start", "firstseen", "ts", "flowstartmilliseconds", "flowstartmicroseconds",
              "flowstartnanoseconds", "flowstartseconds", "start-time", "starttime", "timestamp_start"),
    "end": ("end", "te", "lastseen", "flowendmilliseconds", "flowendmicroseconds", "flowendnanoseconds",
            "flowendseconds", "end-time", "endtime", "timestamp_end"),
    "duration": ("duration", "td"),
    "flags": ("tcp-flags", "flg", "flags", "tcpcontrolbits", "tcp_flags"),
    "first_flags": ("initialtcpflags", "iflags"),
    "later_flags": ("uniontcpflags", "uflags"),
    "action": ("action",),
    "status": ("log-status",),
    "own_source": ("srcaddr",),
    "own_target": ("dstaddr",),
}  # fmt: skip
_OF_PARQUET = {"pkt_srcaddr": "pkt-srcaddr", "pkt_dstaddr": "pkt-dstaddr", "log_status": "log-status"}
"""Amazon's names as its files of Parquet have them."""
_NEEDED = ("source", "target", "source_port", "target_port", "protocol", "start")
_PROTOCOLS = {"6": "tcp", "tcp": "tcp", "17": "udp", "udp": "udp"}
_PORTLESS = frozenset(
    {"1", "icmp", "58", "icmp6", "icmpv6", "2", "igmp", "47", "gre", "50", "esp", "51", "ah", "4", "41"}
)
_FLAG_LETTERS = {"F": FIN, "S": SYN, "R": RST, "P": 8, "A": ACK, "U": 32, "E": 64, "C": 128}
_UNITS_S = {"milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9}
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:Z|\+00:00)?$")
_SAYS_SEPARATOR = "sep="
_ENDS = ("summary", "no matched flows", "time window:", "total flows", "sys:")
_EPOCH_MOST_S = 4_102_444_800.0
_MOST_KNOWN = 4_096


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where a table has what.

    Parameters
    ----------
    maker
        Who made it: Amazon, or what exports NetFlow and IPFIX.
    separator
        Between fields; empty for any white space.
    places
        Of each thing, the number of its column.
    unit_s
        One of a plain number among times, in seconds.
    line
        The line of names; empty where the table has none.
    start_name
        What the column of beginnings is called.
    comma
        What commas in its times are, where semicolons stand between fields.
    """

    maker: Maker
    separator: str
    places: Mapping[str, int]
    unit_s: float
    line: str
    start_name: str = ""
    comma: Comma = ""

    @property
    def has_flags(self) -> bool:
        """Whether TCP's flags are among them."""
        return "flags" in self.places or "first_flags" in self.places

    @property
    def is_in_seconds(self) -> bool:
        """Whether times are whole seconds: nfdump's older form has no more."""
        return self.line.replace(SEMICOLON, ",").startswith("ts,te,") or self.start_name == "flowstartseconds"


def columns(beginning: Iterable[str]) -> Columns | None:
    """Return where a table has what, of its first lines; None where they are no table of flows."""
    lines = iter(beginning)
    for line in lines:
        text = line.strip().lstrip("\ufeff")
        if not text or text.startswith("#") or text.lower().startswith(_SAYS_SEPARATOR):
            continue
        found = _named(text)
        if found is not None:
            return replace(found, comma=_comma(lines, found)) if found.separator == SEMICOLON else found
        return _unnamed() if _is_default(text.split()) else None
    return None


def _named(line: str) -> Columns | None:
    separator = next((one for one in (SEMICOLON, ",", "|", "\t") if one in line), "")
    written = [one.strip().removeprefix("${").removesuffix("}") for one in _cut(line, separator)]
    words = [_OF_PARQUET.get(one, one) for one in (each.lower() for each in written)]
    places: dict[str, int] = {}
    for thing, names in _NAMES.items():
        at = next((words.index(name) for name in names if name in words), None)
        if at is not None:
            places[thing] = at
    if any(one not in places for one in _NEEDED) or ("end" not in places and "duration" not in places):
        return None
    # nfdump has srcAddr and srcPort: Amazon's names are small
    is_vpc = "log-status" in words or {"srcaddr", "srcport"} <= set(written)
    for own, packet in (("own_source", "pkt-srcaddr"), ("own_target", "pkt-dstaddr")):
        if packet not in words:
            places.pop(own, None)
    start = words[places["start"]]
    unit_s = next((unit for name, unit in _UNITS_S.items() if start.endswith(name)), 1.0)
    return Columns(
        maker="vpc" if is_vpc else "netflow",
        separator=separator,
        places=places,
        unit_s=unit_s,
        line=line,
        start_name=start,
    )


def _comma(lines: Iterable[str], table: Columns) -> Comma:
    """Return what commas are in the times of a table's first rows."""
    places = [table.places[one] for one in ("duration", "start", "end") if one in table.places]
    rows = (line.split(SEMICOLON) for line in lines)
    return comma_of(words[at] for words in rows for at in places if at < len(words))


def _unnamed() -> Columns:
    places = {
        thing: _DEFAULT.index(name) for thing, names in _NAMES.items() for name in names if name in _DEFAULT
    }
    places = {thing: at for thing, at in places.items() if not thing.startswith("own")}
    return Columns(maker="vpc", separator="", places=places, unit_s=1.0, line="")


def _is_default(words: Sequence[str]) -> bool:
    return (
        len(words) == len(_DEFAULT)
        and words[0] == "2"
        and words[-1] in {"OK", "NODATA", "SKIPDATA"}
        and words[-2] in {"ACCEPT", "REJECT", "-"}
    )


def _cut(line: str, separator: str) -> list[str]:
    return line.split(separator) if separator else line.split()


def rows(lines: Iterable[str], table: Columns, passed: Passed) -> Iterator[Row]:
    """Yield the rows of a table; what is none is counted.

    Parameters
    ----------
    lines
        All lines, that of names too.
    table
        Where it has what.
    passed
        Is told what was not taken in.
    """
    places, separator = table.places, table.separator
    needed = max(places.values()) + 1
    source_at, target_at = places["source"], places["target"]
    source_port_at, target_port_at = places["source_port"], places["target_port"]
    protocol_at, start_at = places["protocol"], places["start"]
    end_at, long_at = places.get("end", -1), places.get("duration", -1)
    action_at, status_at = places.get("action", -1), places.get("status", -1)
    has_own, own_of = "own_source" in places and "own_target" in places, _own_reader(places)
    flags_of = _flags_reader(places)
    timed = [at for at in (start_at, end_at, long_at) if at >= 0] if table.comma == "decimal" else []
    known_s: dict[str, float] = {}
    time_s = _clock(table.unit_s, known_s)
    names: dict[str, str] = {}
    name_of = names.setdefault
    for number, line in enumerate(lines, 1):
        words = line.split(separator) if separator else line.split()
        if len(words) < needed:
            _odd(number, line, table, passed)
            continue
        try:
            if words[source_at] == "-" and status_at >= 0:
                _no_row(number, line, words[status_at].strip(), passed)
                continue
            for at in timed:
                words[at] = with_point(words[at])
            protocol = _PROTOCOLS.get(words[protocol_at]) or _PROTOCOLS[words[protocol_at].strip().lower()]
            start_s = known_s.get(words[start_at]) or time_s(words[start_at])
            if long_at >= 0:
                end_s = start_s + float(words[long_at])
            else:
                end_s = known_s.get(words[end_at]) or time_s(words[end_at])
            source_port, target_port = int(words[source_port_at]), int(words[target_port_at])
            if not (0 <= source_port < 65_536 > target_port >= 0 and start_s <= end_s < _EPOCH_MOST_S):
                raise ValueError(line)  # noqa: TRY301  counted with what is no number
            source, target = words[source_at].strip(), words[target_at].strip()
            source, target = name_of(source, source), name_of(target, target)
            own = own_of(words) if has_own else ""
            flags = flags_of(words) if protocol == "tcp" else NO_FLAGS
            is_rejected = action_at >= 0 and words[action_at] == "REJECT"
            yield row_of(
                (protocol, source, source_port, target, target_port, start_s, end_s, flags, is_rejected, own)
            )
        except (ValueError, KeyError, OverflowError):
            _odd(number, line, table, passed)


def _no_row(number: int, line: str, status: str, passed: Passed) -> None:
    if status == "SKIPDATA":
        passed.skipped_count += 1
    elif status != "NODATA":
        passed.not_understood(number, line)


def _odd(number: int, line: str, table: Columns, passed: Passed) -> None:
    """Count a line that gave no row: a line of names, a summary or a protocol without ports is known."""
    text = line.strip()
    if text.lower().startswith(_SAYS_SEPARATOR):
        return
    if not text or text == table.line or text.startswith("#") or text.lower().startswith(_ENDS):
        return
    summary = text.replace(SEMICOLON, ",")
    if summary.startswith("flows,bytes,packets") or re.fullmatch(r"\d+(?:,\d+){5}", summary):
        return  # nfdump's Summary
    words = _cut(line, table.separator)
    at = table.places["protocol"]
    if at < len(words) and words[at].strip().lower() in _PORTLESS:
        passed.portless_count += 1
    elif _named(text) is None:
        passed.not_understood(number, line)


def _own_reader(places: Mapping[str, int]) -> Callable[[Sequence[str]], str]:
    """Return what reads the interface's own address, where it stands in place of a packet's; else empty."""
    ways = [(places.get(f"own_{one}", 0), places[one]) for one in ("source", "target")]

    def own_of(words: Sequence[str]) -> str:
        for own, packet in ways:
            if words[own] != words[packet]:
                return words[own]
        return ""

    return own_of


def _flags_reader(places: Mapping[str, int]) -> Callable[[Sequence[str]], int]:
    if "flags" in places:
        at = places["flags"]
        known: dict[str, int] = {}

        def flags_of(words: Sequence[str]) -> int:
            found = known.get(words[at])
            if found is None:
                found = flags_of_text(words[at])
                if len(known) < _MOST_KNOWN:
                    known[words[at]] = found
            return found

        return flags_of
    if "first_flags" in places:
        first, later = places["first_flags"], places.get("later_flags", places["first_flags"])
        return lambda words: flags_of_text(words[first]) | flags_of_text(words[later])
    return lambda _words: NO_FLAGS


def flags_of_text(text: str) -> int:
    """Return flags as bits: written as a number, as nfdump's `...AP.SF` or as yafscii's letters."""
    if text.isdecimal():
        return int(text) & 0xFF
    text = text.strip()
    if text in {"-", ""}:
        return NO_FLAGS
    if text.startswith("0x"):
        return int(text, 16) & 0xFF
    flags = 0
    for letter in text.upper():
        flags |= _FLAG_LETTERS.get(letter, 0)
    return flags


def _clock(unit_s: float, known_s: dict[str, float]) -> Callable[[str], float]:
    """Return what reads a time: a number of a unit, or a date; the date's own second is worked out once.

    Whole seconds are kept in `known_s`, as many rows have the same.
    """
    last: tuple[str, float] = "", 0.0

    def time_s(text: str) -> float:
        nonlocal last
        if text.isdecimal():
            value = int(text) * unit_s
            if len(known_s) >= _MOST_KNOWN:
                known_s.clear()
            known_s[text] = value if value < _EPOCH_MOST_S else value * 1e-3
            return known_s[text]
        text = text.strip()
        if text[:19] == last[0]:
            return last[1] + (float(text[19:].rstrip("Z")) if text[19:20] == "." else 0.0)
        found = _DATE.match(text)
        if found is None:
            value = float(text)
            if not math.isfinite(value):
                raise ValueError(text)
            return value * unit_s
        year, month, day, hour, minute, second = (int(found[i]) for i in range(1, 7))
        last = text[:19], datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
        return last[1] + float(found[7] or 0.0)

    return time_s
