"""A crossing: the networking devices between two networks, and what they can take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.world.field import key

EXCHANGE_PACKETS = 10
"""Packets of one short connection, both ways together (measured on Linux with HAProxy)."""

KEPT_EXCHANGE_PACKETS = 4
"""Packets of one request and its answer on a connection that is kept."""

UNANSWERED_HOLD_S = 120.0
"""How long Linux remembers a flow that nobody answered (`nf_conntrack_tcp_timeout_syn_sent`)."""

_LEAST_LEFT = 1e-6  # of a processor, where more is asked of it than it can do


@dataclass(frozen=True, kw_only=True)
class Table:
    """A device's table of flows (connection tracking)."""

    entries_count: int = key("Flows one device can hold.", least=1)
    when_full: str = key(
        "What a full table does with a new flow: drop it silently, refuse it with a reset, "
        "evict a flow that is already closed and only held down, or evict_unanswered: only one that was "
        "never answered and whose client has left (Linux). Where there is none, the new flow is dropped.",
        default="drop",
        allowed=("drop", "refuse", "evict", "evict_unanswered"),
    )
    unanswered_hold_s: float = key("How long an unanswered SYN keeps its entry.", default=UNANSWERED_HOLD_S)
    closed_hold_s: float = key("How long a closed flow keeps its entry (hold-down).", default=120.0)
    idle_timeout_s: float = key(
        "After how long without a packet an established flow is forgotten.", default=432000.0
    )


@dataclass(frozen=True, kw_only=True)
class PortBlock:
    """The ports of each source: a block of its own, out of those of a device."""

    least_count: int = key(
        "Ports that each source (a client, or an instance of a service that calls or boots) has for each "
        "address of a destination, from its first flow on; where a device has not as many left, none.",
        least=1,
    )
    most_count: int | None = key(
        "Ports to which a block grows, doubled as often as it is full; none means it does not grow.",
        default=None,
        least=1,
    )
    growth_time_s: float = key("How long it takes until a doubled block is there.", default=1.0, most=3600.0)


@dataclass(frozen=True, kw_only=True)
class Ports:
    """A device's source ports for address translation, per destination address."""

    per_destination_count: int = key(
        "Ports one device has for each address of a destination service.", least=1
    )
    usable_ratio: float = key(
        "Share of the ports that flows get before the first finds none: a device that does not search them "
        "all (Linux) fails early.",
        default=1.0,
        above=True,
        most=1.0,
    )
    when_full: str = key(
        "What happens to a new flow when no port is free.", default="drop", allowed=("drop", "refuse")
    )
    hold_s: float = key(
        "How long a port stays taken after its flow has closed, was refused, or was reset because its answer "
        "came too late.",
        default=60.0,
    )
    unanswered_hold_s: float | None = key(
        "How long the port of a flow that nobody has answered stays taken after its client has given it up; "
        "none means as long as an entry, `table.unanswered_hold` (120s where there is no table), and no "
        "shorter than `hold`.",
        default=None,
    )
    block: PortBlock | None = key(
        "Blocks of them, one for each source, as cloud NAT has them; none means all sources share all ports.",
        default=None,
    )


@dataclass(frozen=True, kw_only=True)
class Background:
    """Traffic of nobody in the world: it takes capacity but never reacts."""

    packets_per_s: float = key("Packets a second on each device.", default=0.0)
    flows_count: int = key("Flows held in each device's table.", default=0)
    unanswered_per_s: float = key(
        "New flows a second through each device that nobody ever answers (scans, dead destinations): each "
        "costs a first packet and its set-up, and keeps an entry for `table.unanswered_hold`: so long it is "
        "an open flow of `admission.concurrent` (where there is no table, it is none). They go to nobody's "
        "service, so that they take none of its ports.",
        default=0.0,
    )
    unanswered_sources_count: int | None = key(
        "From how many sources those come, which a limit per source counts; none: from so many that it "
        "meets none of them.",
        default=None,
        least=1,
    )


@dataclass(frozen=True, kw_only=True)
class Admission:
    """The protective configuration: which new flows may enter at all, before any queue."""

    rate_per_s: float | None = key("New flows a second one device lets in.", default=None, above=True)
    burst_count: int = key("New flows let in at once beyond the rate.", default=5, least=1)
    concurrent_count: int | None = key(
        "Open flows one device lets in, `background.unanswered` among them.", default=None, least=1
    )
    on_excess: str = key(
        "Drop the excess silently, or answer with a TCP reset (which passes the same device).",
        default="drop",
        allowed=("drop", "reset"),
    )
    per_source_per_s: float | None = key(
        "New flows a second from one client, over the whole crossing.", default=None, above=True
    )
    per_source_burst_count: int = key("Burst of the limit per client.", default=5, least=1)


@dataclass(frozen=True, kw_only=True)
class DeviceScaler:
    """What lets a crossing grow with what passes it."""

    grows: str = key(
        "devices: others join, and flows are remapped as `remapped` says; capacity: each device forwards, "
        "sets up and carries more, and holds no more than before.",
        default="devices",
        allowed=("devices", "capacity"),
    )
    target_ratio: float = key(
        "Share of what a device can do (of packets, new flows or bits, whichever is most) that it steers to.",
        default=0.7,
        above=True,
        most=1.0,
    )
    most_count: float = key("Devices at most; for `capacity`, how many times the stated one.", least=1)
    interval_s: float = key("Between two decisions.", default=60.0, above=True)
    delay_s: float = key("From a decision until what it adds is there.", default=60.0)
    step_ratio: float = key("It adds at most this share at once.", default=1.0, above=True)


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Routing, translation, proxy or balancing devices between two networks."""

    between: tuple[str, str] = key("The two networks it joins.", names="networks")
    device: str = key("A device of the catalogue whose numbers fill what is not given.", default="")
    devices_count: int = key("Devices that share the flows.", default=1, least=1, most=4096)
    skew_ratio: float = key(
        "How much more than its equal share of flows the busiest device gets (hashing is uneven).",
        default=0.0,
        most=10.0,
    )
    forwarding_per_s: float | None = key(
        "Packets a second one device forwards; none means it is never the limit.", default=None, above=True
    )
    setup_per_s: float | None = key(
        "New flows a second one device can set up; none means a first packet costs what any packet costs.",
        default=None,
        above=True,
    )
    setup_processor: str = key(
        "Whether setting up a flow uses the processor that forwards (shared) or one of its own (separate).",
        default="shared",
        allowed=("shared", "separate"),
    )
    bandwidth_bit_per_s: float | None = key(
        "Bits a second that one device carries in each direction; none means it is never the limit. As many "
        "bytes wait for it as `queue_packets` full packets have.",
        default=None,
        above=True,
    )
    queue_packets_count: int = key("Packets that can wait in one device.", default=1000, least=1)
    queue_when_full: str = key(
        "A full queue drops silently, or answers a new flow with a reset.",
        default="silent",
        allowed=("silent", "visible"),
    )
    round_trip_s: float = key(
        "Time there and back without any queue, the same for all that pass.", default=0.0005, most=10.0
    )
    table: Table | None = key("The flow table; none means it is never the limit.", default=None)
    ports: Ports | None = key("Source ports; none means they are never the limit.", default=None)
    remapped_ratio: float = key(
        "Share of the flows that another device gets when a device is added or lost. Where there are as many "
        "again as when a flow was set up, it comes to its device again, which knows it unless it was away.",
        default=1.0,
        most=1.0,
    )
    flow_state: str = key(
        "Whether a flow that another device gets is lost or carries on.",
        default="lost",
        allowed=("lost", "kept"),
    )
    scaler: DeviceScaler | None = key(
        "What adds devices or capacity by itself; none means they stay as they are.", default=None
    )
    background: Background = key("Traffic of nobody in the world.", factory=Background)
    admission: Admission | None = key("The protective configuration in force.", default=None)
    known_as: Mapping[str, str] = key("Its names outside Tidegate, by system.", factory=dict)

    @property
    def devices_most_count(self) -> int:
        """How many devices it may come to have by itself."""
        if self.scaler is None or self.scaler.grows != "devices":
            return self.devices_count
        return max(self.devices_count, int(self.scaler.most_count))

    @property
    def is_growing(self) -> bool:
        """Whether what passes it may make it hold or do more than before, for good."""
        blocks = (
            self.ports is not None
            and self.ports.block is not None
            and self.ports.block.most_count is not None
        )
        return self.scaler is not None or blocks

    @property
    def growth_most_times(self) -> float:
        """How many times what is stated all devices together may come to do."""
        if self.scaler is None or self.scaler.grows == "devices":
            return self.devices_most_count / self.devices_count
        return self.scaler.most_count

    @property
    def busiest_share_ratio(self) -> float:
        """Share of all flows that the busiest device gets."""
        return min((1.0 + self.skew_ratio) / self.devices_count, 1.0)

    @property
    def unanswered_per_s(self) -> float:
        """New flows a second of the background that one device lets in, and that nobody answers."""
        per_s, limit = self.background.unanswered_per_s, self.admission
        sources_count = self.background.unanswered_sources_count
        if limit is not None and limit.per_source_per_s is not None and sources_count is not None:
            per_s = min(per_s, sources_count * limit.per_source_per_s / self.devices_count)
        if limit is not None and limit.rate_per_s is not None:
            per_s = min(per_s, limit.rate_per_s)
        return per_s

    def beside_unanswered(self, forward_s: float, setup_s: float) -> tuple[float, float]:
        """Return how long a packet and a first packet take beside the flows that are never answered.

        Parameters
        ----------
        forward_s, setup_s
            How long they take without those.
        """
        per_s = self.unanswered_per_s
        if per_s == 0.0:
            return forward_s, setup_s
        forwarding = setting_up = per_s * forward_s
        if self.setup_processor == "shared":
            forwarding = setting_up = per_s * max(forward_s, setup_s)
        elif self.setup_per_s is not None:
            setting_up = per_s * setup_s
        return forward_s / max(1.0 - forwarding, _LEAST_LEFT), setup_s / max(1.0 - setting_up, _LEAST_LEFT)

    @property
    def unanswered_port_hold_s(self) -> float:
        """How long the port of a flow that nobody has answered stays taken; 0 where there are no ports."""
        if self.ports is None:
            return 0.0
        if self.ports.unanswered_hold_s is not None:
            return self.ports.unanswered_hold_s
        entry_s = UNANSWERED_HOLD_S if self.table is None else self.table.unanswered_hold_s
        return max(entry_s, self.ports.hold_s)

    @property
    def flow_capacity_per_s(self) -> float | None:
        """Short connections a second that all devices together can carry; None without a limit.

        A short connection is 10 packets, the first of which sets up the flow.
        """
        forward_s = 0.0
        if self.forwarding_per_s is not None:
            forward_s = 1.0 / max(self.forwarding_per_s - self.background.packets_per_s, 1e-9)
        setup_s = forward_s if self.setup_per_s is None else 1.0 / self.setup_per_s
        forward_s, setup_s = self.beside_unanswered(forward_s, setup_s)
        if self.setup_processor == "shared":
            busy_s = max(setup_s, forward_s) + (EXCHANGE_PACKETS - 1) * forward_s
        else:
            busy_s = max(setup_s, EXCHANGE_PACKETS * forward_s)
        return self.devices_count / busy_s if busy_s > 0 else None

    @property
    def packet_capacity_per_s(self) -> float | None:
        """Packets a second that all devices together forward; None without a limit."""
        return None if self.forwarding_per_s is None else self.forwarding_per_s * self.devices_count
