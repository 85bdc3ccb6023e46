"""Does this site say what leaves the record, and let it go once all say the same? It looks all the time.

How that is worked out and done is `verbs/record/compacting`. Meanwhile nothing is sent from here; afterwards
what this process knows is read anew: what has left the journal leaves its memory too.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tidegate.errors import TidegateError
from tidegate.journal.leaving_plan import Waiting
from tidegate.verbs.record.compacting import Ready, carry_out, decide

if TYPE_CHECKING:
    from tidegate.journal.site_members import Members
    from tidegate.server.duties.sending import Notices
    from tidegate.server.site_record import Record

_LOG = logging.getLogger("tidegate.compacting")
_LOOK_EVERY_S = 1.0
_AGAIN_S, _ANYWAY_S = 10.0, 60.0
_SHARE_RATIO = 0.05
"""To work out what leaves reads all of the record: it takes no more of the time than this."""


class LettingGo:
    """Says what leaves, and lets it go, until it is stopped.

    Parameters
    ----------
    record
        The record.
    members
        Gives whom this site trusts, as it is then.
    notices
        What sends; it rests while something leaves.
    pace
        Gives seconds that only ever grow.
    """

    def __init__(
        self, record: Record, *, members: Callable[[], Members], notices: Notices,
        pace: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._record, self._members, self._notices, self._pace = record, members, notices, pace
        self._seen: tuple[object, ...] = ()
        self._next_s = self._anyway_s = 0.0
        self._said: Waiting | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="compacting", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is leaving leaves first, for a while."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30.0)

    def _run(self) -> None:
        while not self._over.wait(_LOOK_EVERY_S):
            try:
                self.look()
            except TidegateError as error:
                _LOG.error("nothing leaves the record", extra={"why": str(error)})
                self._next_s = self._pace() + _AGAIN_S
            except Exception:  # noqa: BLE001  without this thread other sites wait for this one for ever
                _LOG.exception("what leaves the record was not looked at")
                self._next_s = self._pace() + _AGAIN_S

    def look(self) -> None:
        """Do what is to be done now.

        Raises
        ------
        TidegateError
            If it cannot be; it is tried again.
        """
        members, journal = self._members(), self._record.journal
        # While something is waited for, whatever comes may be what was missing.
        seen = (members.compactions, members.named_s, journal.last_position() if self._said else 0)
        began_s = self._pace()
        if began_s < self._next_s or (seen == self._seen and began_s < self._anyway_s):
            return
        found = decide(journal, members)
        self._seen = seen
        self._next_s = self._pace() + (self._pace() - began_s) / _SHARE_RATIO
        self._anyway_s = self._next_s + _ANYWAY_S
        if isinstance(found, Ready):
            self._let_go(found)
        elif found != self._said and found is not None:
            said = {"silent": ", ".join(found.silent), "otherwise": ", ".join(found.otherwise)}
            _LOG.info("something is asked to leave the record, and others are waited for", extra=said)
        self._said = found if isinstance(found, Waiting) else None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Have nobody read the half of a matter: the record has taken it in, and what sends begins anew."""
        with self._notices.resting():
            self._record.all.catch_up()
            yield

    def _let_go(self, ready: Ready) -> None:
        done = carry_out(self._record.journal, ready, alone=self._alone)
        self._record.all.begin_anew()
        said = {"entries": done.left_count, "file": done.path}
        _LOG.info("what was over has left the record", extra=said)
