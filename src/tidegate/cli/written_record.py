"""Give a written record as something to read, without a journal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.verbs.record.outage import Desk
    from tidegate.world.world import World


@contextmanager
def read_only(record: str, world: World | None, zone: str | None) -> Iterator[Desk]:
    """Give a written record as something to read; nothing is kept."""
    import os
    import time

    from tidegate.adapters.files.worlds import read_text
    from tidegate.inform.draft import Setting, check_setting
    from tidegate.inform.state import State
    from tidegate.track.recorded import read_record
    from tidegate.verbs.record.outage import Desk, Nowhere

    found = read_record(*read_text(record))
    setting = Setting(zone=zone or found.zone)
    check_setting(setting)
    yield Desk(
        journal=Nowhere(), state=State().take_all(found.entries()), by="reader", clock=time.time,
        entropy=lambda: os.urandom(16), world=world, setting=setting,
    )  # fmt: skip
