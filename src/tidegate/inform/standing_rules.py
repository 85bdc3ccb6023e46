"""What is to be said or called out without anybody asking? Rules somebody has set, and the time.

Automation writes and a person can hold it; silence publishes only the least: that we see it. Nothing is
published or sent here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.journal.entry_kinds import CERTAINTIES
from tidegate.track.outage import Outage

LEAST_WAIT_S = 60.0
CLOSING_S = 24 * 3600.0
"""How long an end of which nobody was told stays an alarm: after that it is news to nobody."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What may be said by itself.

    Parameters
    ----------
    acknowledge_after_s
        How long after an outage was opened the least acknowledgement is published if nobody holds
        it and nothing is public; None for never.
    certainty
        The least certainty for that: "observed", "likely" or "possible".
    """

    acknowledge_after_s: float | None = None
    certainty: str = "likely"


@dataclass(frozen=True, kw_only=True)
class Duty:
    """Something that is due.

    Parameters
    ----------
    kind
        "acknowledge" for the least public words; "overdue" for a promised update that did not come;
        "silent" for a confirmed outage of which nothing is public; "closing" for one that is over while
        its last public words say that it lasts.
    outage
        The outage it concerns.
    since_s
        Since when it is due, in seconds since 1970.
    """

    kind: str
    outage: Outage
    since_s: float


def check_policy(policy: Policy) -> None:
    """Refuse a policy that would speak before anybody could hold it, or at no known certainty.

    Raises
    ------
    InputError
        With every fault.
    """
    faults = []
    if policy.acknowledge_after_s is not None and policy.acknowledge_after_s < LEAST_WAIT_S:
        shown, allowed = f"{policy.acknowledge_after_s:g} s", f"at least {LEAST_WAIT_S:g} s"
        faults.append(Fault(what="leaves nobody time to hold it", value=shown, allowed=allowed))
    if policy.certainty not in CERTAINTIES:
        allowed = ", ".join(CERTAINTIES)
        faults.append(Fault(what="is no certainty", value=policy.certainty, allowed=allowed))
    if faults:
        raise InputError(*faults)


def duties(outages: Sequence[Outage], policy: Policy, now_s: float) -> tuple[Duty, ...]:
    """Return what is due at `now_s` (seconds since 1970), the longest due first."""
    found = [duty for one in outages if one.is_open for duty in _of(one, policy, now_s)]
    found += [duty for one in outages for duty in _closing(one, now_s)]
    return tuple(sorted(found, key=lambda duty: (duty.since_s, duty.outage.id)))


def _closing(one: Outage, now_s: float) -> list[Duty]:
    since_s = one.until_s
    if since_s is None or not one.is_left_open or now_s - since_s > CLOSING_S:
        return []
    return [Duty(kind="closing", outage=one, since_s=since_s)]


def _of(one: Outage, policy: Policy, now_s: float) -> list[Duty]:
    found = []
    if one.promise_s is not None and one.is_overdue(now_s):
        found.append(Duty(kind="overdue", outage=one, since_s=one.promise_s))
    if not one.told and one.state.value != "emerging":
        found.append(Duty(kind="silent", outage=one, since_s=one.moves[0].said_s))
    wait_s = policy.acknowledge_after_s
    if wait_s is None or one.told or one.holder or one.is_exercise:
        return found
    is_sure = CERTAINTIES.index(one.certainty) <= CERTAINTIES.index(policy.certainty)
    if is_sure and now_s >= one.opened_s + wait_s:
        found.append(Duty(kind="acknowledge", outage=one, since_s=one.opened_s + wait_s))
    return found
