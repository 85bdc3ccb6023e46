"""How is another site doing, as seen from here? When it was heard, by which way, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.journal.entry_chain import Damage

if TYPE_CHECKING:
    from tidegate.journal.received import ChainEnd


@dataclass(kw_only=True)
class PeerStanding:
    """How another site is doing, as seen from here.

    Parameters
    ----------
    name, url
        The site, and where it is asked; empty where it is not asked from here.
    heard_s
        When it answered last, on a clock that only grows; None for never.
    why
        Why it does not answer; empty where it does.
    refused
        What it handed over that was not taken, and why, by chain.
    withheld
        Why what it knows in secret was not taken; empty where it was.
    unproven
        Why what it says has left the record there is not believed; empty where it is, or nothing has.
    ends
        Where each chain that it has ended there, as it said last.
    ahead_s
        How far this site's clock was ahead of its clock; negative for behind.
    relayed_s
        When another site that was heard had heard it, on the clock that only grows; None for never.
    before_s
        When it was heard before this server began, on that clock; None where that is not known.
    left_s, left_until_s
        When it left its last sheet where sites leave things for each other, and until when that means that it
        is there, on that clock; None for never.
    left_in
        Where that is.
    known_s
        Since when it is to be heard, on that clock; None for since the begin.
    is_refusing
        Whether it says that it does not work with this site, or no longer.
    is_parting
        Whether it said, signed, that this site was retired there, and was not heard since.
    """

    name: str
    url: str
    heard_s: float | None = None
    why: str = "not asked yet"
    refused: Mapping[str, Damage] = field(default_factory=dict)
    withheld: str = ""
    unproven: str = ""
    ends: Sequence[ChainEnd] = ()
    ahead_s: float = 0.0
    relayed_s: float | None = None
    before_s: float | None = None
    known_s: float | None = None
    left_s: float | None = None
    left_until_s: float | None = None
    left_in: str = ""
    is_refusing: bool = False
    is_parting: bool = False

    @property
    def reached_s(self) -> float | None:
        """When what it has was had last, from itself or by way of another site; None for never."""
        reached = (self.heard_s, self.relayed_s, self.before_s)
        return max((at_s for at_s in reached if at_s is not None), default=None)

    @property
    def latest_s(self) -> float | None:
        """When anything of it came last, by whichever way or as it left it; None for never."""
        return max((at_s for at_s in (self.reached_s, self.left_s) if at_s is not None), default=None)

    @property
    def awaited_s(self) -> float | None:
        """Since when it keeps us waiting: from when it was reached last, or is to be; None for the begin."""
        return max((at_s for at_s in (self.reached_s, self.known_s) if at_s is not None), default=None)
