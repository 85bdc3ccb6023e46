"""Requests that no client asks for: look-ups of names, calls between services, health checks."""

from __future__ import annotations

from typing import Any

from reference.agenda import ns
from tidegate.world.service import HealthProbe
from twin.demand import AtARate
from twin.pool import Pool
from twin.population import Client, Population
from twin.port_blocks import Source
from twin.request import Request
from twin.service_end import Answer


class Calls(Population):
    """Calls of a service on another, made while a request holds a worker."""

    each_count: int
    """Calls that one instance makes at a time."""

    def __init__(self, *said: Any) -> None:
        super().__init__(*said)
        self.ages.reopens_at_once = False

    @property
    def limits_count(self) -> int:
        """Return how many instances call, each with a limit of its own."""
        return self.clients.population_count // self.each_count

    def port_source(self, client: Client) -> Source:
        """Return the instance that calls."""
        return self.name.split("/")[0], client.number // self.each_count

    def stand(self) -> None:
        """After connections from before the run have been entered."""
        if self.is_pooled:
            self.pool = Pool(self.everybody)

    def end(self, request: Request, *, is_good: bool) -> None:
        """The request that the call was made for goes on, or fails; a connection made anew is nobody's."""
        if request.ended is None:
            super().end(request, is_good=is_good)
            return
        request.close()
        self._give_back(request)
        request.ended(is_good)


class Lookups(Population):
    """Look-ups of a name, by UDP; they keep nothing and begin as their clients ask."""

    is_lookup = True
    keeps_nothing = True

    def ask_for(self, queries_count: int) -> None:
        """Let each look-up send so many queries: two from one socket."""
        self.queries_count = queries_count
        self.flows_count = (queries_count + 1) // 2

    def stand(self) -> None:
        """Nothing stands."""

    def end(self, request: Request, *, is_good: bool) -> None:
        """The client that asked goes on."""
        request.close()
        assert request.ended is not None
        request.ended(is_good)


class Checks(AtARate):
    """Regular checks of each instance of a service, and what failing them does."""

    keeps_nothing = True
    is_check = True
    probe: HealthProbe
    holders: list[Population]

    def port_source(self, client: Client) -> Source:
        """Return who checks, which is one for all instances."""
        return self.name, 0

    def watch(self, probe: HealthProbe, holders: list[Population]) -> None:
        """Check as the world says; `holders` are those whose connections break."""
        self.probe = probe
        self.holders = holders
        self.is_answered_apart = not probe.busy_fails
        ejects = probe.on_failure == "eject"
        self.answer_of_instance_out = Answer.WELL if ejects else Answer.NOT_AT_ALL

    @property
    def interval_ns(self) -> int:
        """Each instance is checked in its turn."""
        count = self.service.noun.instances_count
        return max(1, ns(self.probe.interval_s) // count) if count else 0

    def _who(self) -> Client:
        return self.everybody[self.requests_count % max(self.service.noun.instances_count, 1)]

    def end(self, request: Request, *, is_good: bool) -> None:
        """Count what an instance did in a row, and act at a threshold."""
        request.close()
        self.unanswered_count -= 1
        instance, probe, service = request.client, self.probe, self.service
        assert instance is not None
        instance.request = None
        was_out = instance.is_cold
        same = min(instance.streak_count, 0) - 1 if is_good else max(instance.streak_count, 0) + 1
        instance.streak_count = same
        if was_out and probe.on_failure == "eject" and -same >= probe.successes_count:
            self.agenda.soon(lambda: self._restore(instance))
        if was_out or same < probe.failures_count:
            return
        instance.streak_count = 0
        instances_count = service.noun.instances_count
        if probe.on_failure != "drop_sessions":
            if instances_count - service.ejected_count - 1 < probe.panic_ratio * instances_count:
                return
            service.ejected_count += 1
            instance.is_cold = True
        if probe.on_failure == "restart":
            self.agenda.after(ns(service.noun.boot.time_s), lambda: self._restore(instance))
        if probe.on_failure != "eject":
            self._break_sessions(instance.number, max(instances_count, 1))

    def _break_sessions(self, instance: int, instances_count: int) -> None:
        """The connections of one instance break: that share of each population makes them anew."""
        for holder in self.holders:
            count = holder.clients.population_count * holder.stride // instances_count
            holder.break_connections(count, first=instance, is_cold=True)

    def _restore(self, instance: Client) -> None:
        """An instance takes requests again."""
        if instance.is_cold:
            instance.is_cold = False
            instance.streak_count = 0
            self.service.ejected_count -= 1
            self.agenda.soon(self.service.take_next)
