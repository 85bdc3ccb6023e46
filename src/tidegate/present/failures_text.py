"""What clients were seen to do where a place failed, in words."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.discover.nearest_client import nearest_clients
from tidegate.discover.number import Number
from tidegate.discover.population import Population
from tidegate.discover.spell import Spell
from tidegate.discover.wait_law import WaitLaw
from tidegate.present.quantities import count_text, duration_text
from tidegate.world.how_many import how_many

_HOW = {"silent": "did not answer", "refused": "refused", "restart": "ended what was kept (a restart)"}
_JITTER = {"none": "no jitter", "full": "full jitter", "equal": "half of it jitter"}
_CONSTANT_RATIO = 1.03


def spell_text(spell: Spell, first_s: float) -> str:
    """Return when a place failed and how, counted from the beginning of the record."""
    begin, end = (duration_text(at_s - first_s) for at_s in (spell.begin_s, spell.end_s))
    return f"{_HOW[spell.how]} from {begin} to {end}: {how_many(spell.failed_count, 'time')}"


def failing_text(one: Population) -> str:
    """Return what a group did where its place failed; empty where nothing of that was seen."""
    return "".join(f"; {said}" for said in _said(one))


def _said(one: Population) -> Iterator[str]:
    failing = one.failing
    if failing.timeout_s is not None:
        yield f"gives up after {_of(failing.timeout_s)}"
    elif failing.waited_s is not None:
        yield f"still waits after {duration_text(failing.waited_s)}"
    if failing.law is not None:
        yield _law_text(failing.law)
    if failing.hidden is not None:
        count, think_s = failing.hidden.count, failing.hidden.think_s
        numbers = (count_text(number) for number in (count.value, count.low, count.high))
        clients = "{} ({} to {})".format(*numbers)
        yield f"{clients} clients stand behind, each pauses {_of(think_s)}"
    if failing.spread_s is not None:
        yield f"connects anew over {_of(failing.spread_s)}"


def _law_text(law: WaitLaw) -> str:
    if law.base_s is None:
        return "does not try again"
    often = "" if law.retries_count is None else f" {how_many(law.retries_count, 'time')}"
    if not law.base_s.value:
        return f"tries again{often} at once{_like(law)}"
    grows = ""
    if law.factor is not None and law.factor.value >= _CONSTANT_RATIO:
        grows = f", each time {law.factor.value:.3g} times as long"
    most = f", at most {duration_text(law.cap_s.value)}" if law.cap_s else ""
    return f"tries again{often} after {_of(law.base_s)}{grows}{most}, {_JITTER[law.jitter]}{_like(law)}"


def _like(law: WaitLaw) -> str:
    known = nearest_clients(law)
    return f" (as {' or '.join(known)} would)" if known else ""


def _of(number: Number) -> str:
    value, low, high = (duration_text(one) for one in (number.value, number.low, number.high))
    return f"{value} ({low} to {high})"
