"""What do other sites leave where both can reach it? Looked at often while one is away, and else seldom.

The path for when two sites reach a store and not each other; see `adapters/between_sites/chain_store`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from tidegate.adapters.between_sites.chain_store import ChainStore, StoredChains, offer
from tidegate.adapters.between_sites.named_store import chain_store
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.errors import TidegateError
from tidegate.journal.site_members import Members
from tidegate.verbs.record.drawing import draw

_LOG = logging.getLogger("tidegate.exchange")
WHILE_AWAY_S = 10.0
ELSE_S = 300.0
_LOOK_EVERY_S = 1.0


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
    away
        Gives the sites that do not answer.
    arrived
        Called after something new was taken in.
    pace
        Gives seconds that only ever grow.

    Attributes
    ----------
    failures
        Why a store cannot be used at present, by its name.
    """

    def __init__(
        self, journal: JournalFile, *, members: Callable[[], Members], places: Sequence[str],
        away: Callable[[], Sequence[str]], arrived: Callable[[], None],
        pace: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.failures: dict[str, str] = {}
        self._journal, self._members, self._away = journal, members, away
        self._arrived, self._pace = arrived, pace
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
        return sum(self._use(store, stored) for store, stored in self._stores)

    def _run(self) -> None:
        turned_s = float("-inf")
        while not self._over.is_set():
            every_s = WHILE_AWAY_S if self._away() else ELSE_S
            if self._pace() - turned_s >= every_s:
                if self.turn():
                    self._arrived()
                turned_s = self._pace()
            self._over.wait(_LOOK_EVERY_S)

    def _use(self, store: ChainStore, stored: StoredChains) -> int:
        try:
            offer(self._journal, stored, store)
            drawn = draw(self._journal, stored, self._members, is_over=self._over.is_set)
        except TidegateError as error:
            if self.failures.get(store.name) != str(error):
                _LOG.error("a store cannot be used", extra={"why": str(error)})
            self.failures[store.name] = str(error)
            return 0
        except Exception:  # noqa: BLE001  a fault of ours here must not close this path for good
            _LOG.exception("an exchange through a store failed")
            self.failures[store.name] = "a fault of ours, named in the log"
            return 0
        self.failures.pop(store.name, None)
        for chain, damage in drawn.refused.items():
            _LOG.error("not taken", extra={"chain": chain, "from": store.name, "why": str(damage)})
        return drawn.new_count
