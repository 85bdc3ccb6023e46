"""How are the objects of a resource followed? All are listed, then each change is heard.

A watch that ends goes on where it was; one that is too far behind lists anew; one that is refused or breaks
waits, longer each time and never all at the same moment.
"""

from __future__ import annotations

import http.client
import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tidegate.adapters.kubernetes_api.api_server import ApiServer, ApiServerError, is_gone

WATCH_S = (20.0, 30.0)
"""How long a watch is asked for: short enough that a dead connection is not taken for a quiet cluster."""
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
_MISSING = 404


class Listener(Protocol):
    """What takes in what is followed."""

    def replace(self, resource: str, objects: Iterable[Mapping[str, Any]]) -> None:
        """Take in all objects of a resource."""

    def take(self, resource: str, happened: str, found: Mapping[str, Any]) -> None:
        """Take in what happened to one."""

    def hear(self, resource: str, now_s: float, ahead_s: float | None = None) -> None:
        """Take in that all was heard up to now."""


@dataclass(frozen=True, kw_only=True)
class Followed:
    """One resource that is followed.

    Parameters
    ----------
    resource
        Its name.
    paths
        Where it is, by the version of the API, the newest first: the first that the server knows is used.
    query
        What is asked of it beside.
    """

    resource: str
    paths: tuple[str, ...]
    query: Mapping[str, str]


class ObjectWatch:
    """Follows one resource.

    Parameters
    ----------
    server, followed, listener
        Whom to ask, what for, and who hears it.
    clock
        Gives the seconds since 1970, as the listener takes them.
    wait
        Waits so many seconds; returns whether to end.
    told
        Called with each error, and after how many seconds it is tried again.
    """

    def __init__(
        self,
        server: ApiServer,
        followed: Followed,
        listener: Listener,
        *,
        clock: Callable[[], float],
        wait: Callable[[float], bool],
        told: Callable[[str, str, float], None],
    ) -> None:
        self._server = server
        self._followed = followed
        self._listener = listener
        self._clock = clock
        self._wait = wait
        self._told = told
        self._paths = itertools.cycle(followed.paths)
        self._path = next(self._paths)
        self._failures_count = 0

    def go_on(self) -> None:
        """Follow it until told to end."""
        version = ""
        while True:
            began_s = self._clock()
            try:
                if version:
                    version = self._heard(version)
                    is_short = self._clock() - began_s < FIRST_WAIT_S
                    wait_s = random.uniform(0.5, 1.0) * FIRST_WAIT_S if is_short else 0.0  # noqa: S311  no secret
                else:
                    version, wait_s = self._listed(), 0.0
                self._failures_count = 0
            except (OSError, http.client.HTTPException, ApiServerError) as error:
                if isinstance(error, ApiServerError):
                    version = ""
                wait_s = self._next_wait_s(error)
                self._told(self._followed.resource, str(error) or type(error).__name__, wait_s)
            if self._wait(wait_s):
                return

    def _listed(self) -> str:
        """Take in all objects, page by page; return the version from which on changes are followed."""
        version, ahead_s = "", None

        def objects() -> Iterator[Mapping[str, Any]]:
            nonlocal version, ahead_s
            goes_on = ""
            while True:
                page = self._server.page(self._path, self._followed.query, goes_on)
                ahead_s = None if page.said_s is None else page.said_s - self._clock()
                yield from page.objects
                version, goes_on = page.version, page.goes_on
                if not goes_on:
                    return

        self._listener.replace(self._followed.resource, objects())
        self._listener.hear(self._followed.resource, self._clock(), ahead_s)
        return version

    def _heard(self, version: str) -> str:
        """Follow what happens from a version on; return the version to go on from."""
        for_s = random.uniform(*WATCH_S)  # noqa: S311  no secret: so that watches do not all end at once
        changes = self._server.changes(self._path, self._followed.query, version, for_s)
        for happened, found, said_s in changes:
            if happened not in {"", "BOOKMARK"}:
                self._listener.take(self._followed.resource, happened, found)
            meta = found.get("metadata")
            version = str(meta.get("resourceVersion") or version) if isinstance(meta, dict) else version
            self._hear(said_s)
        self._hear(None)
        return version

    def _hear(self, said_s: float | None) -> None:
        now_s = self._clock()
        self._listener.hear(self._followed.resource, now_s, None if said_s is None else said_s - now_s)

    def _next_wait_s(self, error: Exception) -> float:
        if is_gone(error):
            return random.uniform(0.0, FIRST_WAIT_S)  # noqa: S311  as above
        if isinstance(error, ApiServerError) and error.status == _MISSING:
            self._path = next(self._paths)
        self._failures_count += 1
        most_s = min(FIRST_WAIT_S * 2.0 ** min(self._failures_count - 1, 10), LONGEST_WAIT_S)
        return random.uniform(0.5, 1.0) * most_s  # noqa: S311  as above
