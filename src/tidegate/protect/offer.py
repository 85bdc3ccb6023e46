"""One thing that could be set, what it asks of people, and how far it may be eased. Nothing of the world.

What asks least comes first. A *setting* tells a device or a client how to behave. A *limit* must be
raised, a *goal* be lowered, a *capacity* be bought: these are tried only where no settings are enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

_ASKS = {"setting": 0.0, "limit": 1000.0, "goal": 2000.0, "capacity": 4000.0}
_ALONE = ("goal", "capacity")
_MOST_BESIDE = 2


@dataclass(frozen=True, kw_only=True)
class Knob:
    """How one value of an offer is eased towards what stands today.

    Parameters
    ----------
    path
        Which value.
    least, most
        Between which strengths; the offer itself is at the greatest.
    base, scale, grows
        At strength x the value is base + scale × x, or base + scale / x where it does not grow.
    whole
        Whether it is a whole number; then it is rounded to the safe side.
    rounded
        Whether of a whole number only three figures are kept, rounded to the safe side as well.
    """

    path: str
    least: float
    most: float
    base: float = 0.0
    scale: float = 1.0
    grows: bool = True
    whole: bool = False
    rounded: bool = False

    def value(self, strength: float) -> float:
        """Return the value at a strength."""
        value = self.base + (self.scale * strength if self.grows else self.scale / strength)
        if self.whole:
            step = 10 ** max(math.floor(math.log10(max(value, 1.0))) - 2, 0) if self.rounded else 1
            return float(step * (math.ceil(value / step) if self.grows else math.floor(value / step)))
        return float(f"{value:.3g}")


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One setting, or a few that only make sense together.

    Parameters
    ----------
    name
        What people call it.
    changes
        Values by path.
    refuses
        How much work it may turn away: 0 none, 1 what would wait too long, 2 what is too much.
    asks
        "setting", "limit", "goal" or "capacity".
    knob
        What may be eased; None where its value comes from a sum and stays.
    because
        The sum that shows which number stands in the way, as a clause; empty for a setting.
    is_needed
        Whether nothing is enough without it, by arithmetic.
    """

    name: str
    changes: Mapping[str, object]
    refuses: int
    asks: str = "setting"
    knob: Knob | None = None
    because: str = ""
    is_needed: bool = False

    def at(self, strength: float) -> Offer:
        """Return the offer eased to a strength."""
        assert self.knob is not None
        return replace(self, changes={**self.changes, self.knob.path: self.knob.value(strength)})


def together(kept: Sequence[Offer]) -> dict[str, object]:
    """Return the overlay of several offers."""
    changes: dict[str, object] = {}
    for offer in kept:
        changes |= offer.changes
    return changes


def asked_of(kept: Sequence[Offer]) -> float:
    """Return what a set asks for beyond settings: nothing, a limit raised, a goal lowered, capacity."""
    return sum(_ASKS[offer.asks] for offer in kept)


def cost_of(kept: Sequence[Offer]) -> float:
    """Return what a set asks for.

    What can be set comes before what must be raised, lowered or bought; then few parts come first;
    of as many, those that turn nobody away.
    """
    return asked_of(kept) + 100.0 * len(kept) + sum(offer.refuses for offer in kept)


def sets_of(offers: Sequence[Offer], *, most_count: int) -> list[tuple[Offer, ...]]:
    """Return every set of at most so many offers that do not set the same thing twice, the least first.

    A smaller goal and more capacity stand beside one other part at most. What nothing is enough without is
    part of each.
    """
    needed = {offer.name for offer in offers if offer.is_needed}
    sets = [kept for size in range(1, most_count + 1) for kept in combinations(offers, size)]
    sets = [kept for kept in sets if needed <= {offer.name for offer in kept}]
    distinct = [kept for kept in sets if len(together(kept)) == sum(len(one.changes) for one in kept)]
    few = [
        kept
        for kept in distinct
        if len(kept) <= _MOST_BESIDE or not any(offer.asks in _ALONE for offer in kept)
    ]
    return sorted(few, key=cost_of)
