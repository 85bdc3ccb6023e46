"""A source of live series that may never answer: a disk that hangs, a pipe that nobody writes.

What reads it is a thread of its own, and one only: it is waited for as long as such a source takes, and then
the source is blind. What it brings later is taken with the next look that it answers in time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from tidegate.adapters.telemetry.live_source import LiveSource
from tidegate.errors import CannotTellError
from tidegate.observe.sampled import Sampled

_MOST_KEPT = 50_000
"""So many series that came too late are kept until they are taken."""


class PatientSource:
    """Looks at a source, and waits for it no longer than it may take.

    Parameters
    ----------
    source
        The source.
    wait_s
        For how long a look is waited for, in seconds.
    """

    def __init__(self, source: LiveSource, wait_s: float) -> None:
        self._source, self._wait_s = source, wait_s
        self.name, self.system, self.delay_s = source.name, source.system, source.delay_s
        self._looking: _Look | None = None
        self._late: list[Sampled] = []

    def look(self, now_s: float) -> Sequence[Sampled]:
        """Return what came; it raises as the source does.

        Raises
        ------
        TidegateError
            If it cannot be read, or does not answer in time.
        """
        before, self._looking = self._looking, None
        if before is not None:
            if not before.is_over(0.0):
                self._looking = before  # another thread would hang as well
                raise CannotTellError(f"{self.name} has not answered for {before.age_s:,.0f} s")
            self._late = [*self._late, *before.came()][-_MOST_KEPT:]
        one = _Look(self._source, now_s)
        if not one.is_over(self._wait_s):
            self._looking = one
            raise CannotTellError(f"{self.name} has not answered for {one.age_s:,.0f} s")
        late, self._late = self._late, []
        return [*late, *one.brought()]

    def close(self) -> None:
        """Let go of the source, where nothing reads it."""
        if self._looking is None or self._looking.is_over(0.0):
            self._source.close()


class _Look:
    """One look at a source, by a thread that no end of the process waits for."""

    def __init__(self, source: LiveSource, now_s: float) -> None:
        self._found: Sequence[Sampled] = ()
        self._failed: BaseException | None = None
        self._over = threading.Event()
        self._began_s = time.monotonic()
        threading.Thread(
            target=self._run, args=(source, now_s), name=f"look at {source.name}"[:60], daemon=True
        ).start()

    @property
    def age_s(self) -> float:
        """For how long it has gone on."""
        return time.monotonic() - self._began_s

    def _run(self, source: LiveSource, now_s: float) -> None:
        try:
            self._found = source.look(now_s)
        except BaseException as error:  # noqa: BLE001  it is raised where the look is waited for
            self._failed = error
        finally:
            self._over.set()

    def is_over(self, wait_s: float) -> bool:
        """Wait for its end; return whether that came."""
        return self._over.wait(wait_s)

    def came(self) -> Sequence[Sampled]:
        """Return what it brought though it was late; nothing where it failed."""
        return self._found

    def brought(self) -> Sequence[Sampled]:
        """Return what it brought, or raise as it failed."""
        if self._failed is not None:
            raise self._failed
        return self._found
