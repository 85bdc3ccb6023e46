"""What one instance of a service is beside its equals: how requests come to it, and how it does by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tidegate.world.field import key


@dataclass(frozen=True, kw_only=True)
class Balancing:
    """How connections or requests are spread over instances, each with a queue and places of its own.

    Not together with `login`, which is counted where all instances share one queue.
    """

    rule: str = key(
        "Which instance a new connection gets when its first packet comes; it keeps it. random: any; "
        "round_robin: the next; least_outstanding: that with the fewest connections; two_choices: of two at "
        "random that with fewer; consistent_hash: each client has its own, for as long as that is there.",
        default="random",
        allowed=("random", "round_robin", "least_outstanding", "two_choices", "consistent_hash"),
    )
    each: str = key(
        "For what the rule is asked. connection: an instance serves all that comes on a connection (TCP "
        "balancers, kube-proxy); request: each request gets an instance of its own, whatever connection it "
        "comes on, and the rule counts requests (HTTP proxies such as Envoy, gRPC's round_robin, Linkerd).",
        default="connection",
        allowed=("connection", "request"),
    )
    at: str = key(
        "Who asks the rule, for `each: request`. proxy: kept connections end at a proxy, and stay as "
        "instances go and come; client: each client keeps connections to all instances, so that its share "
        "of them breaks as one goes, and is made anew as one comes.",
        default="proxy",
        allowed=("proxy", "client"),
    )
    weights_count: tuple[float, ...] = key(
        "How much the instances count, the first ones in this order: one of weight 2 gets twice as much as "
        "one of weight 1, which is that of all others; where the rule counts, what one has is divided by its "
        "weight. Left out: all count alike.",
        default=(),
        above=True,
        most=1000.0,
    )
    skew_ratio: float = key(
        "By what share more than the equal one the first instance gets, for `random`.", default=0.0, most=10.0
    )
    removal_lag_s: float = key(
        "How long an instance that has gone still gets connections (endpoints, targets and names that are "
        "not yet withdrawn everywhere).",
        default=0.0,
    )
    when_gone: str = key(
        "What meets connections (or requests) at an instance that has gone. silent: nothing; refuse: a reset "
        "(or an error at once), as at one that was killed (`memory`) whatever is said here.",
        default="silent",
        allowed=("silent", "refuse"),
    )

    @property
    def by_request(self) -> bool:
        """Whether each request gets an instance of its own."""
        return self.each == "request"

    def weight_count(self, number: int) -> float:
        """Return the weight of one of the instances, counted from 0."""
        return self.weights_count[number] if number < len(self.weights_count) else 1.0

    def share_ratio(self, first: int, count: int, of_count: int) -> float:
        """Return which share of all `count` instances from `first` on get, of so many in all."""
        weights = [self.weight_count(number) for number in range(of_count)]
        return sum(weights[first : first + count]) / max(sum(weights), 1e-9)


@dataclass(frozen=True, kw_only=True)
class WarmUp:
    """How much slower an instance is that has just come: caches are cold, code is not yet compiled."""

    time_s: float = key("After so long it is as fast as ever; until then it gets faster evenly.", above=True)
    slowdown_ratio: float = key(
        "By how much its service time is multiplied as it comes.", least=1.0, most=1000.0
    )

    def speed_ratio(self, lasts_s: float) -> float:
        """Return how much an instance does in its first `lasts_s`, over what it does once it is warm."""
        more, warming_s = self.slowdown_ratio - 1.0, min(lasts_s, self.time_s)
        if more == 0.0 or lasts_s <= 0.0:
            return 1.0
        done_s = self.time_s / more * math.log(1.0 / (1.0 - more * warming_s / self.time_s / (1.0 + more)))
        return (done_s + lasts_s - warming_s) / lasts_s

    def takes_s(self, warm_s: float) -> float:
        """Return how long an instance that has just come takes for what takes `warm_s` once it is warm."""
        more = self.slowdown_ratio - 1.0
        if more == 0.0 or warm_s <= 0.0:
            return warm_s
        while_cold_s = self.speed_ratio(self.time_s) * self.time_s
        if warm_s >= while_cold_s:
            return self.time_s + warm_s - while_cold_s
        return self.time_s * (1.0 + more) / more * (1.0 - math.exp(-warm_s * more / self.time_s))


@dataclass(frozen=True, kw_only=True)
class Sick:
    """Instances that are there and do not do their work: the first ones, for as long as a trigger says."""

    instances_count: int = key("How many.", default=1, least=0)
    answers: str = key(
        "What they do with a request. error: an error; silent: no answer; slow: the right answer.",
        default="error",
        allowed=("error", "silent", "slow"),
    )
    time_s: float = key("How long that takes them, instead of the service time and calls.", default=0.001)
