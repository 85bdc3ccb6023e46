"""Which server does a workload run, and what does it limit? By image, arguments and what it mounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tidegate.gate.inventory.seen_thing import Figure, Seen, stated
from tidegate.gate.manifest_text import Manifest
from tidegate.gate.settings.servers import read_server
from tidegate.gate.workload import CONTAINERS

_BY_IMAGE = (
    (re.compile(r"pgbouncer"), "pgbouncer"),
    (re.compile(r"postg(res|is)"), "postgres"),
    (re.compile(r"mysql|mariadb|percona"), "mysql"),
    (re.compile(r"redis|valkey"), "redis"),
    (re.compile(r"mongo"), "mongodb"),
    (re.compile(r"kafka|redpanda"), "kafka"),
    (re.compile(r"rabbitmq"), "amqp"),
    (re.compile(r"memcached"), "memcached"),
    (re.compile(r"(^|/)nats"), "nats"),
)
_BESIDE = re.compile(r"exporter|operator|backup|metrics|admin|proxy-agent")
_STATED = re.compile(r"(max_connections|superuser_reserved_connections|maxclients)[= ](\d{1,7})", re.ASCII)


def state_server(one: Manifest, seen: Seen, files: Sequence[tuple[str, str, str, int]]) -> None:
    """Say of a workload what its image, arguments and configuration limit, where it is a server.

    Parameters
    ----------
    one, seen
        The workload, and what is seen of it.
    files
        What its pods mount.
    """
    images = [one.text((*CONTAINERS, index, "image")).lower() for index in range(len(one.items(CONTAINERS)))]
    bare = [image.rpartition("@")[0] or image for image in images]
    kind = next(
        (
            kind
            for image in bare
            for pattern, kind in _BY_IMAGE
            if pattern.search(image.rpartition("/")[2].partition(":")[0]) and not _BESIDE.search(image)
        ),
        "",
    )
    if not kind:
        return
    seen.words["protocol"] = "postgres" if kind == "pgbouncer" else kind
    if kind not in {"postgres", "mysql", "redis"}:
        return
    configured = next((text for name, text, *_ in files if name.endswith((".conf", ".cnf"))), "")
    server = read_server(kind, configured, seen.source)
    said = dict(_STATED.findall(" ".join(_words(one))))
    for key, number in server.numbers.items():
        if key in {"connections", "reserved_connections"} and number.value != "0":
            by = "its configuration" if number.setting is not None else f"{kind}'s own default"
            seen.figures[key] = Figure(
                value=float(number.value),
                low=float(number.value),
                high=float(number.value),
                basis="measured" if number.setting is not None else "published",
                source=f"{seen.source}, {by}",
            )
    most = said.get("max_connections") or said.get("maxclients")
    if most:
        seen.figures["connections"] = stated(float(most), f"{seen.source}, its arguments")
    seen.words["connections_when_full"] = "refuse"


def _words(one: Manifest) -> Iterator[str]:
    for index in range(len(one.items(CONTAINERS))):
        for part in ("command", "args"):
            for word in one.items((*CONTAINERS, index, part)):
                yield str(word)
