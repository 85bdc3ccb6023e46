"""Which instances of a service are up but take no requests? Those that ask something first.

The meaning is that of the event engine (`simulate/kernels/boot.py`), over sockets: an instance takes requests
once its boot time is over and all it asks is answered; where that is given up, it starts over after its boot
time and asks what had no answer. Where few start at a time (`at_once_most`) the next starts as one of them
takes requests: after its boot time, where it is one more; at once, where it goes and comes again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tidegate.adapters.linux.clients.population import Population
from tidegate.adapters.linux.event_loop import EventLoop
from tidegate.simulate.script import Script, Wave

_BEFORE_S = 1e-6  # an instance is held back before the phase in which it counts


@dataclass(eq=False)
class _Booting:
    """One instance that boots: what has no answer yet, and whether it is held back."""

    number: int
    together: _Together
    unanswered_count: int = 0
    owed: list[Population] = field(default_factory=list)
    is_held: bool = False


@dataclass(eq=False)
class _Together:
    """Instances that boot together.

    Attributes
    ----------
    rises
        Whether they count from that moment on; else after their boot time.
    goes
        Whether each goes as it starts, and is away for its boot time at least.
    most_count
        How many start at a time; None means all.
    waiting
        Who has not started.
    """

    rises: bool
    goes: bool
    most_count: int | None
    waiting: deque[_Booting] = field(default_factory=deque)


class Boots:
    """The instances of one service that boot.

    Parameters
    ----------
    service, script
        Whose, and what happens.
    asked
        Who asks, one for each of its boot calls.
    loop
        Time.
    changed
        Told how many instances more (or fewer) are held back.
    """

    def __init__(
        self,
        service: str,
        script: Script,
        asked: Sequence[Population],
        *,
        loop: EventLoop,
        changed: Callable[[int], None],
    ) -> None:
        self._asked = asked
        self._loop = loop
        self._changed = changed
        self._numbers = 0
        boot = script.phases[0].world.services[service].boot
        self._calls = boot.calls
        self._boot_s = boot.time_s
        turn = script.in_turn
        few = turn.instances_count if turn is not None and turn.service == service else None
        for at_s, waves in _together(wave for wave in script.waves if wave.service == service):
            count, goes = max(wave.count for wave in waves), any(wave.in_turn for wave in waves)
            rises = _rises(script, service, at_s) and not goes
            together = _Together(rises, goes, few if rises or goes else None)
            loop.at(at_s - _BEFORE_S * rises, self._begin, together, count)

    def _begin(self, together: _Together, count: int) -> None:
        """Let so many instances ask all that they ask, or few at a time."""
        for _ in range(count):
            instance = _Booting(self._numbers, together)
            self._numbers += 1
            if together.rises:
                self._hold(instance)
            together.waiting.append(instance)
        for _ in range(min(together.most_count or count, count)):
            self._start(together)

    def _start(self, together: _Together, number: int = 0) -> None:
        """Let the next of those that boot together ask all that it asks."""
        del number
        if not together.waiting:
            return
        instance = together.waiting.popleft()
        instance.unanswered_count = sum(call.requests_count for call in self._calls)
        if together.goes:
            instance.unanswered_count += 1  # its boot time is one more thing that it waits for
            self._hold(instance)
            self._loop.at(self._loop.due_s + self._boot_s, self._is_nearer, instance)
        elif not together.rises:
            self._loop.at(self._loop.due_s + self._boot_s - _BEFORE_S, self._booted, instance)
        for call, population in zip(self._calls, self._asked, strict=True):
            first_count = min(call.at_once_count or call.requests_count, call.requests_count)
            instance.owed += [population] * (call.requests_count - first_count)
            for _ in range(first_count):
                self._ask(instance, population)

    def _ask(self, instance: _Booting, population: Population) -> None:
        def told(well: bool) -> None:
            if well:
                self._answered(instance, population)
            else:
                self._loop.at(self._loop.now_s + self._boot_s, again, None)

        def again(what: object, number: int) -> None:
            del what, number
            self._ask(instance, population)

        population.ask(told, instance.number)

    def _answered(self, instance: _Booting, population: Population) -> None:
        if population in instance.owed:
            instance.owed.remove(population)
            self._ask(instance, population)
        self._is_nearer(instance)

    def _is_nearer(self, instance: _Booting, number: int = 0) -> None:
        """Take requests if this was the last that an instance waits for; then the next starts."""
        del number
        instance.unanswered_count -= 1
        if instance.unanswered_count > 0:
            return
        if instance.is_held:
            instance.is_held = False
            self._changed(-1)
        if instance.together.most_count is not None:
            after_s = 0.0 if instance.together.goes else self._boot_s
            self._loop.at(self._loop.now_s + after_s, self._start, instance.together)

    def _booted(self, instance: _Booting, number: int) -> None:
        """Hold back who still waits for an answer when the boot time is over."""
        del number
        if instance.unanswered_count > 0:
            self._hold(instance)

    def _hold(self, instance: _Booting) -> None:
        instance.is_held = True
        self._changed(1)


def _together(waves: Iterable[Wave]) -> list[tuple[float, list[Wave]]]:
    """Return the boot waves of a service by their moment: an instance makes all its boot calls at once."""
    found: dict[float, list[Wave]] = {}
    for wave in waves:
        if wave.kind == "boot":
            found.setdefault(wave.at_s, []).append(wave)
    return sorted(found.items())


def _rises(script: Script, service: str, at_s: float) -> bool:
    """Whether the instances of a wave count from its moment on; else after their boot time."""
    before = 0
    for i, phase in enumerate(script.phases):
        instances = phase.world.services[service].instances_count
        if i > 0 and phase.at_s == at_s and instances > before:
            return True
        before = instances
    return False
