"""Requests that no client asks for: look-ups of names, calls between services, health checks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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


class Errands(Population):
    """What is asked of another service before a connection is made; they keep nothing."""

    keeps_nothing = True
    is_errand = True

    def stand(self) -> None:
        """Nothing stands."""

    def new_request(self, client: Client | None, ended: Callable[[bool], None] | None = None) -> Request:
        """Return a request that wants what it asks, and nothing after it."""
        request = super().new_request(client, ended)
        request.is_for_connection = True
        return request

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
        count = self.clients.population_count
        return max(1, ns(self.probe.interval_s) // count) if count else 0

    def _who(self) -> Client:
        return self.everybody[self._turns_count % max(self.service.noun.instances_count, 1)]

    def _arrive(self, chain: int) -> None:
        """An instance is checked in its turn, unless it has started so lately that it is not yet."""
        if chain != self._chain or self.interval_ns == 0:
            return
        instance = self._who()
        self._turns_count += 1
        self.agenda.after(self.interval_ns, partial(self._arrive, chain))
        if not instance.is_starting and self.agenda.now_ns >= instance.checked_from_ns:
            self.start(self.want(instance))

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
        needed = probe.failures_count
        if instance.is_starting:
            assert probe.startup is not None
            needed = probe.startup.failures_count
            if is_good:
                instance.streak_count = 0
                instance.is_starting = False
                started_ns = instance.up_ns - ns(service.noun.boot.time_s)
                instance.checked_from_ns = started_ns + ns(probe.initial_delay_s or 0.0)
                return
        if was_out and probe.on_failure == "eject" and -same >= probe.successes_count:
            self.agenda.soon(lambda: self._restore(instance))
        is_checked_booting = probe.on_failure == "restart" and probe.initial_delay_s is not None
        if (was_out and not instance.is_starting and not is_checked_booting) or same < needed:
            return
        instance.streak_count = 0
        instances_count = service.noun.instances_count
        if probe.on_failure != "drop_sessions" and not was_out:
            if instances_count - service.ejected_count - 1 < probe.panic_ratio * instances_count:
                return
            service.ejected_count += 1
            instance.is_cold = True
        if probe.on_failure == "restart":
            self._restart(instance)
            if service.serves_itself and all(one.is_cold for one in self.everybody if one.is_here):
                service.lose_all()
                instances_count = 1  # it had all connections
        if probe.on_failure != "eject":
            self._break_sessions(instance.number, max(instances_count, 1))

    # -- an instance starts ------------------------------------------------------------------

    def _restart(self, instance: Client) -> None:
        """An instance goes down, waits if it has lately done so before, and boots."""
        backoff, now_ns = self.probe.restart_backoff, self.agenda.now_ns
        wait_ns = 0
        if backoff is not None:
            most_ns = ns(backoff.most_s)
            if not instance.is_starting and now_ns - instance.up_ns > 2 * most_ns:
                instance.starts_count = 0
            if instance.starts_count > 0:
                wait_ns = min(ns(backoff.base_s) * 2 ** (instance.starts_count - 1), most_ns)
        started_ns = now_ns + wait_ns
        instance.starts_count += 1
        instance.up_ns = started_ns + ns(self.service.noun.boot.time_s)
        self._begin(instance, started_ns, started_ns)
        self.agenda.at(instance.up_ns, lambda: self._restore(instance))

    def _begin(self, instance: Client, started_ns: int, seen_ns: int) -> None:
        """An instance started then, and is seen from `seen_ns` on."""
        instance.streak_count = 0
        if self.probe.initial_delay_s is not None:
            instance.checked_from_ns = started_ns + ns(self.probe.initial_delay_s)
        if self.probe.startup is not None:
            instance.is_starting = True
            first_ns = seen_ns + ns(self.probe.startup.interval_s)
            self.agenda.at(first_ns, partial(self._check_start, instance, instance.starts_count))

    def _check_start(self, instance: Client, start: int) -> None:
        """A start-up check is due."""
        if instance.is_starting and instance.starts_count == start and instance.is_here:
            assert self.probe.startup is not None
            self.agenda.after(ns(self.probe.startup.interval_s), partial(self._check_start, instance, start))
            request = self.want(instance)
            self.agenda.soon(lambda: self.start(request))

    def appear(self, first: int) -> None:
        """Instances that were not there are up from now on, from this number on: they started before."""
        probe, boot_ns = self.probe, ns(self.service.noun.boot.time_s)
        if probe.initial_delay_s is None and probe.startup is None:
            return
        failed, needed = 0, probe.failures_count
        if probe.startup is not None:
            failed, needed = boot_ns // ns(probe.startup.interval_s), probe.startup.failures_count
        elif probe.initial_delay_s is not None and boot_ns >= ns(probe.initial_delay_s):
            each_ns = self.interval_ns * self.service.noun.instances_count
            failed = (boot_ns - ns(probe.initial_delay_s)) // each_ns + 1
        for instance in self.everybody[first : self.service.noun.instances_count]:
            instance.starts_count += 1
            instance.up_ns = self.agenda.now_ns
            if failed >= needed and probe.on_failure == "restart":
                self.service.ejected_count += not instance.is_cold
                instance.is_cold = True
                self._restart(instance)
            else:
                self._begin(instance, self.agenda.now_ns - boot_ns, self.agenda.now_ns)
                instance.streak_count = failed

    def _break_sessions(self, instance: int, instances_count: int) -> None:
        """The connections of one instance break: that share of each population makes them anew."""
        for holder in self.holders:
            count = holder.clients.population_count * holder.stride // instances_count
            holder.break_connections(count, first=instance, is_cold=True, cuts=True)

    def _restore(self, instance: Client) -> None:
        """An instance takes requests again, unless it has been restarted once more."""
        if instance.is_cold and self.agenda.now_ns >= instance.up_ns:
            instance.is_cold = False
            if self.probe.on_failure == "restart":
                self.service.grow_fresh(1)
            if not instance.is_starting:
                instance.streak_count = 0
            self.service.ejected_count -= 1
            self.agenda.soon(self.service.take_next)
