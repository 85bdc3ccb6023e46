"""What do flow records in JSON say? Those of nfdump, of Google's VPC and of Azure, read as a stream.

Sources: nfdump 1.7.1's own output; Google Cloud, VPC flow logs records; Microsoft, Azure Network Watcher,
virtual network flow logs (version 4) and NSG flow logs (version 2).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from tidegate.discover.conntrack_text import Passed
from tidegate.discover.flow_rows import FIN, NO_FLAGS, SYN, Row
from tidegate.discover.flow_table import flags_of_text

_MOST_OBJECT_CHARACTERS = 262_144
_BETWEEN = " \t\r\n,[]\ufeff"
_NAMES = {
    1: "portless",
    2: "portless",
    58: "portless",
    47: "portless",
    6: "tcp",
    17: "udp",
    "TCP": "tcp",
    "UDP": "udp",
}
_TUPLE = re.compile(
    r'"(\d{10}|\d{13}),([0-9A-Fa-f.:]{2,45}),([0-9A-Fa-f.:]{2,45}),(\d{1,5}),(\d{1,5}),'
    r'(T|U|\d{1,3}),([IO]),([ADBCE])(?:,([A-Z_]{1,24}))?((?:,\d*){0,4})"'
)
_TUPLE_CHARACTERS = 256
_STATE_FLAGS = {"B": SYN, "C": 0, "E": FIN}
"""Begun, going on, ended: as flags would say it."""
_MILLISECOND_DIGITS = 13
_PORTS = 65_536


def objects(blocks: Iterable[str], passed: Passed) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a JSON array, or of objects that follow each other, with their numbers.

    What is no JSON is counted, and passed over to the next line that begins an object.
    """
    decoder = json.JSONDecoder()
    text, at, number = "", 0, 0
    for block in blocks:
        text, at = text[at:] + block, 0
        while True:
            while at < len(text) and text[at] in _BETWEEN:
                at += 1
            if at >= len(text):
                break
            try:
                found, at = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                if len(text) - at < _MOST_OBJECT_CHARACTERS:
                    break  # perhaps the rest of it is still to come
                passed.not_understood(number + 1, text[at : at + 80])
                at = max(text.find("\n{", at + 1) + 1, 0) or len(text)
                continue
            number += 1
            if isinstance(found, dict):
                yield number, found
            else:
                passed.not_understood(number, str(found))
    if text[at:].strip(_BETWEEN):
        passed.cut_short.append(f"the JSON ends in the middle of entry {number + 1:,}")


def nfdump_rows(blocks: Iterable[str], passed: Passed) -> Iterator[Row]:
    """Yield the rows of `nfdump -o json`."""
    for number, each in objects(blocks, passed):
        try:
            protocol = _NAMES.get(each["proto"], "portless")
            if protocol == "portless" or "src_port" not in each:
                passed.portless_count += 1
                continue
            passed.sampled_count += bool(each.get("sampled", 0))
            yield _checked(
                Row(
                    protocol,
                    str(each.get("src4_addr") or each["src6_addr"]),
                    int(each["src_port"]),
                    str(each.get("dst4_addr") or each["dst6_addr"]),
                    int(each["dst_port"]),
                    _time_s(each["first"]),
                    _time_s(each["last"]),
                    flags_of_text(str(each.get("tcp_flags", "-"))) if protocol == "tcp" else NO_FLAGS,
                )
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            passed.not_understood(number, json.dumps(each))


def google_rows(blocks: Iterable[str], passed: Passed) -> Iterator[Row]:
    """Yield the rows of Google's VPC flow logs; of a flow that both ends tell of, one end's."""
    told: dict[tuple[str, int, str, int, str], str] = {}
    for number, each in objects(blocks, passed):
        payload = each.get("jsonPayload", each)
        try:
            connection = payload["connection"]
            protocol = _NAMES.get(connection["protocol"], "portless")
            if protocol == "portless" or "src_port" not in connection:
                passed.portless_count += 1
                continue
            row = _checked(
                Row(
                    protocol,
                    str(connection["src_ip"]),
                    int(connection["src_port"]),
                    str(connection["dest_ip"]),
                    int(connection["dest_port"]),
                    _time_s(payload["start_time"]),
                    _time_s(payload["end_time"]),
                )
            )
            first = told.setdefault((*row[1:5], protocol), str(payload.get("reporter", "")))
            if len(told) > _MOST_OBJECT_CHARACTERS:
                told.clear()
            if first != str(payload.get("reporter", "")):
                passed.twice_count += 1
                continue
            yield row
        except (KeyError, TypeError, ValueError, OverflowError):
            passed.not_understood(number, json.dumps(each))


def azure_rows(blocks: Iterable[str], passed: Passed) -> Iterator[Row]:
    """Yield the rows of Azure's flow logs: of each flow one as it begins, goes on and ends.

    Read by the shape of a tuple, for the file is one line of any length.
    """
    text = ""
    for block in blocks:
        text += block
        at = 0
        for found in _TUPLE.finditer(text):
            at = found.end()
            of_one = _azure_rows(found)
            passed.portless_count += not of_one
            yield from of_one
        text = text[max(at, len(text) - _TUPLE_CHARACTERS) :]


def _azure_rows(found: re.Match[str]) -> list[Row]:
    """Return what one tuple tells: who asked stands first in it; and whether anything came back."""
    time, source, target, source_port, target_port, protocol, _, decided, state, counts = found.groups()
    name = {"T": "tcp", "6": "tcp", "U": "udp", "17": "udp"}.get(protocol)
    ports = int(source_port), int(target_port)
    if name is None or max(ports) >= _PORTS:
        return []
    at_s = int(time) * (1e-3 if len(time) == _MILLISECOND_DIGITS else 1.0)
    state, encryption = (decided, state) if decided in _STATE_FLAGS else (state, decided)
    del encryption
    is_denied = "D" in {decided, state}
    flags = _STATE_FLAGS.get(state or "", SYN if is_denied else 0) if name == "tcp" else NO_FLAGS
    rows = [Row(name, source, ports[0], target, ports[1], at_s, at_s, flags, is_denied)]
    came_back = counts.split(",")[3:4]
    if came_back and came_back[0] not in {"", "0"}:
        back = 0 if name == "tcp" else NO_FLAGS
        rows.append(Row(name, target, ports[1], source, ports[0], at_s, at_s, back))
    return rows


def _time_s(text: object) -> float:
    return datetime.fromisoformat(_dated(str(text))).timestamp()


def _dated(text: str) -> str:
    """Return a date with a zone and at most microseconds: what is without one is taken as UTC."""
    whole, dot, rest = text.removesuffix("Z").partition(".")
    digits = rest[:6] if rest.isdecimal() else ""
    return f"{whole}{dot}{digits.ljust(6, '0') if dot else ''}+00:00"


def _checked(row: Row) -> Row:
    if not (0 <= row.source_port < _PORTS > row.target_port >= 0 and row.start_s <= row.end_s):
        raise ValueError(row)
    return row
