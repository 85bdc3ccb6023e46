"""Which answer was given a moment ago already? One that is, is not a ruling more.

Kubernetes' server asks twice about what is refused: it takes what it has in memory for the state, and looks
again before it believes a no (seen on 1.20.2, milliseconds apart; a dry run once). What was brought down
comes again by the validating path, as the smaller step.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tidegate.gate.asking.message import Asked, Reply
from tidegate.gate.asking.worked_out import key_of
from tidegate.gate.change.plan import Plan

WITHIN_S = 2.0
"""An autoscaler asks again after 15 s, and a person no sooner than this."""
_MOST_KEPT = 10_000


@dataclass
class Echoes:
    """What was said within the last moment, to whom, and of which change."""

    _until_s: dict[tuple[tuple[str, ...], str, bool], float] = field(default_factory=dict)

    def is_one(self, asked: Asked, reply: Reply, now_s: float) -> bool:
        """Return whether the same was said a moment ago; one that was not is remembered.

        Parameters
        ----------
        asked, reply
            What was asked and answered.
        now_s
            Seconds on a clock that only grows.
        """
        plan, who = asked.intent.plan, _who(asked)
        key = (who, key_of(plan), reply.happens)
        if self._until_s.get(key, now_s) > now_s:
            return True
        if len(self._until_s) >= _MOST_KEPT:
            self._until_s = {kept: until_s for kept, until_s in self._until_s.items() if until_s > now_s}
        if len(self._until_s) < _MOST_KEPT:
            self._until_s[key] = now_s + WITHIN_S
            if reply.to_count is not None:
                self._until_s[who, key_of(_brought_down(plan, reply.to_count)), True] = now_s + WITHIN_S
        return False


def _who(asked: Asked) -> tuple[str, ...]:
    """Return who asks what; a server calls each try of one question, and each of its paths, otherwise."""
    intent = asked.intent
    own = () if intent.is_at_once else (intent.caller, intent.reference)
    return (intent.asked_by, intent.override, *own)


def _brought_down(plan: Plan, to_count: int) -> Plan:
    return replace(plan, changes=tuple(replace(one, after_count=to_count) for one in plan.changes))
