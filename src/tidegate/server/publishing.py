"""When is the public site written? As soon as something public was said, and before it grows too old.

The site is written to this server's own folder first, then carried to every further place by a thread of
its own: a place that hangs keeps no other waiting.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.adapters.publish.folder import FolderTarget
from tidegate.adapters.publish.target import Target, target
from tidegate.errors import TidegateError
from tidegate.inform.site.setting import SiteSetting
from tidegate.present.site.tree import SiteTree, site_tree
from tidegate.server.record import Record

_LOG = logging.getLogger("tidegate.publish")
_LOOK_EVERY_S = 0.5
_AFRESH_SHARE = 0.4  # of the time a publication may be believed: two failures in a row do no harm


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

    Raises
    ------
    InputError
        If a name means no place.
    """

    def __init__(
        self, record: Record, site: SiteSetting, key: Ed25519PrivateKey, *,
        folder: Path, cache: Path, further: Sequence[str],
    ) -> None:  # fmt: skip
        self.published_s = 0.0
        self.position = -1
        self.failure = ""
        self._record, self._site, self._key = record, site, key
        self._own = FolderTarget(folder)
        self._carriers = [_Carrier(target(name, cache=cache)) for name in further]
        self._tree: SiteTree | None = None
        self._wake = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    @property
    def late(self) -> list[str]:
        """What could not be written, as sentences."""
        failures = [self.failure, *(carrier.failure for carrier in self._carriers)]
        return [failure for failure in failures if failure]

    def start(self) -> None:
        """Begin."""
        for carrier in self._carriers:
            carrier.start()
        self._thread.start()

    def wake(self) -> None:
        """Look at once whether there is something new."""
        self._wake.set()

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
        try:
            self.publish_if_due()
            self.failure = ""
        except (TidegateError, OSError) as error:
            if str(error) != self.failure:
                _LOG.error("the public site could not be written", extra={"why": str(error)})
            self.failure = f"The public site could not be written: {error}"
        except Exception:  # noqa: BLE001  a fault of ours here must not end publication for good
            _LOG.exception("publication failed")
            self.failure = "The public site could not be written: a fault of ours, named in the log"

    def publish_if_due(self) -> bool:
        """Write the site where it is new or growing old; return whether it was written."""
        public = self._record.public
        with public.lock:
            public.catch_up()
            now_s = self._record.clock()
            is_aging = now_s - self.published_s >= self._site.valid_s * _AFRESH_SHARE
            if public.state.entries_count == self.position and not is_aging:
                return False
            count = public.state.entries_count
            tree = site_tree(public.state, self._site, now_s, self._key, self._tree)
        self._own.put(tree)
        self._tree, self.published_s, self.position = tree, now_s, count
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
