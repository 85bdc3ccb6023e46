"""What is seen while one thing is cut, and after it was given back? Gathered here, judged elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tidegate.adapters.drilling.drill_conduct import Conduct
from tidegate.adapters.drilling.receivers import Receivers
from tidegate.adapters.drilling.site_door import SiteDoor
from tidegate.observe.drill.cut_reading import CaseReading, CutReading, WordReading
from tidegate.observe.drill.cuts import Cut

MAIL_DOMAIN = "drill.test"
"""Nobody's, ever: RFC 2606."""


@dataclass(kw_only=True)
class _Said:
    """What was said and asked at one site."""

    site: str
    mark: str
    asked_s: float
    worded_s: float = 0.0
    is_word: bool = False
    outage: str = ""
    case: str = ""
    contact: str = ""
    page_s: dict[str, float] = field(default_factory=dict)
    found_at: tuple[str, ...] = ()


class CutWatch:
    """Watches one cut.

    Parameters
    ----------
    cut, hit
        What is cut, and the sites that it takes away.
    doors
        All sites.
    receivers
        What came to our receivers.
    conduct
        How the drill is conducted.

    Attributes
    ----------
    lasted_s, identical_s, why, is_healed
        As in what is measured of a cut.
    """

    def __init__(
        self, cut: Cut, hit: Sequence[str], doors: Sequence[SiteDoor], receivers: Receivers, conduct: Conduct
    ) -> None:
        self.lasted_s = 0.0
        self.identical_s: float | None = None
        self.why, self.is_healed = "", True
        self._cut, self._hit, self._doors = cut, tuple(hit), tuple(doors)
        self._receivers, self._conduct = receivers, conduct
        # Who is cut off and lives goes on for its own region: there it is asked where that can be.
        isolated = () if cut.is_kill else (door for door in doors if door.name in hit and door.beside)
        self._up = (
            *(door for door in doors if door.name not in hit),
            *(door.from_beside() for door in isolated),
        )
        self._said: list[_Said] = []
        self._unheard: tuple[str, ...] = ()
        self._unsaid: tuple[str, ...] = ()
        self._stale: tuple[str, ...] = ()
        self._mute: tuple[str, ...] = ()

    # -- while it is cut --------------------------------------------------------------------------

    def ask_before(self, threads: ThreadPoolExecutor) -> None:
        """Ask for help at the sites that are killed next: what they acknowledge last is looked for."""
        hit = [door for door in self._doors if self._cut.is_kill and door.name in self._hit]
        self._said += threads.map(self._ask_at, hit)

    def _ask_at(self, door: SiteDoor) -> _Said:
        mark = f"{self._conduct.mark} {self._cut.name} at {door.name}"
        words = mark.replace(" ", "-").lower()
        one = _Said(site=door.name, mark=mark, asked_s=time.monotonic(), contact=f"{words}@{MAIL_DOMAIN}")
        # The key makes what is sent twice one case; the answer in hand is the receipt.
        one.case = door.ask_for_help(f"This is a drill: {mark}.", one.contact, words)
        return one

    def speak(self, threads: ThreadPoolExecutor) -> None:
        """Open an exercise, say words of it and ask for help, at every site that is left."""
        self._said += threads.map(self._speak_at, self._up)

    def _speak_at(self, door: SiteDoor) -> _Said:
        one = self._ask_at(door)
        one.is_word = True
        one.worded_s = time.monotonic()
        one.outage = door.open_exercise(one.mark, is_private=self._conduct.is_private)
        if one.outage and not door.publish(one.outage):
            one.outage = ""
        return one

    def look(self, threads: ThreadPoolExecutor) -> bool:
        """Look at every site's page for what it does not say yet; whether all say what they could hear."""
        list(threads.map(self._look_at, self._up))
        return not self._missing()

    def _look_at(self, door: SiteDoor) -> None:
        for one in self._said:
            if not one.outage or door.name in one.page_s:
                continue
            is_private = self._conduct.is_private
            if door.has_words(one.outage) if is_private else door.shows(one.outage, one.mark):
                one.page_s[door.name] = time.monotonic() - one.worded_s

    def _missing(self) -> tuple[str, ...]:
        """Return the sites that do not say yet what they could hear."""
        return tuple(
            door.name for door in self._up
            if any(
                one.outage and door.name not in one.page_s and self._can_hear(door.name, one.site)
                for one in self._said
            )
        )  # fmt: skip

    def _can_hear(self, listener: str, speaker: str) -> bool:
        if listener == speaker:
            return True
        return not self._cut.is_between and not {listener, speaker} & set(self._hit)

    def is_said_apart(self, threads: ThreadPoolExecutor) -> bool:
        """Look whose page does not say which sites it cannot hear; whether there is none."""
        says = threads.map(lambda door: door.says_apart(self._away_from(door.name)), self._up)
        self._unsaid = tuple(door.name for door, is_said in zip(self._up, says, strict=True) if not is_said)
        return not self._unsaid

    def _away_from(self, listener: str) -> tuple[str, ...]:
        names = (door.name for door in self._doors)
        return tuple(name for name in names if not self._can_hear(listener, name))

    def look_around(self, threads: ThreadPoolExecutor) -> None:
        """Keep who is blind at the end of the cut: unheard words, stale pages, no console or measures."""
        self._unheard = self._missing()
        seen = list(threads.map(_stale_and_mute, self._up))
        self._stale = tuple(door.name for door, (stale, _) in zip(self._up, seen, strict=True) if stale)
        self._mute = tuple(door.name for door, (_, mute) in zip(self._up, seen, strict=True) if mute)

    # -- after it was given back ------------------------------------------------------------------

    def find_cases(self, threads: ThreadPoolExecutor) -> bool:
        """Look which sites have the cases that were accepted; whether all have all."""
        for one in self._said:
            if one.case:
                has = list(threads.map(lambda door, case=one.case: door.has_case(case), self._doors))
                one.found_at = tuple(
                    door.name for door, is_there in zip(self._doors, has, strict=True) if is_there
                )
        return all(len(one.found_at) == len(self._doors) for one in self._said if one.case)

    def has_all_notices(self) -> bool:
        """Whether every notice and mailed receipt that is to come came at least once."""
        return not self.missing_count()

    def end(self, threads: ThreadPoolExecutor) -> None:
        """Say that the exercises are over, each where it was opened or else anywhere."""
        list(threads.map(self._end_one, [one for one in self._said if one.outage]))

    def _end_one(self, one: _Said) -> None:
        own_first = sorted(self._doors, key=lambda door: door.name != one.site)
        any(door.end_exercise(one.outage) for door in own_first)

    def missing_count(self) -> int:
        """Return how many notices and mailed receipts were to come and did not."""
        return sum(not came_s for one in self._said for came_s in self._due(one))

    def _due(self, one: _Said) -> tuple[list[float], ...]:
        """Return when each notice and mailed receipt came that was to come, none where it did not."""
        told = [self._receivers.noticed(one.mark)] if self._conduct.has_receiver and one.outage else []
        mailed = [self._receivers.mailed(one.contact)] if self._conduct.has_mail and one.case else []
        return (*told, *mailed)

    def reading(self, *, owed_count: int) -> CutReading:
        """Return what was measured.

        Parameters
        ----------
        owed_count
            So many of the notices that did not come are still owed; the others are lost.
        """
        apart = tuple(door.name for door in self._doors) if self._cut.is_between else self._hit
        left = iter([True] * owed_count)
        return CutReading(
            cut=self._cut.name, hit=self._hit, cut_lasted_s=self.lasted_s,
            words=tuple(self._word(one, left) for one in self._said if one.is_word),
            cases=tuple(self._case(one, left) for one in self._said),
            unheard=self._unheard, apart=apart, unsaid=self._unsaid, stale=self._stale, mute=self._mute,
            identical_s=self.identical_s, why=self.why, is_healed=self.is_healed,
            has_receiver=self._conduct.has_receiver, has_mail=self._conduct.has_mail,
        )  # fmt: skip

    def _word(self, one: _Said, owed: Iterator[bool]) -> WordReading:
        came_s = self._receivers.noticed(one.mark)
        is_due = self._conduct.has_receiver and bool(one.outage)
        return WordReading(
            site=one.site, outage=one.outage,
            page_s={door.name: one.page_s.get(door.name) for door in self._up},
            notice_s=came_s[0] - one.worded_s if came_s else None, notices_count=len(came_s),
            is_owed=is_due and not came_s and next(owed, False),
        )  # fmt: skip

    def _case(self, one: _Said, owed: Iterator[bool]) -> CaseReading:
        came_s = self._receivers.mailed(one.contact)
        is_due = self._conduct.has_mail and bool(one.case)
        return CaseReading(
            site=one.site, case=one.case, found_at=one.found_at,
            receipt_s=came_s[0] - one.asked_s if came_s else None, receipts_count=len(came_s),
            is_owed=is_due and not came_s and next(owed, False),
        )  # fmt: skip


def _stale_and_mute(door: SiteDoor) -> tuple[bool, bool]:
    until_s = door.believed_until_s()
    is_stale = until_s is None or until_s < time.time()
    return is_stale, not door.has_console() or door.measures() is None
