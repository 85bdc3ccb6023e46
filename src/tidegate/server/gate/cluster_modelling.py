"""How is a workload modelled while the gate runs? One thread fetches its objects, and reads what they say."""

from __future__ import annotations

import http.client
import logging
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from tidegate.adapters.kubernetes_api.api_server import ApiServer, ApiServerError
from tidegate.errors import InputError, TidegateError
from tidegate.gate.asking.bookings import Scaler
from tidegate.gate.asking.mirrored.cluster_model import RESOURCES, readings
from tidegate.gate.asking.mirrored.cluster_objects import Key
from tidegate.server.gate.cluster_reading import APPS, SCALING
from tidegate.verbs.unnamed import Read, Unnamed, Wanted

_LOG = logging.getLogger("tidegate.gate")
_LONGEST = 500


class ClusterModelling:
    """Models what is wanted, one after the other, until it is told to end.

    Parameters
    ----------
    server
        The cluster's API server.
    unnamed
        Who wants it.
    clock
        As of the doors.
    """

    def __init__(self, server: ApiServer, unnamed: Unnamed, clock: Callable[[], float]) -> None:
        self._server = server
        self._unnamed = unnamed
        self._clock = clock
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="modelling", daemon=True)

    def begin(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def end(self) -> None:
        """End; a thread that is asking at the moment ends with the process."""
        self._ends.set()
        try:
            self._unnamed.wanted.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(1.0)

    def _go_on(self) -> None:
        while (wanted := self._unnamed.wanted.get()) is not None and not self._ends.is_set():
            read = self._read(wanted)
            said = {"about": str(wanted.key), "why": read.why[:_LONGEST]}
            if read.why:
                _LOG.warning("a workload could not be modelled", extra=said)
            else:
                _LOG.info("a workload was modelled", extra=said)
            self._unnamed.give(wanted, read, self._clock())

    def _read(self, wanted: Wanted) -> Read:
        try:
            own = self._workload(wanted.key)
            scaler = None if wanted.scaler is None else self._scaler(wanted.scaler)
        except (OSError, http.client.HTTPException, TidegateError) as error:
            return Read(why=f"it could not be fetched to be modelled: {_line(error)}")
        try:
            files = readings(wanted.key, own, scaler, wanted.before_count, wanted.after_count)
        except InputError as error:
            return Read(own=own, scaler=scaler, why=f"its objects cannot be modelled: {_line(error)}")
        except Exception as error:  # noqa: BLE001  whatever it is, those that wait behind it are to be modelled
            why = f"it could not be modelled: our own fault ({_line(error)})."
            return Read(own=own, scaler=scaler, why=why)
        return Read(own=own, scaler=scaler, files=files)

    def _workload(self, key: Key) -> Mapping[str, Any]:
        """Return a workload's object."""
        where = f"{APPS}/namespaces/{quote(key.namespace, '')}/{RESOURCES[key.kind]}"
        return self._server.object(f"{where}/{quote(key.name, '')}")

    def _scaler(self, scaler: Scaler) -> Mapping[str, Any]:
        """Return an autoscaler's object, in the newest version that the server has.

        Raises
        ------
        ApiServerError
            If it has it in none.
        """
        where = f"namespaces/{quote(scaler.key.namespace, '')}/horizontalpodautoscalers"
        refused: ApiServerError | None = None
        for version in SCALING:
            try:
                return self._server.object(f"{version}/{where}/{quote(scaler.key.name, '')}")
            except ApiServerError as error:
                if error.status != http.client.NOT_FOUND:
                    raise
                refused = refused or error
        assert refused is not None
        raise refused


def _line(error: Exception) -> str:
    """Return what an error says, in one line."""
    return " ".join(str(error).split())[:_LONGEST] or type(error).__name__
