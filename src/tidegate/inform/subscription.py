"""Who wants to hear of what? Nothing is sent before the address itself has agreed."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.journal.fold import Story
from tidegate.track.outage import Outage

IMPACTS = ("none", "minor", "major", "critical")


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
    severity
        The least impact to hear of.
    language
        The language to write in; empty for the site's own.
    secret_hash
        SHA-256 of the secret that confirms it.
    is_confirmed
        The address agreed, and has not ended it since.
    asked_s
        When it was last asked for, in seconds since 1970.
    until_s
        When the question lapses; None for never.
    """

    id: str
    channel: str
    address: str
    components: tuple[str, ...]
    severity: str
    language: str
    secret_hash: str
    is_confirmed: bool
    asked_s: float
    until_s: float | None

    def wants(self, one: Outage) -> bool:
        """Whether it wants to hear of an outage."""
        if not self.is_confirmed or IMPACTS.index(one.impact) < IMPACTS.index(self.severity):
            return False
        return not self.components or bool(set(self.components) & set(one.touched))


def subscription(subject: str, story: Story) -> Subscription | None:
    """Return a subscription from its story; None where nobody asked for it."""
    asked = [entry for entry in story.entries if entry.kind == "subscription.asked"]
    if not asked:
        return None
    said = [entry.kind for entry in story.entries if entry.kind != "subscription.asked"]
    payload = asked[-1].payload
    return Subscription(
        id=subject,
        channel=payload["channel"],
        address=payload["address"],
        components=tuple(payload.get("components", ())),
        severity=payload.get("severity", "none"),
        language=payload.get("language", ""),
        secret_hash=payload.get("secret_hash", ""),
        is_confirmed=bool(said) and said[-1] == "subscription.confirmed",
        asked_s=asked[-1].said_s,
        until_s=payload.get("until_s"),
    )
