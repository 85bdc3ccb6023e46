"""Which new flows of a crossing does a rule see? All of them, or only a part.

A rule sees all new flows of a device where every selector on the way to it does, and where nothing before it
lets a part of them in. A selector by port or address does where each service that is reached over the
crossing is known by one of them (`known_as`); one by interface does where no rule of the text names another
interface on that side. What is of IPv6 alone is a part: flows are those of IPv4. Whatever is not looked into
counts as a part: a limit that is not taken over makes a world no safer than it is.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tidegate.protect.targets.netfilter.rule import Chain, Rule, Sees, Selector, Table
from tidegate.world.graph import reached_over
from tidegate.world.world import World

OWN = {"input": "ends at", "output": "begins at"}
_DEEPEST, _MOST_WAYS = 8, 32
_LOOPBACK = frozenset({"lo"})
_PARTS = frozenset({"ip6", "arp"})


@dataclass(frozen=True, kw_only=True)
class Way:
    """How packets come to a rule.

    Parameters
    ----------
    hook
        Where they enter; empty where that is not known.
    selectors
        What chose them, from chain to chain.
    before, after
        Rules that were passed on the way, and those that follow where the chain has nothing more to say.
    policy
        What becomes of what no rule decides on.
    """

    hook: str
    selectors: tuple[Selector, ...] = ()
    before: tuple[Rule, ...] = ()
    after: tuple[Rule, ...] = ()
    policy: str = "accept"


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the text and the world say of the device.

    Parameters
    ----------
    world
        The world.
    interfaces
        Every interface that a rule names, by the side it is named for.
    """

    world: World
    interfaces: Mapping[Sees, frozenset[str]]

    def hides(self, selector: Selector, crossing: str) -> bool:
        """Whether a selector may leave out some new flows of a crossing."""
        if selector.sees in {Sees.ALL, Sees.NEW}:
            return False
        if selector.sees in {Sees.COMES_IN, Sees.GOES_OUT}:
            return not selector.values or not self.interfaces[selector.sees] <= set(selector.values)
        services = reached_over(self.world, crossing)
        if selector.sees in {Sees.PORT, Sees.ADDRESS} and services and selector.values:
            chosen = _has_port if selector.sees is Sees.PORT else _has_address
            known = (self.world.services[name].known_as for name in services)
            return not all(_is_bound(one, selector.values, chosen) for one in known)
        return True


def _is_bound(known_as: Mapping[str, str], values: Sequence[str], chosen: object) -> bool:
    places = [word for known in known_as.values() for word in known.split()]
    assert callable(chosen)
    return any(chosen(place, value) for place in places for value in values)


def _has_port(place: str, value: str) -> bool:
    """Whether an `address:port` has a port that a value ("443", "8000-8080") names."""
    _, _, port = place.rpartition(":")
    first, _, last = value.partition("-")
    if not (port.isdecimal() and first.isdecimal()):
        return False
    return int(first) <= int(port) <= int(last if last.isdecimal() else first)


def _has_address(place: str, value: str) -> bool:
    """Whether an `address:port` or an address lies in what a value names."""
    host = place.rpartition(":")[0] if place.count(":") == 1 else place
    try:
        return ipaddress.ip_address(host.strip("[]")) in ipaddress.ip_network(value, strict=False)
    except (ValueError, TypeError):
        return False


def surroundings(world: World, tables: Sequence[Table]) -> Surroundings:
    """Return what rules are seen against."""
    named: dict[Sees, set[str]] = {Sees.COMES_IN: set(), Sees.GOES_OUT: set()}
    for table in tables:
        for chain in table.chains.values():
            for rule in chain.rules:
                for one in rule.selectors:
                    if one.sees in named:
                        named[one.sees] |= set(one.values) - _LOOPBACK
    return Surroundings(world=world, interfaces={side: frozenset(names) for side, names in named.items()})


def ways(table: Table, *, has_hooks: bool) -> dict[str, list[Way]]:
    """Return by chain how packets come to its first rule; a text without any hook is a part of one."""
    found: dict[str, list[Way]] = {name: [] for name in table.chains}
    for name, chain in table.chains.items():
        if chain.hook or not has_hooks:
            way = Way(hook=chain.hook, policy=chain.policy, selectors=_of_family(table.name))
            _follow(table.chains, name, way, found, depth=0)
    return found


def _of_family(table: str) -> tuple[Selector, ...]:
    """Return what a table's own family chooses: one of IPv6 sees a part of all flows."""
    if table.partition(" ")[0] not in _PARTS:
        return ()
    return (Selector(text=f"table {table}", sees=Sees.PART),)


def _follow(
    chains: Mapping[str, Chain], name: str, way: Way, found: dict[str, list[Way]], *, depth: int
) -> None:
    if depth > _DEEPEST or len(found[name]) >= _MOST_WAYS:
        return
    found[name].append(way)
    rules = chains[name].rules
    for i, rule in enumerate(rules):
        if rule.goal in chains and rule.sees_new:
            # Who jumps by a limit has chosen by it: what is within or beyond it goes there.
            further = Way(
                hook=way.hook,
                selectors=(*way.selectors, *rule.selectors),
                before=(*way.before, *rules[:i]),
                after=way.after if rule.verdict == "goto" else (*rules[i + 1 :], *way.after),
                policy=way.policy,
            )
            _follow(chains, rule.goal, further, found, depth=depth + 1)


def gaps(
    rule: Rule,
    before: Sequence[Rule],
    way: Way,
    around: Surroundings,
    crossing: str,
    passing: frozenset[str] = frozenset(),
) -> Iterator[str]:
    """Yield why a rule does not see every new flow of a crossing that comes this way; nothing if it does.

    Parameters
    ----------
    rule, before, way
        The rule, those before it in its chain, and how packets come to the chain.
    around, crossing
        What it is seen against.
    passing
        Chains that let some new flows in (`passing_chains`).
    """
    if way.hook in OWN:
        yield f"sees what {OWN[way.hook]} this machine (hook {way.hook}), not what it forwards"
    selectors = (*way.selectors, *rule.selectors)
    if any(one.sees is Sees.OLD for one in selectors):
        yield "sees no new flow"
    hiding = [one.text for one in selectors if one.sees is not Sees.OLD and around.hides(one, crossing)]
    if hiding:
        yield f"sees only {', '.join(dict.fromkeys(hiding))}"
    for earlier in (*way.before, *before):
        if lets_in(earlier, passing):
            yield f"line {earlier.line} lets a part in before it ({earlier.text})"


def passing_chains(chains: Mapping[str, Chain]) -> frozenset[str]:
    """Return the chains of which some rule takes new flows past whatever comes after a jump to them."""
    found: frozenset[str] = frozenset()
    for _ in chains:
        more = frozenset(
            name
            for name, chain in chains.items()
            if any(
                one.sees_new and (one.verdict == "accept" or one.goal in found) and not _is_loopback(one)
                for one in chain.rules
            )
        )
        if more == found:
            break
        found = more
    return found


def lets_in(rule: Rule, passing: frozenset[str] = frozenset()) -> bool:
    """Whether a rule takes new flows past what comes after it: all that it sees, or what is within its limit.

    Parameters
    ----------
    rule
        The rule.
    passing
        Chains that let some new flows in.
    """
    if not rule.sees_new or not (rule.verdict in {"accept", "return", "goto"} or rule.goal in passing):
        return False
    return not _is_loopback(rule)


def _is_loopback(rule: Rule) -> bool:
    return any(
        one.sees is Sees.COMES_IN and set(one.values) <= _LOOPBACK for one in rule.selectors if one.values
    )


def chooses_new(rule: Rule, before: Sequence[Rule], way: Way) -> bool:
    """Whether only first packets come to what a rule does: chosen, or left over by a rule before it."""
    chosen = any(one.sees is Sees.NEW for one in (*way.selectors, *rule.selectors))
    return chosen or any(map(_takes_old, (*way.before, *before)))


def _takes_old(rule: Rule) -> bool:
    """Whether a rule decides on every packet of flows that are established."""
    decides = rule.verdict in {"accept", "drop", "return", "goto"} and rule.limit is None
    old = [one for one in rule.selectors if one.sees is Sees.OLD]
    known = {value.lower() for one in old for value in one.values}
    return decides and "established" in known and len(old) == len(rule.selectors)
