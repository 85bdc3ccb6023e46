"""What is otherwise for a sender whose site keeps its record with others? One alone notices nothing of it.

Here stand whose turn a notice is, what this site says that it can send, and that what another site published
is left to that site's own plan for a moment. Nothing is sent or written here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from tidegate.adapters.channels.ledger import Ledger
from tidegate.adapters.channels.operators import OperatorsChannel
from tidegate.adapters.channels.sending_answer import Became, Channel
from tidegate.inform.delivery import Delivery
from tidegate.inform.sending_ability import Ability, able
from tidegate.inform.sending_turn import SendingSites, Turns, delivery_way, way_of
from tidegate.journal.chain_name import site_of
from tidegate.journal.entry import Draft, Entry

PLANNED_ELSEWHERE_S = 5.0
"""So long another site has to plan the notices of what it published before they are planned here."""
_PLANS_FOLLOW = frozenset({"update.published", "case.replied", "case.received"})


class SharedSending:
    """Knows what a sender leaves to other sites, and when it does not any more.

    Parameters
    ----------
    ledger
        The journal, and what it says.
    channels
        The channels that are set up, by their kind.
    besides
        What this site is able to besides.
    is_announced
        Whether this sender says what its site can send: whoever sends only once does not.
    """

    def __init__(
        self, ledger: Ledger, channels: Mapping[str, Channel], *, besides: Collection[str], is_announced: bool
    ) -> None:
        self._ledger = ledger
        self._turns = Turns(from_plan=not is_announced)
        self._ability = Ability(_ways(channels), besides)
        self._is_announced = is_announced
        self._announced: tuple[str, ...] | None = None
        self._known: tuple[SendingSites, tuple[str, ...], SendingSites] | None = None
        self._ended: set[str] = set()  # concluded here, and not read back from the journal yet
        self._elsewhere: deque[tuple[float, Entry]] = deque()

    def is_ours(self, delivery: Delivery, now_s: float) -> bool:
        """Whether a notice is to be sent from here now; if not, `look_again` gives it once it may be."""
        sites = self._sites(now_s)
        if sites.is_alone:
            return True
        return delivery.id not in self._ended and self._turns.is_come(
            delivery, self._way(delivery), sites, now_s
        )

    def is_still_ours(self, delivery: Delivery, now_s: float) -> bool:
        """Whether that is still so, just before it is sent."""
        sites = self._sites(now_s)
        return sites.is_alone or self._turns.is_still(delivery, self._way(delivery), sites, now_s)

    def look_again(self, new: Sequence[Entry], now_s: float) -> list[str]:
        """Take in what was said, and return the notices that it may be this site's turn to send."""
        found: list[str] = []
        for entry in new:
            if not entry.kind.startswith("delivery."):
                if entry.kind.startswith("site."):
                    found += self._turns.all()
                continue
            site = site_of(entry.site)
            if entry.kind == "delivery.done":
                self._turns.forget(entry.subject)
                self._ended.discard(entry.subject)
            if site == self._ledger.own:
                if entry.kind == "delivery.attempted" and not self._ledger.sites().is_alone:
                    found.append(entry.subject)
            elif entry.kind != "delivery.planned":
                self._turns.heard(site, now_s)
        return [*found, *self._turns.due(now_s)]

    def to_plan(self, new: Sequence[Entry], now_s: float) -> list[Entry]:
        """Return that from which plans follow now: what another site said only after that had its time."""
        is_alone = self._ledger.sites().is_alone
        found = []
        for entry in new:
            if is_alone or entry.kind not in _PLANS_FOLLOW or site_of(entry.site) == self._ledger.own:
                found.append(entry)
            else:
                self._elsewhere.append((now_s + PLANNED_ELSEWHERE_S, entry))
        while self._elsewhere and self._elsewhere[0][0] <= now_s:
            found.append(self._elsewhere.popleft()[1])
        return found

    def concluded(self, delivery: Delivery, receiver: str, became: Became, now_s: float) -> None:
        """Take in what became of a sending from here."""
        way = self._way(delivery)
        if became is Became.DOWN:
            self._ability.failed(way, receiver, now_s)
        else:
            self._ability.answered(way)

    def ended(self, named: str) -> None:
        """Say that a notice has ended, which is about to be written."""
        if not self._ledger.sites().is_alone:
            self._ended.add(named)

    @property
    def is_alone(self) -> bool:
        """Whether all that is owed is this site's to send."""
        return self._ledger.sites().is_alone

    def announcement(self, now_s: float) -> Draft | None:
        """Return what is to be said of what this site can send; None where nothing is new."""
        if not self._is_announced or self._ledger.sites().is_alone:
            return None
        ways = self._ability.ways(now_s)
        if ways == self._announced:
            return None
        self._announced = ways
        return able(self._ledger.state.sites, self._ledger.own, ways)

    def _sites(self, now_s: float) -> SendingSites:
        """Return who sends; of itself this site knows what it can before it has said so."""
        known = self._ledger.sites()
        if known.is_alone:
            return known
        ways = self._ability.ways(now_s)
        if self._known is None or self._known[0] is not known or self._known[1] != ways:
            able = {**known.able, known.own: frozenset(ways)}
            self._known = known, ways, replace(known, able=able)
        return self._known[2]

    def _way(self, delivery: Delivery) -> str:
        return delivery_way(delivery, self._ledger.state.subscription)


def _ways(channels: Mapping[str, Channel]) -> dict[str, bool]:
    """Return each way with whether its receiver is this site's own."""
    found = {}
    for kind, channel in channels.items():
        names = channel.names if isinstance(channel, OperatorsChannel) else ("",)
        found.update({way_of(kind, name): channel.is_own for name in names})
    return found
