"""How is one component, given what is claimed of it? Maintenance over manual over system.

An automatic claim may raise what a person said, never lower it: the way down is a person's, or the end
of the outage. Where claims come from must not live here.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tidegate.journal.entry import Entry
from tidegate.journal.fold import Story


class Status(enum.Enum):
    """How a component is; the values are those of the Statuspage API, and `unknown`."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded_performance"
    PARTIAL = "partial_outage"
    MAJOR = "major_outage"
    MAINTENANCE = "under_maintenance"
    UNKNOWN = "unknown"


RANK = {
    Status.OPERATIONAL: 0,
    Status.MAINTENANCE: 1,
    Status.UNKNOWN: 2,
    Status.DEGRADED: 3,
    Status.PARTIAL: 4,
    Status.MAJOR: 5,
}
"""The worse, the higher. Not knowing is worse than knowing that all is well, and better than an outage."""


IMPACT: Mapping[Status, str] = {
    Status.OPERATIONAL: "none",
    Status.MAINTENANCE: "none",
    Status.UNKNOWN: "unknown",
    Status.DEGRADED: "minor",
    Status.PARTIAL: "major",
    Status.MAJOR: "critical",
}
"""How bad an outage is, by the worst that a component was."""


def worst(statuses: Iterable[Status]) -> Status:
    """Return the worst of some statuses; operational where there are none."""
    return max(statuses, key=RANK.__getitem__, default=Status.OPERATIONAL)


@dataclass(frozen=True, kw_only=True)
class Component:
    """Something whose status people look up.

    Parameters
    ----------
    id
        Its id.
    title, group, region, describes
        What people call it, the group and region it is shown in, what it is.
    position
        Its place in the list.
    noun
        The world's service or crossing behind it; empty where there is none.
    is_retired
        It is no longer shown.
    declared_s
        When it was first declared, in seconds since 1970.
    """

    id: str
    title: str
    group: str = ""
    region: str = ""
    describes: str = ""
    position: float = 0.0
    noun: str = ""
    is_retired: bool = False
    declared_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A status claimed for a component.

    Parameters
    ----------
    source
        "maintenance", "manual", "system", or "outage" for an open outage that names it.
    status
        The status.
    at_s
        Since when, in seconds since 1970.
    until_s
        When it is worth nothing unless it is renewed; None for never.
    because
        Why, or the outage or maintenance it comes from.
    """

    source: str
    status: Status
    at_s: float
    until_s: float | None = None
    because: str = ""

    def is_alive(self, now_s: float) -> bool:
        """Whether it holds at `now_s`."""
        return self.at_s <= now_s and (self.until_s is None or now_s < self.until_s)


def effective(claims: Iterable[Claim], now_s: float) -> Status:
    """Return how a component is at `now_s`.

    Maintenance decides alone. Otherwise the last thing a person said is the floor; open outages and
    later automatic claims raise it and never lower it. A claim that was not renewed in time makes a
    component unknown where nothing else speaks for it, whoever made it.
    """
    begun = [claim for claim in claims if claim.at_s <= now_s]
    alive = [claim for claim in begun if claim.is_alive(now_s)]
    if any(claim.source == "maintenance" for claim in alive):
        return Status.MAINTENANCE
    manual = last_of(begun, "manual")
    system = last_of(begun, "system")
    said = [claim.status for claim in alive if claim.source == "outage"]
    spoken = manual is not None and manual.is_alive(now_s)
    if manual is not None and spoken:
        said.append(manual.status)
    overruled = spoken and system is not None and manual is not None and manual.at_s > system.at_s
    if system is not None and system.is_alive(now_s) and not overruled:
        said.append(system.status)
    if not said and (manual is not None or system is not None):
        said.append(Status.UNKNOWN)
    return worst(said)


def last_of(claims_: Iterable[Claim], source: str) -> Claim | None:
    """Return the claim of one source that began last; of several at one moment, the last that was said."""
    found = [claim for claim in claims_ if claim.source == source]
    return max(reversed(found), key=lambda claim: claim.at_s, default=None)


def full_title(one: Component, called: Callable[[str], str] = str) -> str:
    """Return a component's title with its region, where that tells it from another.

    Parameters
    ----------
    one
        The component.
    called
        Gives what a title or a region is called; as on record, if left out.
    """
    title, region = called(one.title), called(one.region)
    return f"{title} ({region})" if region and region not in title else title


def component(subject: str, story: Story) -> Component:
    """Return a component as its story declares it last."""
    declared = [entry for entry in story.entries if entry.kind == "component.declared"]
    if not declared:
        return Component(id=subject, title=subject)
    last = declared[-1].payload
    return Component(
        id=subject,
        title=last["title"],
        group=last.get("group", ""),
        region=last.get("region", ""),
        describes=last.get("describes", ""),
        position=float(last.get("position", 0.0)),
        noun=last.get("noun", ""),
        is_retired=last.get("retired", False),
        declared_s=declared[0].said_s,
    )


def claims(story: Story) -> tuple[Claim, ...]:
    """Return what was claimed of a component in its own story."""
    return tuple(_claim(entry) for entry in story.entries if entry.kind == "component.claimed")


def _claim(entry: Entry) -> Claim:
    return Claim(
        source=entry.payload["source"],
        status=Status(entry.payload["status"]),
        at_s=entry.at_s,
        until_s=entry.payload.get("until_s"),
        because=entry.payload.get("because", ""),
    )
