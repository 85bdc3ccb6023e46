"""When is the public site written? As soon as it would say something else, and before it grows too old.

The site is written to this server's own folder first, then carried to every further place by a thread of
its own: a place that hangs keeps no other waiting.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.adapters.publish.folder import FolderTarget
from tidegate.adapters.publish.named import target
from tidegate.adapters.publish.target import Target
from tidegate.errors import TidegateError
from tidegate.inform.site.apart import Apart
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.present.site.site_tree import SiteTree
from tidegate.server.site_record import Record
from tidegate.verbs.record import publish

_LOG = logging.getLogger("tidegate.publish")
_LOOK_EVERY_S = 0.5
FOLLOWS_WITHIN_S = 5.0


class Publisher:
    """Writes the site, again and again.

    Parameters
    ----------
    record
        What is said.
    site
        How the site calls itself.
    key
        What signs it.
    folder
        This server's own public folder.
    cache
        Where further places keep what they need to know.
    further
        Further places, by name.
    pace
        Gives seconds that only ever grow, whatever the clock is set to.

    Raises
    ------
    InputError
        If a name means no place.
    """

    def __init__(
        self, record: Record, site: SiteSetting, key: Ed25519PrivateKey, *,
        folder: Path, cache: Path, further: Sequence[str], pace: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.published_s = 0.0
        self.position = -1
        self.failure = ""
        self._record, self._pace = record, pace
        self._put_s = pace()
        self._own = FolderTarget(folder, keeps_room=True)
        places = [target(name, cache=cache) for name in further]
        self._carriers = [_Carrier(place) for place in places]
        self._publisher = publish.Publisher(
            state=record.public.state, setting=site, key=key, clock=record.clock,
            targets=[self._own, *places], world=record.world, by=record.journal.site,
        )  # fmt: skip
        self._wake = threading.Event()
        self._looked = threading.Condition()
        self._looks_count = 0
        self._written_position = -1  # of the journal, as far as the site has followed it
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    @property
    def age_s(self) -> float:
        """How long ago the site was written (or this began), in seconds, however the clock was set since."""
        return self._pace() - self._put_s

    @property
    def late(self) -> list[str]:
        """What could not be written, as sentences."""
        failures = [self.failure, self._unmade(), *(carrier.failure for carrier in self._carriers)]
        return [failure for failure in failures if failure]

    def _unmade(self) -> str:
        """Return what could not be made of the latest site, as a sentence."""
        latest = self._publisher.before
        unmade = list(latest.unmade) if latest else []
        if not unmade:
            return ""
        return f"{len(unmade)} files of the public site could not be made, first {unmade[0]}: a fault of ours"

    def start(self) -> None:
        """Begin."""
        for carrier in self._carriers:
            carrier.start()
        self._thread.start()

    def restate(self, site: SiteSetting, apart: Apart) -> None:
        """Write the site as it calls itself now, and say what it may not have heard of others."""
        with self._record.public.lock:
            self._publisher.restate(site, apart)
        self.wake()

    def wake(self) -> None:
        """Look at once whether there is something new."""
        self._wake.set()

    def follow(self, within_s: float = FOLLOWS_WITHIN_S) -> str:
        """Have written what was said until now; return why it is not, or nothing where it is.

        Parameters
        ----------
        within_s
            How long to wait for it, in seconds.
        """
        wanted = self._record.all.position
        if not self._thread.is_alive():
            self._look()
        with self._looked:
            second_look = self._looks_count + 2  # one may be under way that began before this
            self._wake.set()
            self._looked.wait_for(
                lambda: self._written_position >= wanted or self._has_failed_since(second_look),
                timeout=within_s if self._thread.is_alive() else 0.0,
            )
            if self._written_position >= wanted:
                return ""
            return self.failure or "The public site is being written."

    def _has_failed_since(self, look: int) -> bool:
        return self._looks_count >= look and bool(self.failure)

    def stop(self) -> None:
        """Write what is still to be written, and end."""
        self._is_over = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30.0)
        for carrier in self._carriers:
            carrier.stop()

    def _run(self) -> None:
        while not self._is_over:
            self._look()
            self._wake.wait(_LOOK_EVERY_S)
            self._wake.clear()
        self._look()

    def _look(self) -> None:
        position = self._write()
        with self._looked:
            self._written_position = max(self._written_position, position)
            self._looks_count += 1
            self._looked.notify_all()

    def _write(self) -> int:
        """Write the site where it is due; return the position in the journal that it has followed."""
        try:
            public = self._record.public
            public.catch_up()
            position = public.position
            self.publish_if_due()
        except (TidegateError, OSError) as error:
            failure = f"The public site could not be written: {error}"
            if failure != self.failure:
                _LOG.error("the public site could not be written", extra={"why": str(error)})
            self.failure = failure
        except Exception:  # noqa: BLE001  a fault of ours here must not end publication for good
            _LOG.exception("publication failed")
            self.failure = "The public site could not be written: a fault of ours, named in the log"
        else:
            self.failure = ""
            return position
        return -1

    def publish_if_due(self) -> bool:
        """Write the site where it is new, changes by itself or grows old; return whether it was written."""
        public = self._record.public
        with public.lock:
            public.catch_up()
            if not self._publisher.is_due():
                return False
            count = public.state.entries_count
            tree = self._publisher.make()
        self._own.put(tree)
        with public.lock:
            self._publisher.published(tree, count)
        self.published_s, self.position, self._put_s = self._publisher.made_s, count, self._pace()
        for path, why in tree.unmade.items():
            _LOG.error("a file of the public site could not be made", extra={"path": path}, exc_info=why)
        for carrier in self._carriers:
            carrier.carry(tree)
        return True


class _Carrier:
    """Carries the latest site to one place; one that came meanwhile replaces the one that waits."""

    def __init__(self, place: Target) -> None:
        self.failure = ""
        self._place = place
        self._waiting: SiteTree | None = None
        self._wake = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name=f"publish {place.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def carry(self, tree: SiteTree) -> None:
        self._waiting = tree
        self._wake.set()

    def stop(self) -> None:
        self._is_over = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)  # a place that hangs does not keep the server from ending

    def _run(self) -> None:
        while not self._is_over:
            self._wake.wait()
            self._wake.clear()
            tree, self._waiting = self._waiting, None
            if tree is not None:
                self._put(tree)

    def _put(self, tree: SiteTree) -> None:
        try:
            self._place.put(tree)
            self.failure = ""
        except (TidegateError, OSError) as error:
            self.failure = f"{self._place.name} is behind: {error}"
            _LOG.error("a copy could not be written", extra={"place": self._place.name, "why": str(error)})
