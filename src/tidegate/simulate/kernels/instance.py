"""Which instance does a connection or request get, where each has a queue? And what all have together.

An instance is a row like its service's, with one instance in it; the service's own row keeps who came while
no instance took anything. Shortcuts: a balancer knows at once which instance was ejected or has come; all
queries of a look-up are worked at by one instance, and are lost where any of its sockets gets one that is gone.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.chance import Cause, uniform
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.elementary import minus_log
from tidegate.simulate.kernels.flow import flows_of
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.life import belongs
from tidegate.simulate.kernels.nouns import Client, Exchange, Head, Population, Service
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
    if instance.whole.by_request == 1:
        return instance.busy_count + instance.queued_count
    return instance.connections_count + instance.accepting_count


@njit()
def _has_less(one: Service, other: Service) -> bool:
    """Whether one instance has less than another, for what it counts; weights of 0 are all alike."""
    if one.weight_millionths == 0:
        return _outstanding(one) < _outstanding(other)
    mine = (_outstanding(one) + 1) * other.weight_millionths
    return mine < (_outstanding(other) + 1) * one.weight_millionths


@njit()
def _weighed(service: Service, u: float, but: int, t: int) -> Service:
    """The used instance that a draw falls on, by weights; that at address `but` left out."""
    total = 0
    for k in range(service.rows_count):
        instance = service.first_instance.on(k)
        total += instance.weight_millionths if _is_used(instance, t) and instance.at != but else 0
    left = int(u * total)
    found = Service(service.memory, -1)
    for k in range(service.rows_count):
        instance = service.first_instance.on(k)
        if _is_used(instance, t) and instance.at != but and left >= 0:
            found = instance
            left -= instance.weight_millionths
    return found


@njit()
def _any(exchange: Exchange, service: Service, n: int, many: int, t: int, m: Memory) -> Service:
    """Any of so many, the first with its skew; `n` counts draws, two for each socket."""
    u = uniform(Cause.BALANCE, exchange.serial, n, m)
    if service.first_instance.weight_millionths > 0:
        return _weighed(service, u, ZERO, t)
    share = (1.0 + service.skew_ppm * 1e-6) / many
    if many == 1 or u < share:
        return _used(service, 0, t)
    return _used(service, 1 + min(int((u - share) / (1.0 - share) * (many - 1)), many - 2), t)


@njit()
def _better_of_two(exchange: Exchange, service: Service, n: int, many: int, t: int, m: Memory) -> Service:
    """Of two at random that with less, the first of them if both have as much."""
    u = uniform(Cause.BALANCE, exchange.serial, n, m)
    v = uniform(Cause.BALANCE, exchange.serial, n + 1, m)
    if service.first_instance.weight_millionths > 0:
        one = _weighed(service, u, ZERO, t)
        other = one if many == 1 else _weighed(service, v, one.at, t)
    else:
        i = min(int(u * many), many - 1)
        one = _used(service, i, t)
        if many == 1:
            return one
        j = min(int(v * (many - 1)), many - 2)
        other = _used(service, j + 1 if j >= i else j, t)
    return other if _has_less(other, one) else one


@njit()
def _least_used(service: Service, many: int, t: int) -> Service:
    """That with the least; of several the next in turn."""
    best = _used(service, service.turn_count % many, t)
    for k in range(1, many):
        instance = _used(service, (service.turn_count + k) % many, t)
        if _has_less(instance, best):
            best = instance
    service.turn_count += 1
    return best


@njit()
def _next_in_turn(service: Service, many: int, t: int) -> Service:
    """The next; by weights that which is owed most, each being owed its weight more with every turn."""
    service.turn_count += 1
    if service.first_instance.weight_millionths == 0:
        return _used(service, (service.turn_count - 1) % many, t)
    best, total = Service(service.memory, -1), 0
    for k in range(many):
        instance = _used(service, k, t)
        instance.credit_millionths += instance.weight_millionths
        total += instance.weight_millionths
        if not best.exists or instance.credit_millionths > best.credit_millionths:
            best = instance
    best.credit_millionths -= total
    return best


@njit()
def _own(exchange: Exchange, service: Service, many: int, t: int, m: Memory) -> Service:
    """That which is the client's own: the one it draws the most for, the likelier the more that counts."""
    best, most = _used(service, 0, t), -1e18
    for k in range(many):
        instance = _used(service, k, t)
        number = (instance.at - service.first_instance.at) // Service.SIZE
        u = uniform(Cause.BALANCE, exchange.source, 2 + number, m)
        if instance.weight_millionths > 0:
            u = -minus_log(u) / instance.weight_millionths
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
        return _next_in_turn(service, many, t)
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
    # Each request that a connection carries first draws for itself, where each gets an instance anew.
    n = 2 * exchange.openings_left_count * service.by_request
    instance = _by_rule(exchange, service, n, many, t, m)
    for socket in range(
        1, flows_of(exchange)
    ):  # of a look-up: each has its own, and one that is gone is enough
        if instance.stands == 0:
            break
        other = _by_rule(exchange, service, n + 2 * socket, many, t, m)
        instance = other if other.stands == 0 else instance
    belongs(exchange, instance)
    return instance


@njit()
def gives_by_connection(service: Service, population: Population) -> bool:
    """Whether connections of a population get an instance as they come, and not their requests; checks do."""
    return service.first_instance.exists and (service.by_request == 0 or population.effect.exists)


@njit()
def hand_over(exchange: Exchange, service: Service, instance: Service, m: Memory) -> bool:
    """Who waited for any instance has got one; whether that is there and goes on with it."""
    if exchange.flags & flag.QUEUEING:
        exchange.flags &= ~flag.QUEUEING
        service.queued_count -= 1
    if exchange.flags & flag.ACCEPTED and service.by_request == 0:
        service.connections_count -= 1
        instance.connections_count += 1
    if instance.stands == 0 and service.by_request == 0:
        now_x(Happening.REPLY, exchange, Answer.NOT_AT_ALL, m)
    return instance.stands == 1 or service.by_request == 1


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
