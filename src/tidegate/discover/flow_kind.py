"""Which kind of flow record is this, told by how it begins? And what does that kind show."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tidegate.discover import flow_journal
from tidegate.discover.capture import is_capture
from tidegate.discover.conntrack_text import is_events
from tidegate.discover.flow_table import Columns, columns
from tidegate.discover.messages_in_json import first_messages, has_parsed_fields, is_of_logs, is_of_query
from tidegate.discover.shows import Shows
from tidegate.discover.socket_text import is_sockets

KindName = Literal["events", "journal", "capture", "table", "nfdump", "google", "azure", "dump", "sockets"]

LOOKED_AT_BYTES = 1 << 16
"""So much of a record is looked at to tell what it is."""
_JSON = re.compile(r"[\s\ufeff]*(?:\[\s*)?\{")
_IN_SECONDS = re.compile(r'"\d{10},')
_GOOGLE = re.compile(r'"(?:src_ip|dest_ip)"')
_WINDOW_S = 60.0

ALLOWED = (
    "what `tidegate record` or `conntrack -E -o timestamp` recorded, `conntrack -L` or `ss -tin` printed, a "
    "pcap, VPC flow logs, or what `nfdump -o csv` or `-o json` printed"
)

NEEDS_LONGER = "more than three windows: without flags, nothing is told of the first and the last"

_PARQUET = b"PAR1"
_FROM_PARQUET = (
    "text: `duckdb -c \"COPY (SELECT * FROM 'FILE.parquet') TO 'flows.csv' (HEADER)\"`, and give flows.csv; "
    "or flow logs that are written with FileFormat=plain-text"
)
_FROM_MESSAGES = (
    "the fields of the log's format in a first line, before the messages: `(echo 'version srcaddr …'; jq -r "
    "'.events[].message' FILE) > flows.txt`"
)
_FROM_QUERY = "a query with `fields @message`, such as `fields @timestamp, @message | sort @timestamp asc`"
_EVENTS = Shows(title="conntrack -E", clock_s=1e-3, has_hold=True)
_JOURNAL = Shows(title="tidegate record", clock_s=1e-6, has_hold=True, has_before=True)
_CAPTURE = Shows(title="packet capture", clock_s=1e-6, has_before=True, has_retries=True)
_VPC = Shows(title="VPC flow log", clock_s=1.0, window_s=_WINDOW_S, has_order=False, has_before=True)
_NETFLOW = Shows(title="NetFlow record", clock_s=1.0, window_s=_WINDOW_S, has_order=False, has_before=True)
_GOOGLE_SHOWS = Shows(
    title="Google VPC flow log",
    clock_s=1e-3,
    window_s=5.0,
    has_begun=False,
    has_lives=False,
    has_order=False,
    has_refusals=False,
    has_before=True,
    is_partial=True,
)
_AZURE = Shows(
    title="Azure flow log",
    clock_s=1e-3,
    window_s=_WINDOW_S,
    has_order=False,
    has_refusals=False,
    has_before=True,
)
_DUMP = Shows(title="conntrack -L", clock_s=0.0, has_begun=True, has_before=True)
_SOCKETS = Shows(title="ss -tin of end hosts", clock_s=0.0, has_before=True)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of flow record.

    Parameters
    ----------
    name
        Which reader takes it.
    shows
        What it shows.
    table
        Where a table has what.
    version
        Of the format, where it has one of ours.
    is_in_json, is_latest_first
        Whether the lines of the table are messages in JSON, and whether those come in an order that is not
        that of time.
    """

    name: KindName
    shows: Shows
    table: Columns | None = None
    version: int = 0
    is_in_json: bool = False
    is_latest_first: bool = False

    @property
    def is_dump(self) -> bool:
        """Whether it says what stands, rather than what happens."""
        return self.name in {"dump", "sockets"}


def kind_of(beginning: bytes) -> Kind | None:
    """Return the kind of a record that begins so; None where it is none that is known."""
    if is_capture(beginning):
        return Kind(name="capture", shows=_CAPTURE)
    text = beginning[:LOOKED_AT_BYTES].decode("utf-8", "replace")
    if _JSON.match(text):
        return _of_json(text)
    lines = text.split("\n")
    version = flow_journal.version(lines)
    if version is not None:
        return Kind(name="journal", shows=_JOURNAL, version=version)
    found = columns(lines)
    if found is not None:
        return Kind(name="table", shows=_of_table(found), table=found)
    return _of_lines(lines)


def why_none(beginning: bytes) -> tuple[str, str]:
    """Return what a text is that is no record which is read, and what is allowed in its place."""
    if beginning.startswith(_PARQUET):
        return "is Parquet, which is not read", _FROM_PARQUET
    text = beginning[:LOOKED_AT_BYTES].decode("utf-8", "replace")
    if _JSON.match(text) and is_of_logs(text):
        if first_messages(text):
            return "has messages that are no VPC flow logs of the default format", _FROM_MESSAGES
        if has_parsed_fields(text):
            return "has single fields of flow logs, and not their messages", _FROM_QUERY
    return "is no record of flows", ALLOWED


def _of_lines(lines: Sequence[str]) -> Kind | None:
    if is_sockets(lines):
        return Kind(name="sockets", shows=_SOCKETS)
    told = is_events(lines)
    if told is None:
        return None
    return Kind(name="events", shows=_EVENTS) if told else Kind(name="dump", shows=_DUMP)


def _of_json(text: str) -> Kind | None:
    if is_of_logs(text):
        found = columns(first_messages(text))
        if found is not None:
            return Kind(
                name="table", shows=_of_table(found), table=found, is_in_json=True,
                is_latest_first=is_of_query(text),
            )  # fmt: skip
    if '"flowTuples"' in text:
        clock_s = 1.0 if _IN_SECONDS.search(text) else _AZURE.clock_s
        return Kind(name="azure", shows=dataclasses.replace(_AZURE, clock_s=clock_s))
    if _GOOGLE.search(text) and '"connection"' in text:
        return Kind(name="google", shows=_GOOGLE_SHOWS)
    if '"src_port"' in text and ('"src4_addr"' in text or '"src6_addr"' in text):
        return Kind(name="nfdump", shows=_NETFLOW)
    return None


def _of_table(found: Columns) -> Shows:
    shows = _VPC if found.maker == "vpc" else _NETFLOW
    if found.maker == "vpc" and "own_source" not in found.places:
        shows = dataclasses.replace(shows, is_of_interface=True)
    if found.maker == "netflow" and found.is_in_seconds:
        shows = dataclasses.replace(shows, clock_s=1.0, has_order=False)
    if not found.has_flags:
        shows = dataclasses.replace(shows, has_begun=False, has_order=False, has_refusals=False)
    return shows
