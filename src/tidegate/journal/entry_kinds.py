"""What kinds of entry are there, and what does each carry? One table; nothing is appended outside it.

A kind has a version: a payload of another meaning is a new one, and the old one stays readable. What an entry
does to the state is the fold of each noun; what fits into a field is checked in `tidegate.journal.payload`.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.journal.kind import Kind, may, must
from tidegate.journal.site_kinds import SITE_KINDS

LONGEST_TEXT_BYTES = 64 * 1024
"""A case's text is kept up to this length; all other texts are shorter."""
LONGEST_LINE_BYTES = 500


STATUSES = (
    "operational",
    "degraded_performance",
    "partial_outage",
    "major_outage",
    "under_maintenance",
    "unknown",
)
CERTAINTIES = ("observed", "likely", "possible")
SOURCES = ("operator", "alert", "api", "probe", "cases", "record", "watch")
CHANNELS = ("email", "webhook", "slack", "teams", "operators")
ROLES = ("viewer", "responder", "admin")
VERDICTS = ("proceed", "slow_down", "stop", "cannot_tell")
MISTAKES = ("miss", "false_alarm")
EVENTS = (
    "confirm", "contain", "recover", "resolve", "relapse", "merge", "split", "retract", "end_exercise",
)  # fmt: skip

_ABOUT = {
    "title": may("What people call the outage."),
    "since_s": may("When it began.", "time"),
    "cause": may("The noun of the world, or the words, that the outage comes from."),
    "because": may("Why that is held to be the cause.", "text"),
    "certainty": may("How sure we are.", allowed=CERTAINTIES),
    "components": may("Status of each affected component, by its name.", "words"),
    "segments": may("The customer segments affected.", "lines"),
    "sees": may("What each segment loses, in its words.", "words"),
    "keeps": may("What goes on working for each segment.", "words"),
    "does": may("What each segment can do meanwhile, as the world says.", "words"),
    "advice": may("What everybody can do meanwhile, as an operator says.", "text"),
    "dark": may("Tooling that goes down with it.", "lines"),
    "titles": may("What people call the names used here.", "words"),
}

_SEEN = {"seen": may("Up to where its story was known: the last number, by chain.", "words")}
"""Carried where several sites keep the record."""

_OUTAGE = (
    Kind(
        name="outage.opened",
        says="Something is, or seems to be, broken.",
        fields={
            **_ABOUT,
            "title": must("What people call the outage."),
            "since_s": must("When it began.", "time"),
            "source": must("What noticed it.", allowed=SOURCES),
            "exercise": may("True where it is a drill.", "flag"),
            "private": may("True where it is a drill of which nobody but operators ever hears.", "flag"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="outage.moved",
        says="The outage passes into another state.",
        fields={
            "event": must("What happened to it.", allowed=EVENTS),
            "into": may("The outage it is merged into."),
            "because": may("Why.", "text"),
            "rule": may("True where a rule says so that all sites keep, and nobody.", "flag"),
            **_SEEN,
        },
        kept_when_full=True,
    ),
    Kind(
        name="outage.changed",
        says="From this time on, something about the outage is otherwise.",
        fields={
            **_ABOUT,
            "unconfirmed": may("True where a signal says so of components, and no person yet.", "flag"),
            "takes_in": may("The outages that became part of it by a rule.", "lines"),
            "rule": may("True where a rule says so that all sites keep, and nobody.", "flag"),
            **_SEEN,
        },
        kept_when_full=True,
    ),
    Kind(
        name="outage.corrected",
        says="Something said about the outage was never so; what was said stays on record.",
        fields={
            **_ABOUT,
            "because": must("What was wrong.", "text"),
            "evidence": may("Why the corrected cause is held to be so.", "text"),
            **_SEEN,
        },
        kept_when_full=True,
    ),
    Kind(
        name="outage.tried",
        says="Somebody did something about it.",
        fields={
            "what": must("What was done.", "text"),
            "effect": may("What it did.", "text"),
            "source": may("Where this is stated."),
        },
        kept_when_full=True,
    ),
    Kind(
        name="outage.noted",
        says="Something worth remembering; for operators, never published.",
        fields={"text": must("What.", "text"), "source": may("Where this is stated.")},
        kept_when_full=True,
    ),
    Kind(
        name="outage.held",
        says="Somebody takes the outage in hand, or lets it go.",
        fields={
            "who": must("Who holds it; empty where it is let go."),
            "rule": may("True where a rule says so that all sites keep, and nobody.", "flag"),
            **_SEEN,
        },
        kept_when_full=True,
    ),
    Kind(
        name="outage.asked",
        says="Somebody is asked to take the outage over; whoever holds it keeps it until they do.",
        fields={"who": must("Who is asked; empty to ask nobody any more."), **_SEEN},
        kept_when_full=True,
    ),
    Kind(
        name="outage.called",
        says="Nobody answered, so an operators' channel is called.",
        fields={"who": must("The channel."), "because": may("Why.")},
        kept_when_full=True,
    ),
    Kind(
        name="update.drafted",
        says="Words for the public are ready, not yet public.",
        fields={
            "update": must("The update's id."),
            "texts": must("The words, by language.", "texts"),
            "next_s": may("When we speak next.", "time"),
            "made": may("True where they were made from the record, and nobody wrote at them.", "flag"),
            **_SEEN,
        },
    ),
    Kind(
        name="update.published",
        says="Words are public.",
        fields={
            "update": must("The update's id."),
            "texts": must("The words, by language.", "texts"),
            "next_s": may("When we speak next: a promise.", "time"),
            "segment": may("The segment it is for; empty where it is for everybody."),
            **_SEEN,
        },
        kept_when_full=True,
    ),
)

_RECORD = (
    Kind(
        name="alert.seen",
        says="An alert that is counted to an outage fires, or no longer fires.",
        fields={
            "fingerprint": must("The alert's fingerprint and begin, which name it."),
            "status": must("What it says.", allowed=("firing", "resolved")),
            "starts_s": must("When it began to fire.", "time"),
            "ends_s": may("When it ceased.", "time"),
            "labels": must("Its labels.", "words"),
            "summary": may("What it says in words.", "text"),
            "annotations": may("Its annotations, such as a runbook, each cut at 2,000 bytes.", "texts"),
            "links": may("Where to look, by what is there.", "words"),
        },
    ),
    Kind(
        name="binding.made",
        says="Alerts that carry a label mean a component, for an operator says so.",
        fields={
            "label": must("The label's name."),
            "value": must("Its value."),
            "component": must("The component; empty to undo it."),
        },
    ),
    Kind(
        name="component.declared",
        says="A component is there, or its description changes.",
        fields={
            "title": must("What people call it."),
            "group": may("The group it is shown in."),
            "region": may("Where it stands."),
            "describes": may("What it is, for the public.", "text"),
            "position": may("Its place in the list.", "number"),
            "noun": may("The world's service or crossing behind it."),
            "retired": may("True where it is no longer shown.", "flag"),
        },
    ),
    Kind(
        name="component.claimed",
        says="A status is claimed for a component.",
        fields={
            "status": must("The status.", allowed=STATUSES),
            "source": must("Who claims it.", allowed=("manual", "system")),
            "until_s": may("When the claim is worth nothing unless it is renewed.", "time"),
            "because": may("Why.", "text"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="maintenance.planned",
        says="Work is planned, or its plan is replaced.",
        fields={
            "title": must("What people call it."),
            "describes": may("What is done.", "text"),
            "components": must("The components it touches.", "lines"),
            "starts_s": must("When it begins the first time.", "time"),
            "lasts_s": must("How long it takes, in seconds.", "number"),
            "zone": may("The time zone in which it recurs."),
            "rule": may("RFC 5545 recurrence rule."),
        },
    ),
    Kind(
        name="maintenance.cancelled",
        says="The work will not take place.",
        fields={"because": may("Why.", "text")},
    ),
    Kind(
        name="decision.made",
        says="Somebody decided something, for a reason.",
        fields={
            "what": must("What was decided.", "text"),
            "because": may("Why.", "text"),
            "about": may("The id of what it is about."),
        },
        kept_when_full=True,
    ),
)

_CASE = (
    Kind(
        name="case.received",
        says="A customer asks for help.",
        fields={
            "text": must("What the customer writes.", "text"),
            "title": may("Its subject line."),
            "contact": may("Where to answer."),
            "segment": may("The customer's segment, as far as it is known."),
            "components": may("The components named.", "lines"),
            "language": may("The language to answer in."),
            "channel": must("How it came.", allowed=("web", "api", "email", "command line")),
            "key": may("The sender's idempotency key."),
            "outage": may("The outage the customer says it belongs to."),
            "denied": may("The outages the customer says it does not belong to.", "lines"),
            "me_too": may("True where it says only: me too.", "flag"),
            "exercise": may("True where it belongs to a drill: nobody waits for an answer.", "flag"),
        },
        kept_when_full=True,
        comes_in_floods=True,
    ),
    Kind(
        name="case.linked",
        says="The case is counted to an outage, or to none.",
        fields={
            "outage": must("The outage; empty to undo it."),
            "because": may("Why.", "text"),
            "guessed": may("True where neither a person nor what the case names says so.", "flag"),
        },
        kept_when_full=True,
        comes_in_floods=True,
    ),
    Kind(
        name="case.replied",
        says="The customer was answered.",
        fields={"text": must("The answer.", "text"), "broadcast": may("The id of a reply to many.")},
    ),
    Kind(name="case.closed", says="The case is done.", fields={"because": may("Why.", "text")}),
    Kind(
        name="case.reopened",
        says="It is still broken for this customer.",
        fields={
            "text": may("What the customer writes.", "text"),
            "key": may("The id of the mail that says so: the same mail is kept once."),
        },
        kept_when_full=True,
        comes_in_floods=True,
    ),
)

_WANTED = {
    "components": may("Only these components; all where empty.", "lines"),
    "segments": may("The customer segments whose own words it may hear.", "lines"),
    "severity": may("The least impact to hear of.", allowed=("none", "minor", "major", "critical")),
    "language": may("The language to write in."),
}

_INFORM = (
    Kind(
        name="subscription.asked",
        says="Somebody wants to hear of outages; nothing is sent until it is confirmed.",
        fields={
            "channel": must("How.", allowed=CHANNELS),
            "address": must("Where."),
            **_WANTED,
            "secret_hash": may("SHA-256 of the secret that confirms it."),
            "until_s": may("When the question lapses.", "time"),
        },
    ),
    Kind(name="subscription.confirmed", says="The address agreed.", fields={}),
    Kind(
        name="subscription.changed",
        says="Its owner wants to hear of something else; where it goes stays.",
        fields=_WANTED,
    ),
    Kind(
        name="subscription.ended",
        says="Nothing more is to be sent.",
        fields={"because": may("Why.", allowed=("asked", "bounced", "gone", "operator"))},
        kept_when_full=True,
        comes_in_floods=True,
    ),
    Kind(
        name="delivery.planned",
        says="A notice is owed.",
        fields={
            "update": must("The update it tells of."),
            "subscription": must("To whom."),
            "channel": must("How.", allowed=CHANNELS),
        },
    ),
    Kind(
        name="delivery.attempted",
        says="It was tried and did not succeed.",
        fields={"outcome": must("What happened."), "next_s": may("When it is tried again.", "time")},
    ),
    Kind(
        name="delivery.done",
        says="It was delivered, or given up.",
        fields={"outcome": must("How it ended.", allowed=("delivered", "refused", "gave_up", "not_wanted"))},
    ),
    Kind(
        name="account.declared",
        says="An account is there, or its role changes; its secret is kept elsewhere.",
        fields={"name": must("Who."), "role": must("What they may do.", allowed=ROLES)},
    ),
    Kind(name="account.ended", says="The account may do nothing any more.", fields={}),
)

_GATE = (
    Kind(
        name="ruling.given",
        says="The gate answered somebody who was about to change something.",
        fields={
            "caller": must("The contract by which it was asked."),
            "about": must("What was to change.", "text"),
            "asked_by": may("Who wanted it, as far as the caller said."),
            "verdict": must("What was known of it.", allowed=VERDICTS),
            "why": must("Why.", "text"),
            "allowed": may("The greatest size that was known to be safe.", "number"),
            "world": may("Of which world that was said."),
            "activity": may("Of which of its activities."),
            "mode": must("What the gate was set to do.", allowed=("preview", "advise", "enforce")),
            "through": may("True where it happened as it was asked for.", "flag"),
            "to": may("The size that it was brought down to.", "number"),
            "override": may("Why it was let through whatever was known."),
            "reference": may("What the caller called the question."),  # this and more since December 2026
            "system": may("Under which name of `known_as` a world knows what changes."),
            "sizes": may("The sizes before and after that were asked about, by address.", "words"),
            "anew": may("Whose clients may connect anew.", "lines"),
            "also": may("The address of each further name by which a world may know what changes.", "words"),
            "unsure": may("True where what was let through may yet not happen.", "flag"),
            "judged": may("What was judged: that, with all that went on at the same time.", "text"),
            "settles": may("For how long what comes of it was looked at, in seconds.", "number"),
            "digest": may("Of the world as it was."),
            "version": may("Of Tidegate."),
            "evidence": may("What was proven, and how."),
            "runs": may("How many whole runs that took.", "number"),
            "seed": may("From which seed they were drawn.", "number"),
            "numbers": may("The numbers that decide, by path, with where each comes from.", "words"),
        },
    ),
    Kind(
        name="ruling.scored",
        says="What happened shows whether the gate was right, or does not show it.",
        fields={
            "outcome": must("Whether it was.", allowed=("right", "wrong", "unknown")),
            "because": may("What was seen.", "text"),
            "mistake": may("How it was wrong.", allowed=MISTAKES),
            "source": may("Where that was read; empty where a person says so."),
        },
    ),
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (*_OUTAGE, *_RECORD, *_CASE, *_INFORM, *SITE_KINDS, *_GATE)
}
"""Every kind of entry, by its name."""
