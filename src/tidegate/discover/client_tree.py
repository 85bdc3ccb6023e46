"""How are those who ask written as clients? With what was seen of them, and wide ranges for the rest."""

from __future__ import annotations

from tidegate.discover.address_list import listed
from tidegate.discover.number import Number
from tidegate.discover.population import Population
from tidegate.discover.tree_number import Described, Tree, assumed, measured, text
from tidegate.discover.wait_law import WaitLaw
from tidegate.discover.when_failing import WhenFailing

DRILL = "a drill: let its port be silent for 12 s while this is recorded; or `tidegate probe -- CLIENT`"
BEHIND = "how many clients stand behind these addresses: a record at that NAT or proxy; or a drill"
ASSUMED_RETRY = "exponential-full-jitter"
_TIMEOUT_S = 5.0
_LEAST_TIMEOUT_S, _MOST_TIMEOUT_S = 1.0, 30.0
_CONSTANT_RATIO = 1.03
_USUAL_SYN = ("linux", "linux-6.5")


def clients_tree(population: Population, service: str, described: Described) -> Tree:
    """Return clients as file keys.

    Parameters
    ----------
    population
        Who asks.
    service
        What they ask, by its name in the world.
    described
        How the world is to be described.
    """
    failing = population.failing
    clients: Tree = {
        "network": "inside",
        "service": service,
        "population": _population(population, described),
        "timeout": _timeout(failing, described),
        "retry": ASSUMED_RETRY if failing.law is None else retry_tree(failing.law, described),
    }
    if failing.syn is not None and failing.syn not in _USUAL_SYN:
        clients["syn"] = failing.syn
    if population.is_keep_alive:
        clients |= {"connection": "keep_alive"} | _pausing(population, described)
    else:
        clients |= _kept(population, described) if population.is_kept else _asking(population, described)
    if not described.is_pseudonymous:
        clients["known_as"] = {"addresses": listed(population.sources)}
    return clients


def _population(population: Population, described: Described) -> Tree:
    """Return how many clients there are; behind busy sources no fewer than these, and perhaps very many."""
    seen = clients_count(population)
    if not population.hides_clients:
        return measured(seen, "count", described)
    least = text(seen.value, "count")
    high = max(population.most_hidden_count, seen.high)
    return assumed(least, least, text(high, "count"), BEHIND)


def clients_count(population: Population) -> Number:
    """Return how many clients there are: those behind an address, where a silence told, else the sources."""
    hidden = population.failing.hidden
    if hidden is not None:
        return hidden.count
    count = len(population.sources)
    return Number(value=count, low=count, high=count + population.unseen_count, count=count)


def _timeout(failing: WhenFailing, described: Described) -> Tree:
    if failing.timeout_s is not None:
        return measured(failing.timeout_s, "s", described)
    least_s = max(failing.waited_s or 0.0, _LEAST_TIMEOUT_S)  # so long they were seen to wait
    value_s = _TIMEOUT_S if least_s < _TIMEOUT_S else 2.0 * least_s
    most_s = max(_MOST_TIMEOUT_S, 2.0 * value_s)
    return assumed(text(value_s, "s"), text(least_s, "s"), text(most_s, "s"), DRILL)


def retry_tree(law: WaitLaw, described: Described) -> Tree:
    """Return a law of trying again as file keys; without a seen end of tries they never end."""
    if law.base_s is None:
        return {"layers": []}
    layer: Tree = {"retries": "unlimited" if law.retries_count is None else f"{law.retries_count}"}
    if not law.base_s.value:
        return {"layers": [layer | {"backoff": "none", "base": "0s"}]}
    layer["base"] = measured(law.base_s, "s", described)
    if law.factor is not None and law.factor.value < _CONSTANT_RATIO:
        layer["backoff"] = "constant"
    elif law.factor is not None:
        layer |= {"backoff": "exponential", "multiplier": measured(law.factor, "ratio", described)}
    else:
        layer |= {"backoff": "exponential", "multiplier": assumed("1.5", "1", "4", DRILL)}
    if law.cap_s is not None:
        layer["cap"] = measured(law.cap_s, "s", described)
    return {"layers": [layer | {"jitter": law.jitter}]}


def _pausing(population: Population, described: Described) -> Tree:
    think = assumed("5s", "500ms", "60s", "record for longer: hardly any were seen to pause")
    if population.think_s is not None:
        think = measured(population.think_s, "s", described)
    return {"demand": {"kind": "closed", "think": think}}


def _kept(population: Population, described: Described) -> Tree:
    assert population.pool is not None
    pool = population.pool
    think = assumed("1s", "100ms", "10s", "requests a second on one kept connection: flows do not show them")
    clients: Tree = {"connection": "pool", "demand": {"kind": "closed", "think": think}}
    if pool.count:
        clients["pool"] = measured(pool, "count", described)
    else:
        clients["pool"] = assumed(
            text(pool.value, "count"), text(pool.low, "count"), text(pool.high, "count"),
            "`conntrack -L`, once: events do not show connections that were open before",
        )  # fmt: skip
    if population.age_s is not None:
        clients["connection_age"] = {"age": measured(population.age_s, "s", described)}
    return clients


def _asking(population: Population, described: Described) -> Tree:
    demand: Tree
    if population.failing.hidden is not None:
        demand = {"kind": "closed", "think": measured(population.failing.hidden.think_s, "s", described)}
    elif population.demand == "closed" and population.think_s is not None:
        demand = {"kind": "closed", "think": measured(population.think_s, "s", described)}
    elif population.rate_per_s is not None:
        demand = {"kind": "open", "rate": measured(population.rate_per_s, "per_s", described)}
    else:
        demand = {
            "kind": "open",
            "rate": assumed("1/s", "0.1/s", "10/s", "record for longer: hardly any were seen"),
        }
    return {"connection": "per_request", "demand": demand}
