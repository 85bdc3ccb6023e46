"""Which instance does a connection get, where each has a queue of its own? And what all of them have together.

An instance is a row like its service's, with one instance in it; the service's own row keeps who came while
no instance took anything. Shortcuts: a balancer knows at once which instance was ejected or has come; all
queries of a look-up are worked at by one instance, and are lost where any of its sockets gets one that is gone.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.chance import Cause, uniform
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.flow import flows_of
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.life import belongs
from tidegate.simulate.kernels.nouns import Client, Exchange, Head, Service
from tidegate.simulate.kernels.nouns.service import Answer, Rule
from tidegate.simulate.kernels.outbox import now_x


@njit()
def _is_used(instance: Service, t: int) -> bool:
    """Whether connections are given to an instance: it is there and not ejected, or only just gone."""
    return instance.is_out == 0 and (instance.stands == 1 or t < instance.used_until_ns)


@njit()
def _used(service: Service, n: int, t: int) -> Service:
    """The `n`-th instance, from 0, that connections are given to."""
    for k in range(service.rows_count):
        instance = service.first_instance.on(k)
        if _is_used(instance, t):
            if n == 0:
                return instance
            n -= 1
    return Service(service.memory, -1)


@njit()
def _outstanding(instance: Service) -> int:
    return instance.connections_count + instance.accepting_count


@njit()
def _any(exchange: Exchange, service: Service, n: int, many: int, t: int, m: Memory) -> Service:
    """Any of so many, the first with its skew; `n` counts draws, two for each socket."""
    u = uniform(Cause.BALANCE, exchange.serial, n, m)
    share = (1.0 + service.skew_ppm * 1e-6) / many
    if many == 1 or u < share:
        return _used(service, 0, t)
    return _used(service, 1 + min(int((u - share) / (1.0 - share) * (many - 1)), many - 2), t)


@njit()
def _better_of_two(exchange: Exchange, service: Service, n: int, many: int, t: int, m: Memory) -> Service:
    """Of two at random that with fewer connections, the first of them if both have as many."""
    i = min(int(uniform(Cause.BALANCE, exchange.serial, n, m) * many), many - 1)
    one = _used(service, i, t)
    if many == 1:
        return one
    j = min(int(uniform(Cause.BALANCE, exchange.serial, n + 1, m) * (many - 1)), many - 2)
    other = _used(service, j + 1 if j >= i else j, t)
    return other if _outstanding(other) < _outstanding(one) else one


@njit()
def _least_used(service: Service, many: int, t: int) -> Service:
    """That with the fewest connections; of several the next in turn."""
    best = _used(service, service.turn_count % many, t)
    for k in range(1, many):
        instance = _used(service, (service.turn_count + k) % many, t)
        if _outstanding(instance) < _outstanding(best):
            best = instance
    service.turn_count += 1
    return best


@njit()
def _own(exchange: Exchange, service: Service, many: int, t: int, m: Memory) -> Service:
    """That which is the client's own: the one it draws the most for."""
    best, most = _used(service, 0, t), -1.0
    for k in range(many):
        instance = _used(service, k, t)
        number = (instance.at - service.first_instance.at) // Service.SIZE
        u = uniform(Cause.BALANCE, exchange.source, 2 + number, m)
        if u > most:
            best, most = instance, u
    return best


@njit()
def _by_rule(exchange: Exchange, service: Service, n: int, many: int, t: int, m: Memory) -> Service:
    """One of so many that are used, by the service's rule."""
    rule = service.rule
    if rule == Rule.RANDOM:
        return _any(exchange, service, n, many, t, m)
    if rule == Rule.ROUND_ROBIN:
        service.turn_count += 1
        return _used(service, (service.turn_count - 1) % many, t)
    if rule == Rule.LEAST_OUTSTANDING:
        return _least_used(service, many, t)
    if rule == Rule.TWO_CHOICES:
        return _better_of_two(exchange, service, n, many, t, m)
    return _own(exchange, service, many, t, m)


@njit()
def choose(exchange: Exchange, service: Service, t: int, m: Memory) -> Service:
    """The instance that an exchange gets now, which is its own from now on; the service where none is used."""
    population = exchange.population
    if population.effect.exists:  # a check goes to the instance that it checks
        first = (population.first_client.at - Head(m, 0).clients.at) // Client.SIZE
        instance = service.first_instance.on(min(exchange.source - first, service.rows_count - 1))
        belongs(exchange, instance)
        return instance
    many = 0
    for k in range(service.rows_count):
        many += 1 if _is_used(service.first_instance.on(k), t) else 0
    if many == 0:
        return service
    instance = _by_rule(exchange, service, ZERO, many, t, m)
    for socket in range(
        1, flows_of(exchange)
    ):  # of a look-up: each has its own, and one that is gone is enough
        if instance.stands == 0:
            break
        other = _by_rule(exchange, service, 2 * socket, many, t, m)
        instance = other if other.stands == 0 else instance
    belongs(exchange, instance)
    return instance


@njit()
def hand_over(exchange: Exchange, service: Service, instance: Service, m: Memory) -> bool:
    """Who waited for any instance has got one; whether that is there and goes on with it."""
    if exchange.flags & flag.QUEUEING:
        exchange.flags &= ~flag.QUEUEING
        service.queued_count -= 1
    if exchange.flags & flag.ACCEPTED:
        service.connections_count -= 1
        instance.connections_count += 1
    if instance.stands == 0:
        now_x(Happening.REPLY, exchange, Answer.NOT_AT_ALL, m)
    return instance.stands == 1


@njit()
def waiting_count(service: Service) -> int:
    """Requests that wait, of all instances."""
    count = service.queued_count
    for k in range(service.rows_count):
        count += service.first_instance.on(k).queued_count
    return count


@njit()
def connected_count(service: Service) -> int:
    """Connections accepted, of all instances."""
    count = service.connections_count
    for k in range(service.rows_count):
        count += service.first_instance.on(k).connections_count
    return count


@njit()
def serving_count(service: Service) -> int:
    """Requests being served, of all instances."""
    count = service.busy_count
    for k in range(service.rows_count):
        count += service.first_instance.on(k).busy_count
    return count


@njit()
def answered_count(service: Service) -> int:
    """Requests served so far, of all instances."""
    count = service.served_count
    for k in range(service.rows_count):
        count += service.first_instance.on(k).served_count
    return count


@njit()
def gather(service: Service, t: int) -> None:
    """Give a service what its scaler reads of its instances since its last look."""
    for k in range(service.rows_count):
        instance = service.first_instance.on(k)
        instance.busy_area_ns += instance.busy_count * (t - instance.accounted_ns)
        instance.calling_area_ns += instance.calling_count * (t - instance.accounted_ns)
        instance.accounted_ns = t
        service.busy_area_ns += instance.busy_area_ns
        service.calling_area_ns += instance.calling_area_ns
        service.arrived_count += instance.arrived_count
        instance.busy_area_ns = instance.calling_area_ns = instance.arrived_count = 0
