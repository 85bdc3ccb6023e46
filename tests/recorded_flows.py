"""Records as `conntrack` prints them, of traffic whose truth is known: drawn, not recorded."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

_START_S = 1795888543.0
_KINDS = {"NEW": "    [NEW]", "UPDATE": " [UPDATE]", "DESTROY": "[DESTROY]"}


@dataclass
class Drawn:
    """What happens, in lines with their times."""

    chance: random.Random
    length_s: float
    hold_s: float = 120.0
    lines: list[tuple[float, str]] = field(default_factory=list)
    open_at_end: list[str] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)

    def _say(self, at_s, happens, rest):
        if 0.0 <= at_s < self.length_s:
            self.lines.append((at_s, f"[{_START_S + at_s:.6f}]\t{_KINDS[happens]} {rest}"))

    def _port(self, source):
        self.ports[source] = self.ports.get(source, 0) + 1
        return 1024 + self.ports[source] % 60_000

    def flow(self, source, target, at_s, life_s, *, answer="answered"):
        """One TCP flow that begins at a time and lives so long; it may be refused, or not answered."""
        port = self._port(source)
        address, asked = target
        one = f"src={source} dst={address} sport={port} dport={asked}"
        back = f"src={address} dst=203.0.113.7 sport={asked} dport={port}"
        self._say(at_s, "NEW", f"tcp      6 120 SYN_SENT {one} [UNREPLIED] {back}")
        if answer == "refused":
            self._say(at_s + 0.0005, "DESTROY", f"tcp      6 120 CLOSE {one} [UNREPLIED] {back}")
            return
        if answer == "silent":
            self._say(at_s + 120.0, "DESTROY", f"tcp      6 {one} [UNREPLIED] {back}")
            return
        self._say(at_s + 0.0002, "UPDATE", f"tcp      6 60 SYN_RECV {one} {back}")
        self._say(at_s + 0.0004, "UPDATE", f"tcp      6 432000 ESTABLISHED {one} {back} [ASSURED]")
        if at_s + life_s >= self.length_s:
            self.open_at_end.append(f"tcp      6 431999 ESTABLISHED {one} {back} [ASSURED] mark=0 use=1")
        ended_s = at_s + life_s
        self._say(ended_s, "UPDATE", f"tcp      6 120 FIN_WAIT {one} {back} [ASSURED]")
        self._say(ended_s + 0.0003, "UPDATE", f"tcp      6 30 LAST_ACK {one} {back} [ASSURED]")
        self._say(ended_s + 0.0005, "UPDATE", f"tcp      6 120 TIME_WAIT {one} {back} [ASSURED]")
        late_s = self.chance.uniform(0.005, 1.0) * 0.05 * self.hold_s
        self._say(ended_s + 0.0005 + self.hold_s + late_s, "DESTROY", f"tcp      6 {one} {back} [ASSURED]")

    def kept_before(self, source, target, count):
        """Connections from before the record: no event tells of them."""
        for _ in range(count):
            port = self._port(source)
            one = f"src={source} dst={target[0]} sport={port} dport={target[1]}"
            back = f"src={target[0]} dst=203.0.113.7 sport={target[1]} dport={port}"
            self.open_at_end.append(f"tcp      6 431999 ESTABLISHED {one} {back} [ASSURED] mark=0 use=1")

    def closed(self, source, target, think_s, life_s):
        """A client that waits for its answer, and pauses before it asks again."""
        at_s = self.chance.expovariate(1.0 / think_s)
        while at_s < self.length_s:
            lived_s = self.chance.expovariate(1.0 / life_s) + 0.0005
            self.flow(source, target, at_s, lived_s)
            at_s += lived_s + self.chance.expovariate(1.0 / think_s)

    def opened(self, sources, target, rate_per_s, life_s, *, silent=None):
        """Requests at a rate from some sources; silent between two times."""
        at_s = self.chance.expovariate(rate_per_s)
        while at_s < self.length_s:
            is_silent = silent is not None and silent[0] <= at_s < silent[1]
            lived_s = self.chance.expovariate(1.0 / life_s) + 0.0005
            answer = "silent" if is_silent else "answered"
            self.flow(self.chance.choice(sources), target, at_s, lived_s, answer=answer)
            at_s += self.chance.expovariate(rate_per_s)

    def retries(self, source, target, think_s, life_s, *, timeout_s, waits, fails=()):
        """A client that tries again: `waits` gives the wait after the n-th failure, None where it gives up.

        `fails` has spells as (from, to, "silent" or "refused"); who is not answered waits for its time-out.
        """
        at_s = self.chance.expovariate(1.0 / think_s)
        while at_s < self.length_s:
            number, wait_s = 0, 0.0
            while (how := self._fate(at_s, fails)) != "answered" and wait_s is not None:
                self.flow(source, target, at_s, 0.0, answer=how)
                number += 1
                at_s += timeout_s if how == "silent" else 0.0005
                wait_s = waits(number, self.chance)
                at_s += wait_s or 0.0
            if wait_s is not None:
                lived_s = self.chance.expovariate(1.0 / life_s) + 0.0005
                self.flow(source, target, at_s, lived_s)
                at_s += lived_s
            at_s += self.chance.expovariate(1.0 / think_s)

    def stuck(self, source, target, think_s, life_s, silent):
        """A client without a time-out: what it asks in a silence is answered only after it."""
        at_s = self.chance.expovariate(1.0 / think_s)
        while at_s < self.length_s:
            if silent[0] <= at_s < silent[1]:
                self.flow(source, target, at_s, 0.0, answer="silent")
                at_s = silent[1]
            else:
                lived_s = self.chance.expovariate(1.0 / life_s) + 0.0005
                self.flow(source, target, at_s, lived_s)
                at_s += lived_s
            at_s += self.chance.expovariate(1.0 / think_s)

    def restarted(self, source, target, pool, at_s, spread_s):
        """Connections from before the record that a restart ends, each made anew within a time."""
        for _ in range(pool):
            port = self._port(source)
            one = f"src={source} dst={target[0]} sport={port} dport={target[1]}"
            back = f"src={target[0]} dst=203.0.113.7 sport={target[1]} dport={port}"
            self._say(at_s, "UPDATE", f"tcp      6 120 FIN_WAIT {one} {back} [ASSURED]")
            self._say(at_s + 0.001, "UPDATE", f"tcp      6 120 TIME_WAIT {one} {back} [ASSURED]")
            self.flow(source, target, at_s + self.chance.uniform(0.0, spread_s), 1e6)

    @staticmethod
    def _fate(at_s, fails):
        return next((how for begin_s, end_s, how in fails if begin_s <= at_s < end_s), "answered")

    def aged(self, source, target, pool, age_s, jitter_ratio):
        """Connections that are closed at an age, and made anew at once."""
        for _ in range(pool):
            at_s = -self.chance.uniform(0.0, age_s)
            while at_s < self.length_s:
                lived_s = age_s * self.chance.uniform(1.0 - jitter_ratio, 1.0 + jitter_ratio)
                if at_s >= 0.0:
                    self.flow(source, target, at_s, lived_s)
                elif at_s + lived_s >= self.length_s:
                    self.kept_before(source, target, 1)
                at_s += lived_s

    def events(self):
        """What `conntrack -E -o timestamp` prints."""
        return "".join(f"{line}\n" for _, line in sorted(self.lines))

    def dump(self):
        """What `conntrack -L` prints as the record ends."""
        return "".join(f"{line}\n" for line in self.open_at_end)
