"""Do the world's services answer? Asked again and again; several failures in a row are an alert.

A probe says what it saw from here and no more: what it means is for the same rules that read every other
alert. One thread an address, so that one that hangs keeps no other waiting.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tidegate.adapters.telemetry.guarded_http import Answer, GuardedHttp
from tidegate.server.setting import ServerSetting
from tidegate.track.alert import Alert, AlertBatch

FAILURES_COUNT = 3
_TIMEOUT_S = 5.0


@dataclass(kw_only=True)
class Probe:
    """One service that is asked, and what it said last.

    Parameters
    ----------
    service, url
        What is asked, and where.
    """

    service: str
    url: str
    asked_s: float = 0.0
    failures_count: int = 0
    since_s: float = 0.0
    why: str = ""
    is_failing: bool = False

    def take(self, answer: Answer, now_s: float) -> None:
        """Take in an answer that came at `now_s`, seconds since 1970."""
        self.asked_s = now_s
        if answer.status_count and answer.status_count < 500:
            self.failures_count, self.is_failing, self.why = 0, False, ""
            return
        if not self.failures_count:
            self.since_s = now_s
        self.failures_count += 1
        self.why = answer.why or f"it answered with {answer.status_count}"
        self.is_failing = self.failures_count >= FAILURES_COUNT

    @property
    def is_answered(self) -> bool:
        """Whether the latest question was answered."""
        return self.asked_s > 0.0 and not self.failures_count

    def alert(self) -> Alert | None:
        """Return what it says as an alert; None before it ever failed for long enough."""
        if not self.since_s or (not self.is_failing and self.failures_count):
            return None
        return Alert(
            fingerprint=f"probe{self.service}",
            is_firing=self.is_failing,
            starts_s=self.since_s,
            ends_s=None if self.is_failing else self.asked_s,
            labels={"service": self.service, "severity": "major", "alertname": "probe failed"},
            annotations={"summary": f"{self.service} does not answer: {self.why}"} if self.is_failing else {},
        )


class Probing:
    """Asks every service that the settings name.

    Parameters
    ----------
    setting
        Which, where, how often, and which private networks may be asked.
    """

    def __init__(self, setting: ServerSetting, clock: Callable[[], float] = time.time) -> None:
        self.probes = [Probe(service=name, url=url) for name, url in setting.probes.items()]
        self._every_s = setting.probe_every_s
        self._clock = clock
        self._http = GuardedHttp(timeout_s=_TIMEOUT_S, networks=setting.probe_networks)
        self._over = threading.Event()

    def start(self) -> None:
        """Begin to ask."""
        for probe in self.probes:
            threading.Thread(
                target=self._run, args=(probe,), name=f"probe {probe.service}", daemon=True
            ).start()

    def stop(self) -> None:
        """Ask no more."""
        self._over.set()

    def said(self) -> AlertBatch:
        """Return what the probes say now."""
        found = tuple(alert for probe in self.probes if (alert := probe.alert()) is not None)
        return AlertBatch(alerts=found, truncated_count=0, receiver="probes", external_url="")

    def answered_s(self) -> dict[str, float]:
        """Return when each service answered, in seconds since 1970, where its latest probe was answered."""
        return {probe.service: probe.asked_s for probe in self.probes if probe.is_answered}

    def _run(self, probe: Probe) -> None:
        while not self._over.is_set():
            probe.take(self._http.get(probe.url), self._clock())
            # Where one failure was seen, the next question comes sooner: three in a row must be quick.
            pause_s = min(self._every_s, 5.0) if 0 < probe.failures_count < FAILURES_COUNT else self._every_s
            self._over.wait(pause_s)
