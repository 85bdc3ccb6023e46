"""How does a drill go? Cut one thing, speak and ask at every site that is left, watch, heal, look again.

Where things are cut and healed is the ground's; what the numbers mean is judged elsewhere. A healing is
carried out whatever happened since the cut.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from tidegate.adapters.drilling.cut_watch import CutWatch
from tidegate.adapters.drilling.drill_conduct import Conduct
from tidegate.adapters.drilling.receivers import Receivers
from tidegate.adapters.drilling.site_door import SiteDoor
from tidegate.errors import CannotTellError, RigError
from tidegate.observe.drill.cut_reading import CutReading
from tidegate.observe.drill.cuts import Cut, sites_hit

Tell = Callable[[Mapping[str, object]], None]
LOOK_EVERY_S = 0.25


class Ground(Protocol):
    """Where sites stand, and what can be taken from them."""

    def cut(self, cut: Cut, hit: Sequence[str]) -> None:
        """Take something away; raises RigError where that fails."""

    def heal(self, cut: Cut, hit: Sequence[str]) -> None:
        """Give it back; raises RigError where that fails."""


class Conductor:
    """Conducts one drill.

    Parameters
    ----------
    doors
        The sites.
    ground
        What takes things away.
    receivers
        What came to our receivers.
    conduct
        How.
    tell
        Given what goes on.
    """

    def __init__(
        self, doors: Sequence[SiteDoor], ground: Ground, receivers: Receivers, conduct: Conduct, tell: Tell
    ) -> None:
        self._doors, self._ground, self._receivers = tuple(doors), ground, receivers
        self._conduct, self._tell = conduct, tell
        self._names = tuple(door.name for door in doors)
        self._owed_before = 0

    def run(self) -> list[CutReading]:
        """Drill, and return what was measured.

        Raises
        ------
        CannotTellError
            If the sites do not hold the same record before anything is cut.
        """
        with ThreadPoolExecutor(max(2 * len(self._doors), 4)) as threads:
            self._begin(threads)
            watches: list[CutWatch] = []
            for i, cut in enumerate(self._conduct.cuts):
                if watches and not watches[-1].is_healed:
                    break
                self._stage(f"{i + 1} of {len(self._conduct.cuts)}: cutting {cut.says}")
                watches.append(self._one(cut, threads))
            self._stage("waiting for what is still owed")
            self._wait(lambda: all(watch.has_all_notices() for watch in watches), self._conduct.heal_s)
            return self._readings(watches)

    def _readings(self, watches: Sequence[CutWatch]) -> list[CutReading]:
        """Return what was measured; of what did not come, so much is owed as sites owe more than before."""
        left, found = max(self._owed_count() - self._owed_before, 0), []
        for watch in watches:
            found.append(watch.reading(owed_count=left))
            left = max(left - watch.missing_count(), 0)
        return found

    def _stage(self, says: str) -> None:
        self._tell({"kind": "stage", "says": says})

    def _begin(self, threads: ThreadPoolExecutor) -> None:
        self._stage("looking whether all sites hold the same record")
        if self._identical_s(threads, time.monotonic()) is None:
            raise CannotTellError(
                f"the sites do not hold the same record within {self._conduct.heal_s:g} s, before anything "
                "is cut: a drill would show nothing; see `tidegate site list` at each"
            )
        self._owed_before = self._owed_count()

    def _one(self, cut: Cut, threads: ThreadPoolExecutor) -> CutWatch:
        hit = sites_hit(cut, self._names)
        watch = CutWatch(cut, hit, self._doors, self._receivers, self._conduct)
        began_s = time.monotonic()
        try:
            self._cut(cut, hit, watch, threads)
        except RigError as error:
            watch.why = str(error)
        finally:
            self._heal(cut, hit, watch)
        watch.lasted_s = time.monotonic() - began_s
        self._after(watch, threads)
        return watch

    def _cut(self, cut: Cut, hit: Sequence[str], watch: CutWatch, threads: ThreadPoolExecutor) -> None:
        """Cut, speak and watch, until all is seen that can be seen or its time is over."""
        began_s, conduct = time.monotonic(), self._conduct
        watch.ask_before(threads)
        self._ground.cut(cut, hit)
        watch.speak(threads)
        # What is still missing after its time is not waited for by the other.
        self._wait(
            lambda: watch.look(threads) and time.monotonic() - began_s >= conduct.hold_s,
            max(conduct.first_word_s, conduct.hold_s),
        )
        if conduct.apart_said_s:
            left_s = conduct.apart_said_s - (time.monotonic() - began_s)
            self._wait(lambda: watch.is_said_apart(threads), left_s)
        watch.look_around(threads)

    def _heal(self, cut: Cut, hit: Sequence[str], watch: CutWatch) -> None:
        self._stage(f"healing: {cut.says}")
        try:
            self._ground.heal(cut, hit)
        except RigError as error:
            watch.why, watch.is_healed = str(error), False

    def _after(self, watch: CutWatch, threads: ThreadPoolExecutor) -> None:
        healed_s = time.monotonic()
        watch.identical_s = self._identical_s(threads, healed_s)
        watch.look(threads)
        self._wait(lambda: watch.find_cases(threads), self._conduct.heal_s)
        self._wait(watch.has_all_notices, self._conduct.heal_s - (time.monotonic() - healed_s))
        watch.end(threads)

    def _identical_s(self, threads: ThreadPoolExecutor, since_s: float) -> float | None:
        """Wait until all hold the same record; return when, in seconds since `since_s`. None for never.

        It is waited for longer than it may take: late is another answer than never.
        """
        found: list[float] = []

        def is_same() -> bool:
            heads = list(threads.map(lambda door: door.heads(), self._doors))
            if None in heads or len(set(heads)) != 1:
                return False
            found.append(time.monotonic() - since_s)
            return True

        self._wait(is_same, 2 * self._conduct.heal_s)
        return found[0] if found else None

    @staticmethod
    def _wait(is_done: Callable[[], bool], most_s: float) -> None:
        until_s = time.monotonic() + most_s
        while not is_done() and time.monotonic() < until_s:
            time.sleep(LOOK_EVERY_S)

    def _owed_count(self) -> int:
        """Return how many notices the record says are owed, as the site says that knows of most."""
        said = [door.measures() for door in self._doors]
        return max((round(one.get("tidegate_notices_owed", 0.0)) for one in said if one), default=0)
