"""How is a cluster read while the gate runs? One thread a resource, and one that says things there."""

from __future__ import annotations

import http.client
import logging
import queue
import socket
import threading
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from tidegate.adapters.kubernetes_api.api_server import ApiServer
from tidegate.adapters.kubernetes_api.object_watch import Followed, ObjectWatch
from tidegate.gate.asking.mirrored.cluster_mirror import Mirror
from tidegate.gate.asking.mirrored.cluster_notes import Note, again, event_of

_LOG = logging.getLogger("tidegate.gate")
_MOST_NOTES = 200
_MOST_TOLD = 1_000
_CONFLICT = 409
_TRIES_FOR_S = 10.0
APPS = "/apis/apps/v1"
SCALING = tuple(f"/apis/autoscaling/{one}" for one in ("v2", "v2beta2", "v1"))
"""Where autoscalers are, the newest version first; an older server has not all of them."""
FOLLOWED = (
    *(
        Followed(resource=one, paths=(f"{APPS}/{one}",), query={})
        for one in ("deployments", "statefulsets", "replicasets")
    ),
    Followed(
        resource="horizontalpodautoscalers",
        paths=tuple(f"{one}/horizontalpodautoscalers" for one in SCALING),
        query={},
    ),
    Followed(
        resource="pods",
        paths=("/api/v1/pods",),
        query={"fieldSelector": "status.phase!=Succeeded,status.phase!=Failed"},
    ),
)
"""What is followed. It needs get, list and watch of these five, and create and patch of events."""


class ClusterReading:
    """Reads a cluster until it is told to end.

    Parameters
    ----------
    server
        Its API server.
    mirror
        Takes in what is read.
    registry
        Where its metrics are.
    clock
        As of the doors.
    """

    def __init__(
        self, server: ApiServer, mirror: Mirror, registry: CollectorRegistry, clock: Callable[[], float]
    ) -> None:
        self._server = server
        self._mirror = mirror
        self._clock = clock
        self._began_s = float("-inf")
        self._ends = threading.Event()
        self._notes: queue.Queue[Note | None] = queue.Queue(_MOST_NOTES)
        self._told: dict[str, int] = {}
        self._failures = Counter(
            "tidegate_gate_cluster_errors", "Times that a resource could not be read.", ["resource"],
            registry=registry,
        )  # fmt: skip
        self._unsaid = Counter(
            "tidegate_gate_events_lost", "Events that could not be kept in the cluster.", registry=registry
        )
        known = Gauge(
            "tidegate_gate_cluster_known", "Whether it is known what goes on there.", registry=registry
        )
        known.set_function(lambda: float(not mirror.doubt(clock())))
        self._threads = [
            threading.Thread(target=self._watch(one).go_on, name=one.resource, daemon=True)
            for one in FOLLOWED
        ]
        self._threads.append(threading.Thread(target=self._say_all, name="events", daemon=True))

    @property
    def is_read(self) -> bool:
        """Whether all was read once, or so long tried that who waits for it waits in vain."""
        now_s = self._clock()
        return not self._mirror.doubt(now_s) or now_s - self._began_s > _TRIES_FOR_S

    def begin(self) -> None:
        """Begin to read; returns at once."""
        self._began_s = self._clock()
        for one in self._threads:
            one.start()

    def say(self, note: Note) -> None:
        """Have something said in the cluster; returns at once."""
        try:
            self._notes.put_nowait(note)
        except queue.Full:
            self._unsaid.inc()

    def end(self) -> None:
        """End; a thread that hears nothing at the moment ends with the process."""
        self._ends.set()
        try:
            self._notes.put_nowait(None)
        except queue.Full:
            return
        self._threads[-1].join(1.0)

    def _watch(self, followed: Followed) -> ObjectWatch:
        return ObjectWatch(
            self._server,
            followed,
            self._mirror,
            clock=self._clock,
            wait=self._ends.wait,
            told=self._tell,
        )

    def _tell(self, resource: str, why: str, wait_s: float) -> None:
        self._failures.labels(resource).inc()
        _LOG.warning(
            "the cluster could not be read",
            extra={"resource": resource, "why": why[:500], "again_in_s": round(wait_s, 1)},
        )

    def _say_all(self) -> None:
        while (note := self._notes.get()) is not None:
            try:
                self._say(note)
            except (OSError, http.client.HTTPException) as error:
                self._fail(note, str(error))

    def _say(self, note: Note) -> None:
        own = self._mirror.find(note.about)
        scaler = None if own is None else self._mirror.scalers.of(own.key)
        if scaler is None:
            return
        now_s = self._clock()
        event = event_of(note, scaler, now_s=now_s, reporter=socket.gethostname())
        name, path = event["metadata"]["name"], f"/api/v1/namespaces/{scaler.key.namespace}/events"
        told_count = self._told.pop(name, 0)
        status = _CONFLICT if told_count else self._server.send("POST", path, event, "application/json")
        if status == _CONFLICT:
            patch = again(now_s, told_count + 1)
            status = self._server.send("PATCH", f"{path}/{name}", patch, "application/merge-patch+json")
        if status == http.client.NOT_FOUND:  # the server lets them go after an hour
            status = self._server.send("POST", path, event, "application/json")
            told_count = 0
        if status >= http.client.BAD_REQUEST:
            self._fail(note, f"the server answered {status}")
            return
        self._told[name] = told_count + 1
        while len(self._told) > _MOST_TOLD:
            del self._told[next(iter(self._told))]

    def _fail(self, note: Note, why: str) -> None:
        self._unsaid.inc()
        _LOG.warning("an Event could not be kept", extra={"about": note.about, "why": why[:500]})
