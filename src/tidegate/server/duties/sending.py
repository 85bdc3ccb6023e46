"""How are notices sent while the server runs? The sender, in a thread and an event loop of its own.

So whatever receivers do, and however many there are, the loop that answers requests and takes in cases
does not wait for them. What is owed stands in the journal; here it is only begun, watched and ended.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from tidegate.adapters.channels.channel_setting import ChannelSetting, channels
from tidegate.adapters.channels.ledger import Ledger
from tidegate.adapters.channels.sender import STOP_S, Sender
from tidegate.adapters.channels.sending_answer import Became
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.errors import TidegateError
from tidegate.inform.sending_ability import FAILS_S, able
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.journal.entry import Entry
from tidegate.journal.site_members import SiteBook

_LOG = logging.getLogger("tidegate.notices")
_AGAIN_S = 5.0
_RENEW_EVERY_S = 0.2


class Notices:
    """Sends notices until it is stopped; where that fails, it begins again.

    Parameters
    ----------
    journal
        Where it stands what is owed.
    channel_setting
        How this site sends.
    site
        How the site calls itself, and where it is.
    key
        Gives the sites' key.
    receipt_of
        Gives the signed receipt of the entry by which a case was received.
    besides
        What this site is able to besides, as other sites are told.

    Attributes
    ----------
    failure
        Why nothing is sent at the moment, as a sentence; empty where all is well.
    became
        How many sendings ended in which way since the start.
    """

    def __init__(
        self, journal: JournalFile, channel_setting: ChannelSetting, site: SiteSetting,
        key: Callable[[], bytes], *, receipt_of: Callable[[Entry], str], besides: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.failure = ""
        self.became: Counter[Became] = Counter()
        self._journal, self._channel_setting = journal, channel_setting
        self._site, self._key, self._receipt_of, self._besides = site, key, receipt_of, besides
        self._over = threading.Event()
        self._is_renewing = False
        self._is_resting = False
        self._turn = threading.Lock()
        self._failing_since_s: float | None = None
        self._running: tuple[asyncio.AbstractEventLoop, Sender] | None = None
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def decline(self, why: str) -> None:
        """Say to other sites, where there are any, that this one sends nothing."""
        try:
            self._decline(why)
        except TidegateError as error:  # a full disk: they wait for this one in vain, and no longer
            _LOG.error("other sites are not told that nothing is sent", extra={"why": str(error)})

    def _decline(self, why: str) -> None:
        book = SiteBook()
        for _, entry in self._journal.entries():
            if entry.kind.startswith("site."):
                book.take(entry)
        said = able(book, self._journal.site, (), why) if book.said else None
        if said is not None:
            self._journal.append([said])

    def wake(self) -> None:
        """Look at once whether something is owed."""
        self._call(Sender.wake)

    def renew(self) -> None:
        """Go on with the key as it is now, when what is under way has ended."""
        self._is_renewing = True
        self._call(Sender.stop)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Have nothing sent and nobody follow the journal meanwhile; then it is read anew."""
        self._is_resting = True
        try:
            while not self._turn.acquire(timeout=_RENEW_EVERY_S):
                self.renew()
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._is_resting = False

    def stop(self) -> None:
        """Begin no more sending, and end when what is under way has ended and is written."""
        self._over.set()
        self._call(Sender.stop)
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_S + 5.0)

    def _call(self, what) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        running = self._running
        if running is not None:
            with suppress(RuntimeError):  # the loop has just ended
                running[0].call_soon_threadsafe(what, running[1])

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                with self._turn:
                    asyncio.run(self._send())
            except TidegateError as error:
                self._fail(f"No notice is sent: {error}")
            except Exception:  # noqa: BLE001  a fault of ours here must not end sending for good
                _LOG.exception("sending failed")
                self.failure = "No notice is sent: a fault of ours, named in the log"
            self._running = None
            self._give_over()
            if self._is_renewing:
                self._is_renewing = False
            else:
                self._over.wait(_AGAIN_S)
            while self._is_resting and not self._over.wait(_RENEW_EVERY_S):
                continue

    def _give_over(self) -> None:
        """Leave what is owed to other sites, where nothing could be sent from here for a while."""
        now_s = time.monotonic()
        if not self.failure or self._over.is_set():
            self._failing_since_s = None
        elif self._failing_since_s is None:
            self._failing_since_s = now_s
        elif now_s - self._failing_since_s > FAILS_S:
            self.decline("it cannot send for a reason of its own")

    def _fail(self, why: str) -> None:
        if why != self.failure:
            _LOG.error("no notice is sent", extra={"why": why})
        self.failure = why

    async def _send(self) -> None:
        ledger = Ledger(self._journal)
        try:
            key = self._key()
            ways = channels(self._channel_setting, key)
            sender = Sender(
                ledger, ways, setting=self._site, key=key, receipt_of=self._receipt_of,
                clock=self._journal.now_s, besides=self._besides,
            )  # fmt: skip
            sender.became = self.became  # one count, however often it begins again
            self._running = asyncio.get_running_loop(), sender
            self.failure, self._failing_since_s = "", None
            if not self._over.is_set():
                await sender.run()
        finally:
            self._running = None
            ledger.close()
