"""What does an nginx configuration limit, in the words of a world? Reading only.

A limit on open connections is taken over where the only server that hands connections on states it, for all
of its locations. In `http` nginx counts a connection while it has a request in progress.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch

from tidegate.protect.adopted import Findings
from tidegate.protect.config_file import identifier
from tidegate.protect.targets.nginx_text import Directive, directives
from tidegate.protect.targets.share import devices_before
from tidegate.world.file.nearest_name import shown

_WHOLE = re.compile(r"\d{1,12}", re.ASCII)
_TOLD = re.compile(r"^nginx: .*$", re.MULTILINE)
"""What `nginx -T` says besides, where that was kept too."""
_PRINTED = re.compile(r"^# configuration file (\S+):\s*$", re.MULTILINE)
_NAMED = re.compile(r"crossings\.([^\s.]+)\.")
_SOURCES = frozenset({"$binary_remote_addr", "$remote_addr"})
_ELSEWHERE = "another file, which was not read; `nginx -T` prints all of them as one"
_HANDS_ON = re.compile(r"(proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass|root|alias|\w+_by_lua_\w+")
_SILENT = "how long an instance may be silent: nginx' own time-out, which a world has no key for"
_UNUSED = {
    "limit_req": "limits requests, not new flows",
    "limit_rate": "limits bytes, not new flows",
    "proxy_download_rate": "limits bytes, not new flows",
    "proxy_upload_rate": "limits bytes, not new flows",
    "proxy_limit_rate": "limits bytes, not new flows",
    "worker_connections": "what a worker holds, to clients and to instances: a world has no key for it",
    "worker_rlimit_nofile": "the files a worker process holds: a world has no key for it",
    "proxy_connect_timeout": "how long nginx tries to reach an instance: a world has no key for it",
    "grpc_connect_timeout": "how long nginx tries to reach an instance: a world has no key for it",
    "fastcgi_connect_timeout": "how long nginx tries to reach an instance: a world has no key for it",
    "proxy_next_upstream": "is nginx's own trying again at another instance",
    "proxy_next_upstream_tries": "is nginx's own trying again at another instance",
    "proxy_next_upstream_timeout": "is nginx's own trying again at another instance",
    "grpc_next_upstream": "is nginx's own trying again at another instance",
    "queue": "how many requests wait for a free instance: a world has no key for it",
    "proxy_read_timeout": _SILENT,
    "proxy_send_timeout": "how long an instance may not read: a world has no key for it",
    "proxy_timeout": "how long a session may be silent: a world has no key for it",
    "grpc_read_timeout": _SILENT,
    "fastcgi_read_timeout": _SILENT,
    "keepalive": "how many idle connections nginx keeps to instances: a world has no key for it",
    "keepalive_timeout": "when idle connections are closed: a world has no key for it",
    "keepalive_requests": "after how many requests a connection is closed: a world has no key for it",
}


@dataclass(kw_only=True)
class _Server:
    """One server block: where it listens, and whether connections go anywhere from it."""

    listens: list[str] = field(default_factory=list)
    hands_on: bool = False
    own: list[str] = field(default_factory=list)
    """Locations with limits of their own, which take the place of those around them."""

    @property
    def title(self) -> str:
        return f"the server at {', '.join(self.listens) or 'no address'}"


@dataclass(kw_only=True)
class _Whole:
    """What the text says in other places than the one that is read."""

    zones: dict[str, str]
    shared: set[str]
    upstreams: set[str]
    servers: dict[int, _Server]
    is_fragment: bool
    named: str
    dry_runs: list[Directive]

    def is_dry(self, one: Directive) -> bool:
        """Whether a limit is only tried out: by the nearest word on that around it."""
        around = [each for each in self.dry_runs if each.blocks == one.blocks[: len(each.blocks)]]
        return bool(around) and max(around, key=lambda each: len(each.blocks)).words[-1] == "on"


def interpret(text: str, findings: Findings) -> None:
    """Give `findings` every limit on connections that the configuration holds."""
    text = _TOLD.sub("", text)
    found = directives(text, findings)
    printed = _PRINTED.findall(text)
    found = [one for one in found if not _is_printed(one, printed)]
    whole = _whole(text, found)
    for one in found:
        name = one.words[0]
        if name == "limit_conn":
            _limit_conn(one, whole, findings)
        elif name == "server" and one.within and one.within[-1][:1] == ("upstream",):
            _max_conns(one, whole, findings)
        elif name == "include" and one.words[-1].rpartition("/")[2] not in {"mime.types", "fastcgi_params"}:
            findings.ignore(one.line, one.text, _ELSEWHERE)
        elif name in _UNUSED:
            findings.ignore(one.line, one.text, _UNUSED[name])


def _is_printed(one: Directive, printed: Sequence[str]) -> bool:
    """Whether a directive includes files of which `nginx -T` prints each further down."""
    pattern = one.words[-1]
    return one.words[0] == "include" and any(
        fnmatch(name, pattern) or fnmatch(name, f"*/{pattern}") for name in printed
    )


def _whole(text: str, found: Sequence[Directive]) -> _Whole:
    named = _NAMED.search(text)
    servers: dict[int, _Server] = {}
    for one in found:
        for words, number in zip(one.within, one.blocks, strict=True):
            if words == ("server",):
                _note(one, servers.setdefault(number, _Server()))
    inside = {words[0] for one in found for words in one.within[:1] if words}
    includes = any(one.words[0] == "include" for one in found)
    return _Whole(
        zones={
            _zone(one): one.words[1]
            for one in found
            if one.words[0] == "limit_conn_zone" and len(one.words) > 2
        },
        shared={
            one.within[-1][-1] for one in found if one.words[0] == "zone" and one.within and one.within[-1]
        },
        upstreams=_used(found),
        servers=servers,
        is_fragment=includes or not inside & {"http", "stream"},
        named=named[1] if named else "",
        dry_runs=[one for one in found if one.words[0] == "limit_conn_dry_run"],
    )


def _used(found: Sequence[Directive]) -> set[str]:
    """Return the upstreams that some server hands connections to; all where the text has no such server."""
    all_of_them = {words[-1] for one in found for words in one.within if words[:1] == ("upstream",)}
    passed = [one.words[1] for one in found if one.words[0].endswith("_pass") and len(one.words) > 1]
    return {name for name in all_of_them if any(name == _host(word) for word in passed)} or all_of_them


def _host(address: str) -> str:
    """Return the name in what is passed to: `http://app/x` and `app` name `app`."""
    return address.rpartition("://")[2].partition("/")[0].partition(":")[0]


def _note(one: Directive, server: _Server) -> None:
    """Note what a directive says of the server it stands in."""
    if one.words[0] == "listen" and len(one.words) > 1:
        server.listens.append(one.words[1])
    server.hands_on |= bool(_HANDS_ON.fullmatch(one.words[0]))
    location = _location(one)
    if one.words[0] == "limit_conn" and location:
        server.own.append(location)


def _location(one: Directive) -> str:
    """Return the location that a directive stands in; empty where it stands outside of any."""
    return next((" ".join(words[1:]) for words in one.within if words[:1] == ("location",)), "")


def _zone(one: Directive) -> str:
    return next((word[5:].partition(":")[0] for word in one.words if word.startswith("zone=")), "")


def _limit_conn(one: Directive, whole: _Whole, findings: Findings) -> None:
    if len(one.words) != 3 or not _WHOLE.fullmatch(one.words[2]) or int(one.words[2]) == 0:
        findings.fault(
            one.line, "states no number of connections", value=one.text, allowed="limit_conn ZONE 100"
        )
        return
    if one.words[1] not in whole.zones:
        if whole.is_fragment:
            why = "counts in a zone that stands in another file; `nginx -T` prints all of them as one"
            findings.ignore(one.line, one.text, why)
            return
        allowed = "limit_conn_zone KEY zone=NAME:SIZE"
        findings.fault(one.line, "counts in a zone that is not defined", value=one.words[1], allowed=allowed)
        return
    why = _part(one, whole)
    if why:
        findings.ignore(one.line, one.text, why)
        return
    crossing = findings.crossing(one.line, whole.named, str)
    if crossing:
        at = f"crossings.{crossing}.admission."
        if findings.stricter(at + "concurrent", int(one.words[2]), one.text, one.line):
            findings.found(at + "on_excess", "reset", one.text, one.line)


def _part(one: Directive, whole: _Whole) -> str:
    """Return why a limit does not hold for all that comes in; empty where it does."""
    key = whole.zones[one.words[1]]
    if whole.is_dry(one):
        return "is only tried out (limit_conn_dry_run): it limits nothing"
    if key in _SOURCES:
        return "limits the open connections of one source: a world has no key for it"
    location = _location(one)
    if location:
        return f"holds for {location} only, and counts requests in progress"
    number = next((n for words, n in zip(one.within, one.blocks, strict=True) if words == ("server",)), None)
    carrying = [server for server in whole.servers.values() if server.hands_on or server.listens]
    if number is not None and len(carrying) > 1:
        return f"holds for {whole.servers[number].title} only, one of {len(carrying)}"
    if number is None and len(carrying) > 1 and "$" in key:
        return f"counts each {key} by itself, and there are {len(carrying)} servers"
    own = [place for server in carrying for place in server.own]
    return f"does not hold for {', '.join(own)}, which has its own" if own else ""


def _max_conns(one: Directive, whole: _Whole, findings: Findings) -> None:
    other = [
        word for word in one.words if word.partition("=")[0] in {"max_fails", "fail_timeout", "slow_start"}
    ]
    if other:
        findings.ignore(
            one.line, " ".join(other), "takes an instance out after failures, or lets it back slowly"
        )
    limit = next((word[10:] for word in one.words if word.startswith("max_conns=")), "")
    if not limit or limit == "0":
        return
    if not _WHOLE.fullmatch(limit):
        findings.fault(one.line, "states no number of connections", value=shown(one.text))
        return
    upstream = one.within[-1][-1]
    why = _left_out(one, upstream, whole, findings)
    if why:
        findings.ignore(one.line, one.text, why)
        return
    service = findings.service(one.line, upstream.removeprefix("tg_"), identifier)
    if not service:
        return
    devices = devices_before(findings.subjects.world, service, whole.named or findings.subjects.crossing)
    if findings.stricter(f"services.{service}.connections", int(limit) * devices, one.text, one.line):
        findings.found(f"services.{service}.connections_when_full", "refuse", one.text, one.line)


def _left_out(one: Directive, upstream: str, whole: _Whole, findings: Findings) -> str:
    """Return why the limit of an instance is none of a service; empty where it is."""
    if upstream not in whole.shared:
        return "without `zone` it holds for each worker process by itself"
    if {"backup", "down"} & set(one.words):
        return "of an instance that takes no connections while the others do"
    names = map(identifier, findings.subjects.world.services)
    if upstream not in whole.upstreams:
        return f"no server hands connections to upstream {upstream}"
    if len(whole.upstreams) > 1 and upstream.removeprefix("tg_") not in names:
        return f"holds for upstream {upstream} only, one of {len(whole.upstreams)}; no service is called so"
    return ""
