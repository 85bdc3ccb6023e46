"""What was measured while one thing was cut, and after it was given back? Numbers, not judged yet.

Times are in seconds since the words were asked for, or since the healing; None is never.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class WordReading:
    """What became of the words about one drilled outage.

    Parameters
    ----------
    site
        Where it was opened; empty name of an outage means that this site took none.
    outage
        Its id.
    page_s
        When each site's public page had the words; of an exercise that stays private, its record.
    notice_s
        When the drill's receiver had the notice.
    notices_count
        How often it came.
    is_owed
        Whether it had not come, and a site still said that it owes it.
    """

    site: str
    outage: str
    page_s: Mapping[str, float | None] = field(default_factory=dict)
    notice_s: float | None = None
    notices_count: int = 0
    is_owed: bool = False

    @property
    def first_s(self) -> float | None:
        """When the first page had the words."""
        return min((at_s for at_s in self.page_s.values() if at_s is not None), default=None)


@dataclass(frozen=True, kw_only=True)
class CaseReading:
    """What became of one drilled case.

    Parameters
    ----------
    site
        Where it was sent.
    case
        Its id, as the receipt says; empty where it was not accepted.
    found_at
        The sites that had it after the healing.
    receipt_s
        When its mailed receipt arrived.
    receipts_count
        How often that came.
    is_owed
        Whether the receipt had not come, and a site still said that it owes it.
    """

    site: str
    case: str
    found_at: tuple[str, ...] = ()
    receipt_s: float | None = None
    receipts_count: int = 0
    is_owed: bool = False


@dataclass(frozen=True, kw_only=True)
class CutReading:
    """One step of a drill.

    Parameters
    ----------
    cut
        The name of what was cut.
    hit
        The sites that the cut took away.
    cut_lasted_s
        For how long it was away.
    words, cases
        What became of what was said and asked.
    unheard
        The sites that were there, and did not say within the time for a first word what was said at a site
        that they could hear.
    apart
        The sites that could not be reached, or were cut off from all others.
    unsaid
        The sites whose page did not say in its time that they cannot hear another: where that was looked for.
    stale
        The sites whose page had outlived its own word while nobody took it away.
    mute
        The sites of which console or measures did not answer while nobody took them away.
    identical_s
        How long after the healing all sites held the same record.
    why, is_healed
        What went wrong with the drill itself, empty where nothing did; whether what was cut was given back.
    has_receiver, has_mail
        Whether anybody was there to take notices, and mailed receipts.
    """

    cut: str
    hit: tuple[str, ...] = ()
    cut_lasted_s: float = 0.0
    words: tuple[WordReading, ...] = ()
    cases: tuple[CaseReading, ...] = ()
    unheard: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()
    identical_s: float | None = None
    why: str = ""
    is_healed: bool = True
    has_receiver: bool = True
    has_mail: bool = True

    @property
    def accepted_count(self) -> int:
        """How many cases were accepted."""
        return sum(bool(one.case) for one in self.cases)

    @property
    def lost_cases(self) -> tuple[str, ...]:
        """The cases of which a receipt is in hand, and that no site has."""
        return tuple(one.case for one in self.cases if one.case and not one.found_at)

    @property
    def first_word_s(self) -> float | None:
        """How long the slowest words took to a first page; None where some came to none or none were said."""
        said = [one.first_s for one in self.words if one.outage]
        return None if not said or None in said else max(at_s for at_s in said if at_s is not None)

    @property
    def notices(self) -> tuple[tuple[float | None, int, bool], ...]:
        """Of each notice and mailed receipt that was to come: when it came, how often, whether it is owed."""
        told = [(one.notice_s, one.notices_count, one.is_owed) for one in self.words if one.outage]
        mailed = [(one.receipt_s, one.receipts_count, one.is_owed) for one in self.cases if one.case]
        return (*(told if self.has_receiver else ()), *(mailed if self.has_mail else ()))
