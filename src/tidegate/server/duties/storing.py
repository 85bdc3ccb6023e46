"""What do other sites leave where both can reach it? Looked at often while one is away, and else seldom.

The path for when two sites reach a store and not each other; see `adapters/between_sites/chain_store`. Each
turn leaves a sheet there besides, which says that this site is there, and tells the others what is secret.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from tidegate.adapters.between_sites.chain_store import ChainStore, StoredChains, offer
from tidegate.adapters.between_sites.named_store import chain_store
from tidegate.adapters.between_sites.store_sheets import leave_sheet, sheets_in
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.errors import TidegateError
from tidegate.journal.site_members import Members
from tidegate.verbs.record.drawing import Drawn, draw
from tidegate.verbs.record.left_sheets import Sheets, SheetsTaken

_LOG = logging.getLogger("tidegate.exchange")
WHILE_UNHEARD_S = 10.0
ELSE_S = 300.0
_LOOK_EVERY_S = 1.0
_LATE_S = 60.0
"""So much longer than until the next turn a sheet means that its site is there: clocks differ."""


class Storing:
    """Hands over and takes in through stores, until it is stopped.

    Parameters
    ----------
    journal
        The open journal.
    members
        Gives whom this site trusts, as it is then.
    places
        The stores, as they are named.
    unheard
        Gives the sites that do not answer, and that no other reaches.
    arrived
        Called after something new was taken in.
    sheets
        What this site leaves for others, and takes of them.
    looked
        Called after secrets were taken in.
    pace
        Gives seconds that only ever grow.

    Attributes
    ----------
    failures
        Why a store cannot be used at present, by its name.
    """

    def __init__(
        self, journal: JournalFile, *, members: Callable[[], Members], places: Sequence[str],
        unheard: Callable[[], Sequence[str]], arrived: Callable[[], None], sheets: Sheets,
        looked: Callable[[], None] = lambda: None,
        pace: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.failures: dict[str, str] = {}
        self._journal, self._members, self._unheard = journal, members, unheard
        self._arrived, self._looked, self._pace = arrived, looked, pace
        self._sheets = sheets
        self._refused: dict[str, list[str]] = {}
        self._turning = threading.Lock()
        self._stores = [(store, StoredChains(store)) for store in map(chain_store, places)]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exchange stores", daemon=True)

    def start(self) -> None:
        """Begin, where there is any store."""
        if self._stores:
            self._thread.start()

    def stop(self) -> None:
        """End after the turn that is being made."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10.0)

    def turn(self) -> int:
        """Hand over and take in once through every store; return how many entries were new here."""
        with self._turning:
            return sum(self._use(store, stored) for store, stored in self._stores)

    @property
    def alarms(self) -> tuple[str, ...]:
        """What an operator must know of stores."""
        return tuple(f"{why[:1].upper()}{why[1:]}." for _, why in sorted(self.failures.items()))

    def _run(self) -> None:
        turned_s = float("-inf")
        while not self._over.is_set():
            if self._pace() - turned_s >= self._every_s():
                if self.turn():
                    self._arrived()
                turned_s = self._pace()
            self._over.wait(_LOOK_EVERY_S)

    def _every_s(self) -> float:
        return WHILE_UNHEARD_S if self._unheard() else ELSE_S

    def _use(self, store: ChainStore, stored: StoredChains) -> int:
        drawn = Drawn()
        try:
            offer(self._journal, stored, store)
            drawn = draw(self._journal, stored, self._members, is_over=self._over.is_set)
            self._exchange_sheets(store)
        except (TidegateError, OSError) as error:
            if self.failures.get(store.name) != str(error):
                _LOG.error("a store cannot be used", extra={"why": str(error)})
            self.failures[store.name] = str(error)
        except Exception:  # noqa: BLE001  a fault of ours here must not close this path for good
            _LOG.exception("an exchange through a store failed")
            self.failures[store.name] = f"{store.name} was not used: a fault of ours, named in the log"
        else:
            self.failures.pop(store.name, None)
        for chain, damage in drawn.refused.items():
            _LOG.error("not taken", extra={"chain": chain, "from": store.name, "why": str(damage)})
        return drawn.new_count

    def _exchange_sheets(self, store: ChainStore) -> None:
        """Take what other sites left, and leave what this one has by then."""
        taken = SheetsTaken()
        for text in sheets_in(store, self._journal.site):
            self._sheets.take(text, store.name, taken)
        for why in taken.refused:
            if why not in self._refused.get(store.name, ()):
                _LOG.error("not taken", extra={"from": store.name, "why": why})
        self._refused[store.name] = taken.refused
        for name in taken.told_by:
            _LOG.info("secrets were taken in", extra={"from": name})
        if taken.told_by:
            self._looked()
        leave_sheet(store, self._journal.site, self._sheets.sheet(self._every_s() + _LATE_S))
