"""One device of a crossing: its processor, its queue, its limits on new flows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from reference.agenda import NS, Agenda
from tidegate.behaviour.limiter import RateLimiter
from tidegate.world.crossing import Crossing
from twin.flows import FlowTable
from twin.link import Lane

UNLIMITED = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Train:
    """Packets that wait together, and what is told when they leave."""

    packets_count: int
    flows_count: int
    leave: Callable[[int], None]


class Device:
    """A processor that forwards packets in order of arrival, and what it remembers of flows.

    Parameters
    ----------
    agenda
        When things happen.
    crossing
        Its numbers.
    is_steady
        Whether all packets cost the same, always: then it is known on arrival when a packet leaves. Else who
        waits is served at the rate of that moment.
    """

    def __init__(self, agenda: Agenda, crossing: Crossing, *, is_steady: bool) -> None:
        self._agenda = agenda
        self.crossing = crossing
        self.flows = FlowTable(agenda)
        self._is_steady = is_steady
        self._trains: deque[Train] = deque()
        self._leaves_ns: deque[int] = deque()
        self._set_ups_ns: deque[int] = deque()
        self._limiter = _limiter(crossing)
        self._of_strays = _stray_limiter(crossing)
        self._strays_number = 0
        self.went_in = 0  # the epoch of its crossing in which it went last
        self.lanes = (Lane(), Lane())

    def change(self, crossing: Crossing) -> None:
        """From now on these are its numbers."""
        if crossing.admission != self.crossing.admission:
            self._limiter, self._of_strays = _limiter(crossing), _stray_limiter(crossing)
        differs = crossing.background.unanswered_per_s != self.crossing.background.unanswered_per_s
        self.crossing = crossing
        if differs:
            self.let_stray()

    # -- flows that nobody answers -----------------------------------------------------------

    def let_stray(self) -> None:
        """They come evenly from now on, if any come and there is something for them to take."""
        self._strays_number += 1
        limit = self.crossing.admission
        resets = self._of_strays is not None and limit is not None and limit.on_excess == "reset"
        limits = limit is not None and limit.rate_per_s is not None
        takes = self.crossing.table is not None or limits or resets
        if takes and self.crossing.background.unanswered_per_s > 0.0:
            self._await_stray(self._strays_number)

    def _await_stray(self, number: int) -> None:
        gap_ns = round(NS / self.crossing.background.unanswered_per_s)
        self._agenda.after(gap_ns, lambda: self._stray(number))

    def _stray(self, number: int) -> None:
        if number != self._strays_number:
            return
        self._await_stray(number)
        limit, table, now_s = self.crossing.admission, self.crossing.table, self._agenda.now_s
        enters = table is None or self._has_open_left(1)
        enters = enters and (self._of_strays is None or self._of_strays.admit(now_s))
        enters = enters and (self._limiter is None or self._limiter.admit(now_s))
        is_reset = not enters and limit is not None and limit.on_excess == "reset"
        if enters and table is not None:
            is_reset = not self.flows.stray(self.crossing) and table.when_full == "refuse"
        if is_reset:  # a packet that nobody waits for
            self.forward(Train(packets_count=1, flows_count=0, leave=lambda _: None))

    # -- new flows ---------------------------------------------------------------------------

    @property
    def tracks(self) -> bool:
        """Whether it remembers flows at all."""
        crossing = self.crossing
        limit = crossing.admission
        concurrent = limit is not None and limit.concurrent_count is not None
        return crossing.table is not None or crossing.ports is not None or concurrent

    def admits(self, flows_count: int, of_source: RateLimiter | None) -> bool:
        """Say whether so many new flows of one source may enter."""
        limit = self.crossing.admission
        if limit is None:
            return True
        if not self._has_open_left(flows_count):
            return False
        if of_source is not None and not of_source.admit(self._agenda.now_s):
            return False
        return self._limiter is None or self._limiter.admit(self._agenda.now_s)

    def _has_open_left(self, flows_count: int) -> bool:
        """Say whether so many more flows may be open; those that nobody answers are, while they are held."""
        limit = self.crossing.admission
        if limit is None or limit.concurrent_count is None:
            return True
        return self.flows.open_count + self.flows.strays_count + flows_count <= limit.concurrent_count

    # -- the queue ---------------------------------------------------------------------------

    @property
    def packet_ns(self) -> int:
        """What one packet costs."""
        return self._costs_ns()[0]

    @property
    def _flow_ns(self) -> int:
        """What setting up a flow costs."""
        return self._costs_ns()[1]

    def _costs_ns(self) -> tuple[int, int]:
        """Return what a packet and a flow cost beside what strays take of the processor, all the time."""
        crossing = self.crossing
        packet_ns = flow_ns = 0
        if crossing.forwarding_per_s is not None:
            packet_ns = round(NS / (crossing.forwarding_per_s - crossing.background.packets_per_s))
        if crossing.setup_per_s is not None:
            flow_ns = round(NS / crossing.setup_per_s)
        strays_per_s = crossing.unanswered_per_s
        if strays_per_s == 0.0:
            return packet_ns, flow_ns
        by_first_ns = max(packet_ns, flow_ns) if crossing.setup_processor == "shared" else packet_ns
        setting_up_ns = by_first_ns if crossing.setup_processor == "shared" else flow_ns
        return (
            round(packet_ns / (1.0 - strays_per_s * by_first_ns / NS)),
            round(flow_ns / (1.0 - strays_per_s * setting_up_ns / NS)),
        )

    @property
    def sets_up_apart(self) -> bool:
        """Whether a processor of its own sets flows up."""
        return self.crossing.setup_processor == "separate" and self._flow_ns > 0

    @property
    def _places_count(self) -> int:
        return self.crossing.queue_packets_count or UNLIMITED

    def free_places_count(self) -> int:
        """Return how many packets more find a place."""
        _forget_until(self._leaves_ns, self._agenda.now_ns)
        return self._places_count - len(self._leaves_ns) - sum(train.packets_count for train in self._trains)

    def forward(self, train: Train) -> int | None:
        """Queue packets that stay together; return about how long they take, or None where there is no place.

        They are told with how long from then on they leave: at once where that is known, or as they do.
        """
        if self.free_places_count() <= 0:
            return None
        if not self._is_steady:
            self._trains.append(train)
            if len(self._trains) == 1:
                self._agenda.after(self._cost_ns(train), self._depart)
            return sum(self._cost_ns(each) for each in self._trains)
        now_ns, cost_ns = self._agenda.now_ns, self.packet_ns
        leave_ns = self._leaves_ns[-1] if self._leaves_ns else now_ns
        for _ in range(train.packets_count):
            leave_ns += cost_ns
            if leave_ns > now_ns:
                self._leaves_ns.append(leave_ns)
        train.leave(leave_ns - now_ns)
        return leave_ns - now_ns

    def _cost_ns(self, train: Train) -> int:
        """What a train costs as the device stands now."""
        cost_ns = train.packets_count * self.packet_ns
        if self.crossing.setup_processor == "shared":
            cost_ns += train.flows_count * max(0, self._flow_ns - self.packet_ns)
        return cost_ns

    def _depart(self) -> None:
        """The processor is done with the first train, and turns to the next."""
        train = self._trains.popleft()
        if self._trains:
            self._agenda.after(self._cost_ns(self._trains[0]), self._depart)
        train.leave(0)

    def set_up(self) -> int | None:
        """Queue a first packet for the processor that sets up flows; as `forward`."""
        now_ns = self._agenda.now_ns
        _forget_until(self._set_ups_ns, now_ns)
        if len(self._set_ups_ns) >= self._places_count:
            return None
        leave_ns = (self._set_ups_ns[-1] if self._set_ups_ns else now_ns) + self._flow_ns
        self._set_ups_ns.append(leave_ns)
        return leave_ns - now_ns


def _forget_until(times_ns: deque[int], now_ns: int) -> None:
    while times_ns and times_ns[0] <= now_ns:
        times_ns.popleft()


def _limiter(crossing: Crossing) -> RateLimiter | None:
    limit = crossing.admission
    if limit is None or limit.rate_per_s is None:
        return None
    return RateLimiter(limit.rate_per_s, limit.burst_count)


def _stray_limiter(crossing: Crossing) -> RateLimiter | None:
    """Return the limits of all sources of strays at one device, as one as wide as all of them."""
    limit, sources_count = crossing.admission, crossing.background.unanswered_sources_count
    if limit is None or limit.per_source_per_s is None or sources_count is None:
        return None
    here = sources_count / crossing.devices_count
    return RateLimiter(limit.per_source_per_s * here, max(1, int(limit.per_source_burst_count * here)))


def source_limiter(crossing: Crossing) -> RateLimiter | None:
    """Return the limit of one client at one crossing, if there is one."""
    limit = crossing.admission
    if limit is None or limit.per_source_per_s is None:
        return None
    return RateLimiter(limit.per_source_per_s, limit.per_source_burst_count)


def is_first_packet_dearer(crossing: Crossing) -> bool:
    """Whether a first packet costs the processor more than any other."""
    if crossing.setup_per_s is None or crossing.setup_processor != "shared":
        return False
    left_per_s = (crossing.forwarding_per_s or float("inf")) - crossing.background.packets_per_s
    return round(NS / crossing.setup_per_s) > (0 if left_per_s == float("inf") else round(NS / left_per_s))
