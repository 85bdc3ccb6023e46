"""A crossing, coarsely: each attempt costs its device the packets of one exchange, once, on the way there."""

from __future__ import annotations

from collections import deque

from reference.agenda import NS
from reference.attempt import Attempt
from reference.chance import Chance
from tidegate.behaviour.limiter import RateLimiter
from tidegate.world.crossing import EXCHANGE_PACKETS, Admission, Crossing


class Device:
    """One processor that forwards packets in order of arrival.

    Packets that find `queue_packets` in the device are lost; those of one attempt stay together.
    """

    def __init__(self) -> None:
        self._leaves_ns: deque[int] = deque()
        self.limiter: RateLimiter | None = None

    def take(self, now_ns: int, costs_ns: list[int], most_count: int) -> int | None:
        """Queue packets of these costs; return when the last leaves, or None where they are lost."""
        while self._leaves_ns and self._leaves_ns[0] <= now_ns:
            self._leaves_ns.popleft()
        if len(self._leaves_ns) >= most_count:
            return None
        leave_ns = self._leaves_ns[-1] if self._leaves_ns else now_ns
        for cost_ns in costs_ns:
            leave_ns += cost_ns
            self._leaves_ns.append(leave_ns)
        return leave_ns


class Gate:
    """All devices of one crossing, with its admission."""

    def __init__(self, chance: Chance, crossing: Crossing) -> None:
        self._chance = chance
        self._crossing = crossing
        self._devices: list[Device] = []
        self._by_source: dict[tuple[str, int], RateLimiter] = {}
        self.change(crossing)

    @property
    def crossing(self) -> Crossing:
        """The numbers in force."""
        return self._crossing

    def change(self, crossing: Crossing) -> None:
        """From now on these are the crossing's numbers; what is queued keeps its time."""
        before, self._crossing = self._crossing, crossing
        known = len(self._devices)
        self._devices += [Device() for _ in range(crossing.devices_count - known)]
        if known == 0 or before.admission != crossing.admission:
            self._by_source.clear()
            for device in self._devices:
                device.limiter = _limiter(crossing.admission)

    def choose(self) -> Device:
        """Return the device that a new flow gets."""
        return self._devices[self._chance.device(self._crossing.devices_count, self._crossing.skew_ratio)]

    def admits(self, device: Device, attempt: Attempt, now_s: float) -> bool:
        """Say whether a new flow may enter `device`."""
        limit = self._crossing.admission
        if limit is not None and limit.per_source_per_s is not None:
            own = self._by_source.setdefault(
                attempt.source, RateLimiter(limit.per_source_per_s, limit.per_source_burst_count)
            )
            if not own.admit(now_s):
                return False
        return device.limiter is None or device.limiter.admit(now_s)

    def forward(self, device: Device, now_ns: int) -> int | None:
        """Queue a whole attempt; return when it leaves, or None."""
        packet_ns = self._packet_ns
        first_ns = packet_ns
        if self._crossing.setup_per_s is not None:
            first_ns = max(packet_ns, round(NS / self._crossing.setup_per_s))
        costs_ns = [first_ns] + [packet_ns] * (EXCHANGE_PACKETS - 1)
        return device.take(now_ns, costs_ns, self._crossing.queue_packets_count)

    def refuse(self, device: Device, now_ns: int) -> int | None:
        """Queue a refusal, a packet of its own; return when it leaves, or None."""
        return device.take(now_ns, [self._packet_ns], self._crossing.queue_packets_count)

    @property
    def _packet_ns(self) -> int:
        if self._crossing.forwarding_per_s is None:
            return 0
        return round(NS / (self._crossing.forwarding_per_s - self._crossing.background.packets_per_s))


def _limiter(limit: Admission | None) -> RateLimiter | None:
    if limit is None or limit.rate_per_s is None:
        return None
    return RateLimiter(limit.rate_per_s, limit.burst_count)
