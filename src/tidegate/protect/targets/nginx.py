"""How does nginx (open source) write a protection of a crossing and of what stands behind it? Write and read.

It limits open connections, over all its worker processes where the count stands in shared memory. It has no
limit on new connections a second at this level, and no queue: what is too much is closed.
"""

from __future__ import annotations

from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written, comments, identifier, short
from tidegate.protect.protection import Protection
from tidegate.protect.targets import nginx_limits
from tidegate.protect.targets.behind import Ends, proxied
from tidegate.protect.targets.share import asked, each_device_count
from tidegate.world.world import WorldFile

TARGET = "nginx"
_BELONGS = "is not the business of a TCP proxy; give it to the client, the device before it or the scaler"
_NO_RATE = "the open-source edition limits open connections, not new ones a second, at this level"
_NO_QUEUE = "the open-source edition keeps no queue of connections"
_MOST = 2**31 - 1
_MOST_COUNTED = 65535
_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return a configuration for each crossing, with a proxy for every service behind it.

    Parameters
    ----------
    protection
        What is to be said.
    file
        The world it protects.
    addresses
        Where proxies listen and instances stand.
    """
    draft = Draft(TARGET, protection, file, stands_before=True)
    ends = Ends(draft, addresses)
    done: set[str] = set()
    for name in draft.world.crossings:
        behind = tuple(one for one in proxied(draft, name) if one not in done)
        _refuse(draft, name)
        wanted = [
            f"services.{service}.{key}"
            for service in behind
            for key in ("connections", "connections_when_full")
        ]
        wanted += [f"crossings.{name}.admission.{key}" for key in ("concurrent", "on_excess")]
        if behind and draft.has(*wanted):
            _device(draft, ends, name, behind)
            done.update(behind)
    return draft.written(_BELONGS)


def _refuse(draft: Draft, name: str) -> None:
    at = f"crossings.{name}.admission."
    for key in ("rate", "burst", "per_source", "per_source_burst"):
        draft.refuse(at + key, _NO_RATE)
    for service in proxied(draft, name):
        for key in ("queue", "queue_when_full"):
            draft.refuse(f"services.{service}.{key}", _NO_QUEUE)


def _device(draft: Draft, ends: Ends, name: str, behind: tuple[str, ...]) -> None:
    before, file_name = draft.said_count, f"{identifier(name)}.nginx.conf"
    zone, limit = _concurrent(draft, name)
    upstreams = [line for service in behind for line in _upstream(draft, ends, name, service)]
    servers = [line for service in behind for line in _server(ends, service, limit)]
    if draft.said_count == before:
        return
    lines = [
        f"# Protection of the crossing {short(name)} (world {short(draft.world.name)}).",
        f"# Check it: nginx -t -c $PWD/{file_name}",
        "# Where the stream module is built in, or lies elsewhere, change this line.",
        f"load_module {_MODULE};",
        "events {",
        "    worker_connections 65536;",
        "}",
        "stream {",
        *(f"    {line}" for line in zone),
        *(f"    {line}" for line in (*upstreams, *servers)),
        "}",
    ]
    draft.add(file_name, "\n".join(lines) + "\n")
    devices = draft.world.crossings[name].devices_count
    if devices > 1:
        draft.note(f"Run it on each of the {devices} devices: every limit holds for one of them.")


def _concurrent(draft: Draft, name: str) -> tuple[list[str], list[str]]:
    """Return the lines that count open connections, and those that limit them."""
    at = f"crossings.{name}.admission."
    admission = draft.world.crossings[name].admission
    element = draft.find(at + "concurrent")
    excess = draft.find(at + "on_excess")
    if admission is None or admission.concurrent_count is None:
        draft.refuse(at + "concurrent", "no limit is the absence of a line: remove the old one")
        draft.refuse(at + "on_excess", "there is no limit whose excess it would be")
        return [], []
    if admission.concurrent_count > _MOST_COUNTED:
        for key in ("concurrent", "on_excess"):
            draft.refuse(at + key, f"nginx counts open connections to {_MOST_COUNTED:,} at most")
        return [], []
    if element is None and excess is None:
        return [], []
    draft.say(at + "concurrent")
    if admission.on_excess == "reset":
        draft.say(at + "on_excess")
    else:
        draft.refuse(at + "on_excess", "nginx accepts the excess and closes it; it cannot drop")
    zone = [
        "# One count for all proxies: the protocol is the same for each.",
        "limit_conn_zone $protocol zone=tg_all:1m;",
    ]
    return zone, [*comments(element, excess), f"limit_conn tg_all {admission.concurrent_count};"]


def _upstream(draft: Draft, ends: Ends, crossing: str, name: str) -> list[str]:
    at = f"services.{name}."
    service = draft.world.services[name]
    elements = asked(draft, name)
    each = each_device_count(draft, crossing, name)
    if each is not None and each > _MOST:
        for element in elements:
            draft.refuse(element.path, f"nginx counts to {_MOST:,} at most")
        each = None
    limit, lines = "", []
    if each is not None:
        draft.say(at + "connections")
        if service.connections_when_full == "refuse":
            draft.say(at + "connections_when_full")
        else:
            draft.refuse(at + "connections_when_full", _NO_QUEUE)
            draft.note(f"{at}connections: what is too much is closed; nginx does not let it wait.")
        limit, lines = f" max_conns={each}", [f"    {line}" for line in comments(*elements)]
    word = identifier(name)
    addresses = ends.instances(name)
    if len(addresses) < service.instances_count and limit:
        draft.note(f"List every instance of {name}: max_conns holds for each that is listed.")
    return [
        f"upstream tg_{word} {{",
        "    # Shared memory: without it each worker process would count by itself.",
        f"    zone tg_{word} 256k;",
        "    least_conn;",
        *lines,
        *(f"    server {address}{limit};" for address in addresses),
        "}",
    ]


def _server(ends: Ends, name: str, limit: list[str]) -> list[str]:
    address = ends.listen(name).removeprefix(":")
    return [
        "server {",
        f"    listen {address};",
        *(f"    {line}" for line in limit),
        f"    proxy_pass tg_{identifier(name)};",
        "}",
    ]


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what an nginx configuration says about a crossing and the services behind it.

    Parameters
    ----------
    text
        The configuration, included files already put in (`nginx -T`).
    source
        Its name.
    subjects
        What is meant where the text does not say so.

    Raises
    ------
    InputError
        With every fault of the text, each with its line.
    """
    findings = Findings(TARGET, source, subjects)
    nginx_limits.interpret(text, findings)
    return findings.adopted()
