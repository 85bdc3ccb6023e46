"""Which instance does a new connection get, where each has a queue of its own? By the service's rule.

The meaning is that of the event engine (`simulate/kernels/instance.py` and `fleet.py`). What an instance does
with what it gets must not live here (`serving`).

Shortcuts: it is chosen as the connection is accepted, not as its first packet comes; where every instance is
ejected all are used.
"""

from __future__ import annotations

import random


class Balancer:
    """Who is there of the instances of one service, and how many connections each has.

    Parameters
    ----------
    most_count
        Instances at most.
    there_count
        How many are there at first.
    rule, skew_ratio
        As of `world/instance.Balancing`.
    chance
        Draws.
    """

    def __init__(
        self, most_count: int, there_count: int, *, rule: str, skew_ratio: float, chance: random.Random
    ) -> None:
        self._rule = rule
        self._skew_ratio = skew_ratio
        self._chance = chance
        self._connections = [0] * most_count
        self._stands = [i < there_count for i in range(most_count)]
        self._out: set[int] = set()
        self._dead: set[int] = set()
        self._turn = self._replaced = 0

    def pick(self) -> int | None:
        """Return which instance a new connection gets, and count it; None where none stands."""
        there = [i for i, stands in enumerate(self._stands) if stands]
        if not there:
            return None
        chosen = self._by_rule([i for i in there if i not in self._out] or there)
        self._connections[chosen] += 1
        return chosen

    def connections_count(self, instance: int) -> int:
        """Return how many connections an instance has."""
        return self._connections[instance]

    def take(self, instance: int) -> None:
        """Count a connection that an instance gets whatever the rule says: a check of it."""
        self._connections[instance] += 1

    def give_back(self, instance: int) -> None:
        """Count a connection no more: it has ended, or was no request's."""
        self._connections[instance] -= 1

    def eject(self, instance: int) -> None:
        """Give an instance no connections any more."""
        self._out.add(instance)

    def restore(self, instance: int) -> None:
        """Give an instance connections again."""
        self._out.discard(instance)

    def kill(self, instance: int) -> bool:
        """Let an instance be away for a while; say whether it was there."""
        if not self._stands[instance]:
            return False
        self._stands[instance] = False
        self._dead.add(instance)
        return True

    def revive(self, instance: int) -> bool:
        """Let an instance that was killed be there again; say whether it is still wanted."""
        if instance not in self._dead:
            return False
        self._dead.discard(instance)
        self._stands[instance] = True
        return True

    def replace(self, count: int) -> list[int]:
        """Let so many go, each in its turn; return which."""
        gone: list[int] = []
        for _ in range(len(self._stands)):
            if len(gone) == count:
                break
            instance = self._replaced % len(self._stands)
            self._replaced += 1
            if self._stands[instance]:
                self._stands[instance] = False
                gone.append(instance)
        return gone

    def settle(self, wanted_count: int) -> tuple[list[int], list[int]]:
        """Let as many be there as should be; return who has gone (the last first) and who has come."""
        many = sum(self._stands) + len(self._dead)
        gone, come = [], []
        for i in reversed(range(len(self._stands))):
            if many > wanted_count and (self._stands[i] or i in self._dead):
                many -= 1
                if self._stands[i]:
                    gone.append(i)
                self._stands[i] = False
                self._dead.discard(i)
        for i, stands in enumerate(self._stands):
            if many < wanted_count and not stands and i not in self._dead:
                self._stands[i] = True
                come.append(i)
                many += 1
        return gone, come

    def _by_rule(self, used: list[int]) -> int:
        many = len(used)
        if self._rule == "round_robin":
            self._turn += 1
            return used[(self._turn - 1) % many]
        if self._rule == "least_outstanding":
            self._turn += 1
            order = (used[(self._turn - 1 + k) % many] for k in range(many))
            return min(order, key=self._connections.__getitem__)
        if self._rule == "two_choices" and many > 1:
            one, other = self._chance.sample(used, 2)
            return other if self._connections[other] < self._connections[one] else one
        share = (1.0 + self._skew_ratio) / many
        u = self._chance.random()
        if many == 1 or u < share:
            return used[0]
        return used[1 + min(int((u - share) / (1.0 - share) * (many - 1)), many - 2)]
