"""What do the lines of a HAProxy configuration limit, in the words of a world? Reading only."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from tidegate.protect.adopted import Findings
from tidegate.protect.config_file import identifier
from tidegate.protect.targets.share import devices_before

_SECTIONS = frozenset(
    {"global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "userlist", "mailers",
     "program", "cache", "http-errors", "ring", "log-forward", "log-profile", "fcgi-app", "crt-store",
     "traces", "acme"}
)  # fmt: skip
_PROXIES = frozenset({"frontend", "listen", "defaults"})
_WHOLE = re.compile(r"\d{1,12}", re.ASCII)
_TIME = re.compile(r"(\d{1,12})(us|ms|s|m|h|d)?", re.ASCII)
_TIMES_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, None: 1e-3}
_STORED = re.compile(r"conn_rate\(([^)]*)\)")
_COMPARED = re.compile(
    r"(?P<of>src_conn_rate|sc[012]?_conn_rate|table_conn_rate|fe_conn_rate|fe_sess_rate)"
    r"(?:\((?P<table>[^)]*)\))?\s+(?P<how>gt|ge)\s+(?P<count>\S+)"
)
_NAMED = re.compile(r"crossings\.([^\s.]+)\.")
_UNUSED = {
    "maxsslrate": "limits TLS handshakes, which a world has no key for",
    "retries": "is HAProxy's own trying again towards an instance",
}


@dataclass(kw_only=True)
class _Line:
    number: int
    words: list[str]
    section: str
    name: str
    named: str

    @property
    def text(self) -> str:
        return " ".join(self.words)


@dataclass(kw_only=True)
class _Tables:
    """Periods of the stick tables by name, in seconds, and which key each holds."""

    periods_s: dict[str, float] = field(default_factory=dict)
    tracked: dict[str, str] = field(default_factory=dict)


def interpret(text: str, findings: Findings) -> None:
    """Give `findings` every limit on connections that the configuration holds."""
    lines = list(_lines(text, findings))
    tables = _Tables()
    for line in lines:
        if line.words[0] == "stick-table":
            _stick_table(line, tables, findings)
        elif "track-sc" in line.text:
            for word in line.words:
                if word.startswith("track-sc"):
                    tables.tracked[f"sc{word[-1]}"] = _table_of(line)
    for line in lines:
        _Reading(line, tables, findings).read()


def _lines(text: str, findings: Findings) -> Iterator[_Line]:
    section = name = named = ""
    for number, row in enumerate(text.splitlines(), start=1):
        found = _NAMED.search(row) if row.lstrip().startswith("#") else None
        named = found[1] if found else named
        try:
            words = shlex.split(row, comments=True)
        except ValueError:
            findings.fault(number, "holds a text without an end", value=row.strip())
            continue
        if not words:
            continue
        if words[0] in _SECTIONS:
            section, name = words[0], words[1] if len(words) > 1 else ""
        elif not section:
            findings.fault(
                number, "stands before any section", value=row.strip(), allowed="global, defaults, …"
            )
        else:
            yield _Line(number=number, words=words, section=section, name=name, named=named)


def _table_of(line: _Line) -> str:
    words = line.words
    at = words.index("table") + 1 if "table" in words else len(words)
    return words[at] if at < len(words) else line.name


def _stick_table(line: _Line, tables: _Tables, findings: Findings) -> None:
    stored = _STORED.search(line.text)
    if stored is None:
        return
    period_s = _seconds(stored[1])
    if period_s is None or period_s == 0.0:
        findings.fault(line.number, "states no period", value=stored[0], allowed="conn_rate(10s)")
    else:
        tables.periods_s[line.name] = period_s


def _seconds(text: str) -> float | None:
    found = _TIME.fullmatch(text)
    return None if found is None else int(found[1]) * _TIMES_S[found[2]]


class _Reading:
    """Reads one line."""

    def __init__(self, line: _Line, tables: _Tables, findings: Findings) -> None:
        self._line = line
        self._tables = tables
        self._findings = findings

    def read(self) -> None:
        """Give what the line limits to the findings."""
        words, section = self._line.words, self._line.section
        first = words[0]
        if section == "global" and first in {"maxconnrate", "maxsessrate"}:
            self._ceiling("rate", words[1:2], "drop")
        elif first == "maxconn" and section in {"global", *_PROXIES}:
            self._ceiling("concurrent", words[1:2], "")
        elif words[:2] == ["rate-limit", "sessions"] and section in _PROXIES:
            self._ceiling("rate", words[2:3], "drop")
        elif words[:2] == ["tcp-request", "connection"] and "reject" in words:
            self._reject()
        elif first in {"server", "server-template", "default-server"}:
            self._server()
        elif _UNUSED.get(first):
            self._findings.ignore(self._line.number, self._line.text, _UNUSED[first])

    def _whole(self, words: list[str]) -> int | None:
        if len(words) != 1 or not _WHOLE.fullmatch(words[0]):
            self._findings.fault(self._line.number, "states no whole number", value=self._line.text)
            return None
        return int(words[0])

    def _crossing(self) -> str:
        return self._findings.crossing(self._line.number, self._line.named, str)

    def _ceiling(self, key: str, words: list[str], excess: str) -> None:
        count = self._whole(words)
        if count is None:
            return
        if count == 0:
            self._findings.ignore(self._line.number, self._line.text, "0 is no limit to HAProxy")
            return
        crossing = self._crossing()
        if not crossing:
            return
        at = f"crossings.{crossing}.admission."
        value = float(count) if key == "rate" else count
        if self._findings.stricter(at + key, value, self._line.text, self._line.number) and excess:
            self._findings.found(at + "on_excess", excess, self._line.text, self._line.number)

    def _reject(self) -> None:
        found = _COMPARED.search(self._line.text)
        if found is None:
            why = "a condition that is no rate of connections"
            self._findings.ignore(self._line.number, self._line.text, why)
            return
        if not _WHOLE.fullmatch(found["count"]):
            self._findings.fault(self._line.number, "states no whole number", value=self._line.text)
            return
        # `gt N` lets N pass; `ge N` refuses the one after N that passed before it is counted.
        count = int(found["count"])
        by_frontend = found["of"].startswith("fe_")
        table = self._table(found)
        period_s = 1.0 if by_frontend else self._tables.periods_s.get(table)
        if period_s is None:
            what = "compares with a table that keeps no rate of connections"
            self._findings.fault(self._line.number, what, value=table or self._line.text)
            return
        crossing = self._crossing()
        if not crossing or count == 0:
            return
        at = f"crossings.{crossing}.admission."
        number, words = self._line.number, self._line.text
        if by_frontend or found["of"] == "table_conn_rate":
            if self._findings.stricter(at + "rate", count / period_s, words, number):
                self._findings.found(at + "on_excess", "reset", words, number)
        elif self._findings.stricter(at + "per_source", count / period_s, words, number):
            self._findings.found(at + "per_source_burst", count, words, number)

    def _table(self, found: re.Match[str]) -> str:
        if found["table"]:
            return found["table"]
        if found["of"].startswith("sc"):
            return self._tables.tracked.get(found["of"][:3], self._line.name)
        return self._line.name

    def _server(self) -> None:
        words = self._line.words
        service_name = self._line.name.removeprefix("tg_").removesuffix("_instances")
        limits = {key: words[words.index(key) + 1 :][:1] for key in ("maxconn", "maxqueue") if key in words}
        if not limits:
            return
        service = self._findings.service(self._line.number, service_name, identifier)
        counts = {key: self._whole(value) for key, value in limits.items()}
        if not service:
            return
        at, text, number = f"services.{service}.", self._line.text, self._line.number
        subjects = self._findings.subjects
        devices = devices_before(subjects.world, service, self._line.named or subjects.crossing)
        if counts.get("maxconn"):
            known = self._findings.subjects.world.services[service]
            # A queue forms only behind a limit; where that is the concurrency itself, it says nothing new.
            count = (counts["maxconn"] or 0) * devices
            told = (
                known.connections_count is not None or counts["maxconn"] != known.concurrency_count // devices
            )
            if told and self._findings.stricter(at + "connections", count, text, number):
                self._findings.found(at + "connections_when_full", "backlog", text, number)
        if counts.get("maxqueue"):
            self._queue(at, (counts["maxqueue"] or 0) * devices)

    def _queue(self, at: str, each: int) -> None:
        """Add up what may wait for the instances of one service."""
        words, number = self._line.words, self._line.number
        instances = 1
        if words[0] == "server-template":
            first, _, last = words[2].rpartition("-") if len(words) > 2 else ("", "", "1")
            if not last.isdecimal() or (first and not first.isdecimal()):
                self._findings.fault(number, "states no number of servers", value=self._line.text)
                return
            instances = int(last) - int(first or 1) + 1
        before = self._findings.value(at + "queue") or 0
        self._findings.found(at + "queue", before + each * instances, self._line.text, number)
        self._findings.found(at + "queue_when_full", "visible", self._line.text, number)
