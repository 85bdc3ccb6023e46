"""What does an outage's page show besides the outage itself? The words that wait, titles, cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.inform.wording import Finding
from tidegate.present.console.alerts import AlertSight
from tidegate.track.outage import Update
from tidegate.track.seen_edits import SideBySide


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What the page shows besides the outage itself.

    Parameters
    ----------
    titles
        What people call components, segments and tools.
    draft, findings
        The words that wait, and which rules they do not keep; None where none wait.
    others
        Outages it could be merged into: title by id.
    cases_count, waiting_count
        How many cases belong to it, and how many of them wait.
    texts
        The words that wait, or what was typed and not taken, by language, the site's own first.
    public_way
        Where the public reads of it; empty where it is not public.
    segments
        The customer segments that words may be for alone: title by name.
    alerts
        What its alerts mean.
    causes
        What it can come from: titles by name; empty where any words will do.
    colleagues, next_call
        Who could take it over; who is called next and when, where nobody answers.
    closing
        The words with which it would end, by language; empty where the public was told nothing.
    closing_findings
        Which rules these do not keep.
    firing_count
        How many of its alerts still fire, where it was tried to do something and refused; 0 before.
    differing
        The fields that several sites said otherwise, without knowing of each other.
    """

    titles: Mapping[str, str]
    draft: Update | None = None
    findings: Sequence[Finding] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    cases_count: int = 0
    waiting_count: int = 0
    texts: Mapping[str, str] = field(default_factory=dict)
    public_way: str = ""
    segments: Mapping[str, str] = field(default_factory=dict)
    alerts: AlertSight = field(default_factory=AlertSight)
    closing: Mapping[str, str] = field(default_factory=dict)
    closing_findings: Sequence[Finding] = ()
    firing_count: int = 0
    causes: Mapping[str, str] = field(default_factory=dict)
    colleagues: Sequence[str] = ()
    next_call: tuple[str, float] | None = None
    differing: Sequence[SideBySide] = ()
