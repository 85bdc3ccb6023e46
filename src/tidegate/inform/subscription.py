"""Who wants to hear of what? Nothing is sent before the address itself has agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.journal.fold import Story
from tidegate.track.outage import Outage

IMPACTS = ("none", "minor", "major", "critical")
_LEAST_UNKNOWN = "minor"
"""What is not known yet is told to all but those who asked for worse alone."""
_SAYS_WHAT = ("subscription.asked", "subscription.changed")


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """Somebody's wish to hear of outages.

    Parameters
    ----------
    id
        Its id.
    channel, address
        How and where.
    components
        Only these; all where empty.
    segments
        The customer segments whose own words it may hear.
    severity
        The least impact to hear of.
    language
        The language to write in; empty for the site's own.
    secret_hash
        SHA-256 of the secret that confirms it.
    is_confirmed
        The address agreed, and has not ended it since.
    is_ended
        It was ended, and not asked for or confirmed since.
    asked_s
        When it was last asked for, in seconds since 1970.
    confirmed_s
        Since when it is confirmed without a break, in seconds since 1970; None where it is not.
    until_s
        When the question lapses; None for never.
    changed_s
        When it was last wanted otherwise than it was asked for, in seconds since 1970; None for never.
    """

    id: str
    channel: str
    address: str
    components: tuple[str, ...]
    segments: tuple[str, ...]
    severity: str
    language: str
    secret_hash: str
    is_confirmed: bool
    is_ended: bool
    asked_s: float
    confirmed_s: float | None
    until_s: float | None
    changed_s: float | None = None

    def standing(self, now_s: float) -> str:
        """Return where it stands at `now_s`: "asked", "confirmed", "lapsed" (never agreed) or "ended"."""
        if self.is_ended:
            return "ended"
        if self.is_confirmed:
            return "confirmed"
        return "lapsed" if self.until_s is not None and self.until_s < now_s else "asked"

    def wants(self, one: Outage) -> bool:
        """Whether it wants to hear of an outage."""
        impact = _LEAST_UNKNOWN if one.impact == "unknown" else one.impact
        if not self.is_confirmed or IMPACTS.index(impact) < IMPACTS.index(self.severity):
            return False
        return not self.components or bool(set(self.components) & set(one.touched))


def subscription(subject: str, story: Story) -> Subscription | None:
    """Return a subscription from its story; None where nobody asked for it."""
    asked = [entry for entry in story.entries if entry.kind == "subscription.asked"]
    if not asked:
        return None
    payload, wanted = asked[-1].payload, _wanted(story)
    stood = [entry for entry in story.entries if entry.kind != "subscription.changed"]
    changed = [entry for entry in story.entries if entry.kind == "subscription.changed"]
    confirmed_s = _confirmed_s(story)
    return Subscription(
        id=subject,
        channel=payload["channel"],
        address=payload["address"],
        components=tuple(wanted.get("components", ())),
        segments=tuple(wanted.get("segments", ())),
        severity=wanted.get("severity", "none"),
        language=wanted.get("language", ""),
        secret_hash=payload.get("secret_hash", ""),
        is_confirmed=confirmed_s is not None,
        is_ended=stood[-1].kind == "subscription.ended",
        asked_s=asked[-1].said_s,
        confirmed_s=confirmed_s,
        until_s=payload.get("until_s"),
        changed_s=changed[-1].said_s if changed else None,
    )


def _wanted(story: Story) -> Mapping[str, Any]:
    """Return what it wants to hear, as it was said last: by a question, or a change after it."""
    said = [entry for entry in story.entries if entry.kind in _SAYS_WHAT]
    return said[-1].payload


def _confirmed_s(story: Story) -> float | None:
    since_s: float | None = None
    for entry in story.entries:
        if entry.kind == "subscription.ended":
            since_s = None
        elif entry.kind == "subscription.confirmed" and since_s is None:
            since_s = entry.said_s
    return since_s
