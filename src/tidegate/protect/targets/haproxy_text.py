"""What do the lines of a HAProxy configuration limit, in the words of a world? Reading only."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.protect.adopted import Findings
from tidegate.protect.config_file import identifier
from tidegate.protect.targets.haproxy_lines import Line, Proxy, proxies_of, read_lines
from tidegate.protect.targets.share import devices_before

_PROXIES = frozenset({"frontend", "listen", "defaults"})
_WHOLE = re.compile(r"\d{1,12}", re.ASCII)
_TIME = re.compile(r"(\d{1,12})(us|ms|s|m|h|d)?", re.ASCII)
_TIMES_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, None: 1e-3}
_STORED = re.compile(r"conn_rate\(([^)]*)\)")
_COMPARED = re.compile(
    r"(?P<of>src_conn_rate|sc[012]?_conn_rate|table_conn_rate|fe_conn_rate|fe_sess_rate)"
    r"(?:\((?P<table>[^)]*)\))?\s+(?P<how>gt|ge)\s+(?P<count>\S+)"
)
_UNUSED = {
    "maxsslrate": "limits TLS handshakes, which a world has no key for",
    "maxsslconn": "limits TLS connections, which a world has no key for",
    "retries": "is HAProxy's own trying again towards an instance",
    "retry-on": "is HAProxy's own trying again towards an instance",
    "fullconn": "scales the limits of instances with load (minconn)",
    "max-keep-alive-queue": "is how HAProxy reuses connections to instances",
}
_OWN = "a time-out of HAProxy itself, which a world has no key for"
_TIMEOUTS = {
    "client": f"how long a client may be silent: {_OWN}",
    "server": f"how long an instance may take to answer: {_OWN}",
    "http-request": f"how long a request may take to come in: {_OWN}",
    "http-keep-alive": f"how long a connection may wait for its next request: {_OWN}",
    "tunnel": f"how long a tunnel may be silent: {_OWN}",
    "queue": "how long a connection waits for a free instance: a world has no key for it",
    "connect": "how long HAProxy tries to reach an instance: a world has no key for it",
    "tarpit": "how long a refused request is held: a world has no key for it",
}
_SERVER_WORDS = {
    "minconn": "the limit of an instance while there is little load",
    "pool-max-conn": "how many idle connections HAProxy keeps to an instance",
    "error-limit": "takes an instance out after errors",
    "slowstart": "lets an instance that comes back take its share slowly",
}
_SERVER_LINES = frozenset({"server", "server-template", "default-server"})
_CONDITION = re.compile(r"^(?:\{\s*(?P<said>.*?)\s*\}|(?P<named>[^\s{}!]+))$")


@dataclass(frozen=True, kw_only=True)
class _Track:
    """What a frontend counts: in which table, by what, and whether all that comes in."""

    table: str
    key: str
    is_whole: bool


@dataclass(kw_only=True)
class _Tables:
    """Periods of the stick tables by name, in seconds; what each proxy's counters track; named conditions.

    Also how many proxies carry traffic, how many have instances, and whether each of these states its own
    limit.
    """

    periods_s: dict[str, float] = field(default_factory=dict)
    tracked: dict[tuple[str, str], _Track] = field(default_factory=dict)
    acls: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    carrying_count: int = 0
    serving_count: int = 0
    all_own: bool = False


def interpret(text: str, findings: Findings) -> None:
    """Give `findings` every limit on connections that the configuration holds."""
    lines = read_lines(text, findings)
    tables = _Tables()
    for line in lines:
        if line.words[0] == "stick-table":
            _stick_table(line, tables, findings)
        elif line.words[0] == "acl" and len(line.words) > 2:
            tables.acls.setdefault((line.name, line.words[1]), []).append(" ".join(line.words[2:]))
        elif "track-sc" in line.text:
            _track(line, tables)
    proxies = proxies_of(lines)
    tables.carrying_count = sum(one.carries_traffic for one in proxies.values())
    tables.serving_count = sum(one.has_servers and not one.is_off for one in proxies.values())
    servers = [line for line in lines if line.words[0] in {"server", "server-template"}]
    tables.all_own = bool(servers) and all("maxconn" in line.words for line in servers)
    passed: dict[str, int] = {}
    for line in lines:
        _Reading(line, tables, proxies, passed, findings).read()


def _track(line: Line, tables: _Tables) -> None:
    for word, key in itertools.pairwise(line.words):
        if word.startswith("track-sc"):
            whole = not {"if", "unless"} & set(line.words)
            found = _Track(table=_table_of(line), key=key, is_whole=whole)
            tables.tracked[line.name, word.removeprefix("track-")] = found


def _table_of(line: Line) -> str:
    words = line.words
    at = words.index("table") + 1 if "table" in words else len(words)
    return words[at] if at < len(words) else line.name


def _stick_table(line: Line, tables: _Tables, findings: Findings) -> None:
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

    def __init__(
        self,
        line: Line,
        tables: _Tables,
        proxies: Mapping[tuple[str, str], Proxy],
        passed: dict[str, int],
        findings: Findings,
    ) -> None:
        self._line = line
        self._tables = tables
        self._proxies = proxies
        self._passed = passed
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
        elif words[:2] == ["tcp-request", "connection"]:
            self._rule(words[2:])
        elif first in {"tcp-request", "http-request"}:
            self._request(words)
        elif first in _SERVER_LINES:
            self._server()
        elif first == "bind" and "maxconn" in words:
            self._ignore("limits what one address accepts, which a world has no key for")
        else:
            why = _UNUSED.get(first) or (
                _TIMEOUTS.get(words[1], "") if first == "timeout" and words[1:] else ""
            )
            if why:
                self._ignore(why)

    def _ignore(self, why: str) -> None:
        self._findings.ignore(self._line.number, self._line.text, why)

    def _is_left_out(self) -> bool:
        """Whether a limit does not hold for all that comes in; then why is told."""
        why = self._part()
        if why:
            self._ignore(why)
        return bool(why)

    def _part(self) -> str:
        """Return why a limit holds for a part only, or not for sure; empty where it holds for all."""
        line = self._line
        if line.under:
            return f"stands under {line.under}, which HAProxy decides when it starts"
        if line.is_environment:
            return "is set by the environment that HAProxy starts in"
        carrying_count = self._tables.carrying_count
        here = self._proxies.get((line.section, line.name))
        if line.section == "defaults" and line.words[0] not in _SERVER_LINES:
            return self._default()
        if line.section not in {"frontend", "listen"} or here is None:
            return ""
        if not here.carries_traffic:
            what = "is off (disabled)" if here.is_off else "shows statistics"
            return f"holds for {here.title} only, which {what}"
        return "" if carrying_count == 1 else f"holds for {here.title} only, one of {carrying_count}"

    def _default(self) -> str:
        """Return why a limit that every frontend takes where it says none is not that of all; else empty."""
        carrying = [one for one in self._proxies.values() if one.carries_traffic]
        key = self._line.words[0]
        if len(carrying) > 1:
            return f"holds for each frontend by itself that says none; {len(carrying)} carry traffic"
        if carrying and key in carrying[0].states:
            return f"{carrying[0].title} states its own"
        return ""

    def _rule(self, words: list[str]) -> None:
        """Read a rule on connections; one that lets some in is kept in mind."""
        action = words[0] if words else ""
        if action == "accept" and self._line.name not in self._passed:
            self._passed[self._line.name] = self._line.number
        elif action == "silent-drop":
            self._ignore("is silent until the client sends and then resets, which a world has no key for")
        elif action == "reject":
            self._reject()

    def _request(self, words: list[str]) -> None:
        """Tell what turns requests away, or connections once they have been accepted."""
        actions = {"deny", "reject", "silent-drop", "tarpit"} & set(words[1:4])
        if actions and ("if" in words or "unless" in words):
            self._ignore("turns away requests, or what has been accepted: no limit on new flows")

    def _whole(self, words: list[str]) -> int | None:
        if len(words) != 1 or not _WHOLE.fullmatch(words[0]):
            self._findings.fault(self._line.number, "states no whole number", value=self._line.text)
            return None
        return int(words[0])

    def _crossing(self) -> str:
        return self._findings.crossing(self._line.number, self._line.named, str)

    def _ceiling(self, key: str, words: list[str], excess: str) -> None:
        if self._is_left_out():
            return
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

    def _condition(self) -> str:
        """Return the one condition of a rule, with what its name stands for; empty where it has more."""
        words = self._line.words
        text = " ".join(words[words.index("if") + 1 :]) if "if" in words else ""
        found = _CONDITION.fullmatch(text)
        if found is None:
            return ""
        if found["said"] is not None:
            return found["said"]
        said = self._tables.acls.get((self._line.name, found["named"]), [])
        return said[0] if len(said) == 1 else ""

    def _reject(self) -> None:
        found = _COMPARED.fullmatch(self._condition())
        if found is None:
            self._ignore("a condition that is no rate of connections")
            return
        if self._is_left_out() or self._limits_none(found):
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

    def _limits_none(self, found: re.Match[str]) -> bool:
        """Whether a rule sees a part only, or a rate that nobody counts; that is told."""
        if self._line.name in self._passed:
            self._ignore(f"line {self._passed[self._line.name]} lets a part in before it")
            return True
        is_unkept = found["of"] == "src_conn_rate" and self._table(found) not in self._tables.periods_s
        if is_unkept or found["of"].startswith(("fe_", "table_")):
            return False
        track = self._track(found)
        if track is None:
            self._ignore("nobody counts in its table: without `track-sc0 src` the rate stays nought")
        elif track.key != "src" or not track.is_whole:
            by = track.key if track.key != "src" else "a condition"
            self._ignore(f"counts by {by}, and not each source that comes in")
        return track is None or track.key != "src" or not track.is_whole

    def _track(self, found: re.Match[str]) -> _Track | None:
        """Return what is counted of which a rule reads the rate; None where nothing is."""
        if found["of"] == "src_conn_rate":
            table = self._table(found)
            known = [one for one in self._tables.tracked.values() if one.table == table]
            return next((one for one in known if one.is_whole), known[0] if known else None)
        return self._tables.tracked.get((self._line.name, self._counter(found)))

    def _counter(self, found: re.Match[str]) -> str:
        """Return the counter that a rule reads: `sc0`, also where it is written `sc_conn_rate(0)`."""
        named = found["of"].partition("_")[0]
        return named if named != "sc" else f"sc{(found['table'] or '0').partition(',')[0].strip()}"

    def _table(self, found: re.Match[str]) -> str:
        if found["of"].startswith("sc"):
            track = self._tables.tracked.get((self._line.name, self._counter(found)))
            stated = (found["table"] or "").rpartition(",")[2].strip()
            is_table = bool(stated) and (found["of"] != "sc_conn_rate" or "," in found["table"])
            return stated if is_table or track is None else track.table
        return found["table"] or self._line.name

    def _server(self) -> None:
        words = self._line.words
        self._other_words(words)
        if not {"maxconn", "maxqueue"} & set(words) or self._is_left_out():
            return
        if words[0] == "default-server" and self._tables.all_own:
            self._ignore("each instance states its own")
            return
        if "backup" in words or "disabled" in words:
            self._ignore("of an instance that takes no connections while the others do")
            return
        service_name = self._line.name.removeprefix("tg_").removesuffix("_instances")
        limits = {key: words[words.index(key) + 1 :][:1] for key in ("maxconn", "maxqueue") if key in words}
        known_services = self._findings.subjects.world.services
        serving_count = self._tables.serving_count
        if serving_count > 1 and service_name not in map(identifier, known_services):
            title = f"{self._line.section} {self._line.name}".strip()
            one_of = f"holds for {title} only, one of {serving_count}"
            self._ignore(f"{one_of} with instances; none of the services is called so")
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

    def _other_words(self, words: list[str]) -> None:
        for key, why in _SERVER_WORDS.items():
            if key in words:
                value = " ".join(words[words.index(key) :][:2])
                self._findings.ignore(self._line.number, f"{' '.join(words[:2])} … {value}", why)

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
