"""What world do the options of ``tidegate check --scale …`` imply? Words in, world out.

Nothing here reads an argument vector, a file or prints.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.fleet import Fleet, Implied, Said, fleet_document, implied

COMMAND_LINE = Place(source="command line")
VERSION = "kubernetes"
MOST_INSTANCES = 10_000_000
_SCALE = re.compile(r"(\d{1,9}):(\d{1,9})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be said about a fleet on the command line, each as it was written; None if it was not.

    Parameters
    ----------
    scale
        Instances before and after: ``40:120``.
    pool
        Connections that each instance keeps open: ``20``.
    spread
        Over which time new instances start: ``5s``.
    retry
        How clients try again, by catalogue name.
    through
        The device between clients and service, by catalogue name.
    to
        Host or name of the service.
    timeout
        After which an attempt is given up: ``1s``.
    rate
        Requests of one instance: ``50/s``.
    service_time
        Mean time to serve one request: ``5ms``.
    connections
        Connections the service accepts: ``500``.
    reconnect
        Share of the running instances that open their connections anew: ``100%``.
    kubernetes
        Version of the cluster whose controller an autoscaler of manifests goes by: ``1.29``.
    """

    scale: str | None = None
    pool: str | None = None
    spread: str | None = None
    retry: str | None = None
    through: str | None = None
    to: str | None = None
    timeout: str | None = None
    rate: str | None = None
    service_time: str | None = None
    connections: str | None = None
    reconnect: str | None = None
    kubernetes: str | None = None

    def said(self) -> dict[str, Said]:
        """Return what was said, by option name."""
        return {
            field.name: Said(text=text, by="--" + field.name.replace("_", "-"), place=COMMAND_LINE)
            for field in fields(self)
            if (text := getattr(self, field.name)) is not None
        }


def world_from_options(options: Options) -> Implied:
    """Return the world that the options imply; what they leave out is assumed within wide ranges.

    Raises
    ------
    InputError
        If `scale` is missing, or an option is not of its kind; every fault names its option.
    """
    words = options.said()
    if "scale" not in words:
        allowed = "BEFORE:AFTER, such as 40:120"
        raise InputError(Fault(what="is missing", path="--scale", allowed=allowed, place=COMMAND_LINE))
    refuse_version(words)
    before_count, after_count = read_scale(words["scale"])
    fleet = Fleet(before_count=before_count, after_count=after_count, words=words)
    return implied(fleet, fleet_document(fleet), COMMAND_LINE.source)


def refuse_version(words: Mapping[str, Said]) -> None:
    """Refuse a version of Kubernetes where no autoscaler would go by it.

    Raises
    ------
    InputError
        If one was said.
    """
    if VERSION in words:
        said = words[VERSION]
        what, allowed = "is given, but no autoscaler goes by it", "manifests with an autoscaler beside it"
        raise InputError(Fault(what=what, path=said.by, value=said.text, allowed=allowed, place=said.place))


def read_scale(said: Said) -> tuple[int, int]:
    """Return the instances before and after a change of size, from ``40:120``.

    Raises
    ------
    InputError
        If it is not two whole numbers, both at least 1 and not the same.
    """
    found = _SCALE.fullmatch(said.text.strip())
    sizes = (int(found[1]), int(found[2])) if found else (0, 0)
    if not found:
        what = "is not a change of size"
    elif not all(1 <= size <= MOST_INSTANCES for size in sizes):
        what = "has an impossible number of instances"
    elif sizes[0] == sizes[1]:
        what = "changes nothing"
    else:
        return sizes
    allowed = f"BEFORE:AFTER, such as 40:120, each from 1 to {MOST_INSTANCES:,}"
    raise InputError(Fault(what=what, path=said.by, value=said.text, allowed=allowed, place=said.place))
