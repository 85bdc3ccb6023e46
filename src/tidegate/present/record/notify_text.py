"""How do subscriptions and notices stand? In words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tidegate.inform.notice_counts import Standing
from tidegate.inform.subscription import Subscription
from tidegate.present.record.outage_text import span_text

_OUTCOMES: Mapping[str, str] = {
    "delivered": "delivered",
    "refused": "refused by the receiver",
    "gave_up": "given up after days without success",
    "not_wanted": "no longer wanted",
}


def asked_text(subject: str) -> list[str]:
    """Return what is said after an address was asked, or was not."""
    if not subject:
        return ["The address was asked a moment ago, or too often; it is not asked again now."]
    said = "It is asked whether it agrees, and hears nothing else until it does."
    return [f"Subscription {subject}. {said}", "Next: tidegate notify run"]


def confirmed_text(one: Subscription, secret: str) -> list[str]:
    """Return what is said of a subscription that is confirmed."""
    signed = [f"Its notices are signed with {secret} (Standard Webhooks)."] if secret else []
    return [f"Subscription {one.id}: {_line(one)}", *signed]


def subscriptions_text(subscriptions: Sequence[Subscription], now_s: float) -> list[str]:
    """Return one line for each subscription that is not ended."""
    known = [one for one in subscriptions if not one.is_ended]
    if not known:
        return ["Nobody is subscribed. Next: tidegate notify subscribe CHANNEL ADDRESS"]
    return [f"{one.id}  {_line(one)}{_open(one, now_s)}" for one in known]


def _line(one: Subscription) -> str:
    what = ", ".join(one.components) or "all components"
    segments = f"; also the words for {', '.join(one.segments)}" if one.segments else ""
    least = "" if one.severity == "none" else f"; {one.severity} or worse"
    return f"{one.channel} {one.address}: {what}{segments}{least}"


def _open(one: Subscription, now_s: float) -> str:
    return {"lapsed": " (never agreed)", "asked": " (asked, has not agreed yet)"}.get(one.standing(now_s), "")


def sent_text(became: Mapping[str, int]) -> list[str]:
    """Return how many sendings ended in which way."""
    if not became:
        return ["Nothing was sent."]
    return [f"{count:,} × {says}." for says, count in sorted(became.items(), key=lambda pair: -pair[1])]


def unplanned_text(unplanned: Mapping[str, int]) -> list[str]:
    """Return what waits for a sender to look at it."""
    if not unplanned:
        return []
    return [f"{_counted(unplanned)} not looked at by a sender yet. Next: tidegate notify run"]


def _counted(by_channel: Mapping[str, int]) -> str:
    count = sum(by_channel.values())
    by = ", ".join(f"{channel} {number:,}" for channel, number in sorted(by_channel.items()))
    return f"{count:,} notice{'s' if count > 1 else ''} ({by})"


def standing_text(standing: Standing, now_s: float) -> list[str]:
    """Return how the notices stand."""
    return list(_standing(standing, now_s))


def _standing(standing: Standing, now_s: float) -> Iterator[str]:
    yield f"Owed: {_counted(standing.owed)}." if standing.owed else "No planned notice is owed."
    if standing.tried_count:
        again = ""
        if standing.next_s is not None:
            again = f"; the next try is due {_in(standing.next_s - now_s)}"
        yield f"{standing.tried_count:,} of these were tried without success{again}."
    for outcome, says in _OUTCOMES.items():
        if standing.ended.get(outcome):
            yield f"{standing.ended[outcome]:,} {says}."
    subscribed = ", ".join(f"{channel} {count:,}" for channel, count in sorted(standing.confirmed.items()))
    yield f"Subscribed: {subscribed or 'nobody'}; {standing.open_count:,} asked and not answered yet."


def _in(seconds: float) -> str:
    return "now" if seconds <= 0 else f"in {span_text(seconds)}"
