"""By which key does this site open letters that others left for it? One of its own, another every week.

Each opens letters for two weeks and is then forgotten: whoever kept older letters, and gets hold of the
folder later, reads nothing of them.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from tidegate.adapters.store.site_folder import alone, write_whole
from tidegate.journal.closed_letter import KEY_BYTES, public_half
from tidegate.journal.moment import is_moment

_LOG = logging.getLogger("tidegate.exchange")
NAME = "letterbox.json"
NEW_EVERY_S, HELD_S = 7 * 86_400.0, 14 * 86_400.0
_MOST_BYTES = 100_000


class Letterbox:
    """The keys that open letters to a site, in a file that its owner alone may read.

    Parameters
    ----------
    folder
        The folder of the journal.
    clock
        Gives the seconds since 1970 (UTC).
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = folder / NAME, clock

    def half(self) -> str:
        """Return for which half of a key letters are closed now, in hexadecimal digits; a new one in time.

        Raises
        ------
        OSError
            If it cannot be kept.
        """
        with alone(self._path.parent):
            now_s, kept = self._clock(), self._kept()
            newest = max(kept.values(), default=float("-inf"))
            if not now_s - NEW_EVERY_S < newest <= now_s:  # also where the clock was set back
                kept = {one: at_s for one, at_s in kept.items() if now_s - HELD_S < at_s}
                kept[os.urandom(KEY_BYTES)] = now_s
                self._write(kept)
            newest_key = max(kept, key=lambda one: kept[one] if kept[one] <= now_s else float("-inf"))
        return public_half(newest_key).hex()

    def opens(self, half: str) -> bytes | None:
        """Return what opens letters that were closed for a half; None where it is none of ours any more."""
        now_s = self._clock()
        held = (one for one, at_s in self._kept().items() if now_s - HELD_S < at_s)
        return next((one for one in held if public_half(one).hex() == half), None)

    def _kept(self) -> dict[bytes, float]:
        try:
            with self._path.open("rb") as stream:
                found = json.loads(stream.read(_MOST_BYTES))["keys"]
            kept = {bytes.fromhex(key): float(at_s) for key, at_s in found.items() if is_moment(at_s)}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            # The others close letters for a new one as soon as they see it: nothing is lost.
            _LOG.error("the letterbox cannot be read, another is made", extra={"why": str(error)})
            return {}
        return {key: at_s for key, at_s in kept.items() if len(key) == KEY_BYTES}

    def _write(self, kept: dict[bytes, float]) -> None:
        keys = {key.hex(): at_s for key, at_s in kept.items()}
        write_whole(self._path, json.dumps({"keys": keys}).encode())
