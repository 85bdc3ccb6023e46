"""Journals and records that several tests share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.errors import InputError
from tidegate.inform.state import State
from tidegate.journal.clock import START, Stamp, next_stamp
from tidegate.journal.entry import FIRST_HASH, Draft, Entry, Sealed, body_hash, place, read_entry, seal
from tidegate.verbs.record.outage import Desk
from tidegate.world.file.read import read_world
from tidegate.world.world import World

NOON_S = 1_764_590_400.0
"""1 December 2025, 12:00 UTC."""

WORLD = """
tidegate: 1
networks: {inside: {title: inner network}, outside: {title: outer network}}
crossings:
  edge:
    between: [inside, outside]
    devices: 2
    forwarding: 10k/s
    known_as: {prometheus: 'device_group="edge"'}
services:
  shop:
    {network: outside, title: the shop, public: the shop, instances: 4, concurrency: 8, service_time: 5ms,
     calls: [{service: login, timeout: 1s}]}
  search: {network: outside, title: search, public: search, instances: 4, concurrency: 8, service_time: 5ms}
  login:
    {network: inside, title: sign-in, public: sign-in, instances: 4, concurrency: 8, service_time: 5ms,
     calls: [{service: store, timeout: 1s}]}
  store: {network: inside, title: storage, public: storage, instances: 4, concurrency: 8, service_time: 5ms}
segments:
  buyers: {title: buyers, uses: [shop], loses: paying, keeps: looking around}
  readers: {title: readers, uses: [search], loses: finding things}
tooling:
  graphs: {role: monitoring, title: dashboards, network: outside, uses: [login]}
"""


def world() -> World:
    """Two networks; the shop outside needs sign-in inside, search needs nobody."""
    return read_world(WORLD, "sample").world


class Memory:
    """A journal of one site without a disk; it is signed and chained like any other."""

    def __init__(self, site: str = "here", now_s: float = NOON_S) -> None:
        self.site = site
        self.now_s = now_s
        self.key = Ed25519PrivateKey.from_private_bytes(site.encode().ljust(32, b"."))
        self.sealed: list[Sealed] = []
        self._stamp: Stamp = START
        self._previous = FIRST_HASH
        public = self.key.public_key().public_bytes_raw().hex()
        self.append([Draft(kind="site.began", subject=site, payload={"public_key": public})])

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        faults = [fault for draft in drafts for fault in draft.faults()]
        if faults:  # as a journal on a disk does
            raise InputError(*faults)
        entries = []
        for draft in drafts:
            self._stamp = next_stamp(self._stamp, self.now_s)
            number = len(self.sealed) + 1
            entry = place(draft, self.site, number, self._stamp, self._previous)
            self.sealed.append(seal(entry, self.key))
            self._previous = body_hash(self.sealed[-1].body)
            entries.append(entry)
        return tuple(entries)

    def entries(self) -> list[Entry]:
        return [read_entry(one.body) for one in self.sealed]


class Clock:
    """A clock that a test sets."""

    def __init__(self, now_s: float = NOON_S) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


def desk(*, with_world: bool = True) -> tuple[Desk, Clock, Memory]:
    """A desk on a journal in memory, with its clock."""
    clock, journal, count = Clock(), Memory(), iter(range(10_000))

    class Following:
        def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
            journal.now_s = clock.now_s
            return journal.append(drafts)

    made = Desk(
        journal=Following(),
        state=State().take_all(journal.entries()),
        by="ann",
        clock=clock,
        entropy=lambda: next(count).to_bytes(16, "big"),
        world=world() if with_world else None,
    )
    return made, clock, journal


def everything(state: State) -> dict[str, object]:
    """All that a state says, to be compared."""
    rows = {
        name: {
            key: {slot: getattr(row, slot) for slot in row.__slots__} for key, row in sorted(table.items())
        }
        for name, table in (("cases", state.cases), ("deliveries", state.deliveries))
    }
    return {
        **rows,
        "outages": state.outages(),
        "components": [(one, state.claims(one.id, NOON_S)) for one in state.components()],
        "maintenance": state.maintenance(),
        "subscriptions": state.subscriptions(),
        "accounts": state.accounts(),
        "decisions": state.decisions(),
        "sites": state.sites,
        "latest": state.latest,
        "heads": state.heads,
        "counts": (state.entries_count, state.unknown_count),
    }


def folded(entries: Iterable[Entry]) -> dict[str, object]:
    """What entries say, folded in the order given."""
    return everything(State().take_all(entries))
