"""What kinds of entry are there, and what does each carry? One table; nothing is appended outside it.

A kind has a version: a payload of another meaning is a new one, and the old one stays readable. What an entry
does to the state is the fold of each noun; what fits into a field is checked in `tidegate.journal.payload`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_TEXT_BYTES = 64 * 1024
"""A case's text is kept up to this length; all other texts are shorter."""
LONGEST_LINE_BYTES = 500


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a payload.

    Parameters
    ----------
    says
        What it means.
    form
        "line" (short text), "text", "time" (seconds since 1970, UTC), "number", "flag", "lines"
        (a list of short texts), "words" (short text by name), "texts" (text by name).
    required
        Whether it must be there.
    allowed
        The only values it may take; empty where any is allowed.
    """

    says: str
    form: str = "line"
    required: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of entry.

    Parameters
    ----------
    name
        ``noun.happening``, such as ``outage.opened``.
    says
        What it states, as a sentence.
    fields
        What it carries, by name.
    version
        The version of its payload that is appended today.
    kept_when_full
        Whether it may use the space that is kept back for a full disk.
    comes_in_floods
        Whether strangers cause it: it leaves the last of that space to what operators say.
    """

    name: str
    says: str
    fields: Mapping[str, Field]
    version: int = 1
    kept_when_full: bool = False
    comes_in_floods: bool = False


def _must(says: str, form: str = "line", allowed: tuple[str, ...] = ()) -> Field:
    return Field(says=says, form=form, required=True, allowed=allowed)


def _may(says: str, form: str = "line", allowed: tuple[str, ...] = ()) -> Field:
    return Field(says=says, form=form, allowed=allowed)


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
    "title": _may("What people call the outage."),
    "since_s": _may("When it began.", "time"),
    "cause": _may("The noun of the world, or the words, that the outage comes from."),
    "because": _may("Why that is held to be the cause.", "text"),
    "certainty": _may("How sure we are.", allowed=CERTAINTIES),
    "components": _may("Status of each affected component, by its name.", "words"),
    "segments": _may("The customer segments affected.", "lines"),
    "sees": _may("What each segment loses, in its words.", "words"),
    "keeps": _may("What goes on working for each segment.", "words"),
    "does": _may("What each segment can do meanwhile, as the world says.", "words"),
    "advice": _may("What everybody can do meanwhile, as an operator says.", "text"),
    "dark": _may("Tooling that goes down with it.", "lines"),
    "titles": _may("What people call the names used here.", "words"),
}

_OUTAGE = (
    Kind(
        name="outage.opened",
        says="Something is, or seems to be, broken.",
        fields={
            **_ABOUT,
            "title": _must("What people call the outage."),
            "since_s": _must("When it began.", "time"),
            "source": _must("What noticed it.", allowed=SOURCES),
            "exercise": _may("True where it is a drill.", "flag"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="outage.moved",
        says="The outage passes into another state.",
        fields={
            "event": _must("What happened to it.", allowed=EVENTS),
            "into": _may("The outage it is merged into."),
            "because": _may("Why.", "text"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="outage.changed",
        says="From this time on, something about the outage is otherwise.",
        fields={
            **_ABOUT,
            "unconfirmed": _may("True where a signal says so of components, and no person yet.", "flag"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="outage.corrected",
        says="Something said about the outage was never so; what was said stays on record.",
        fields={
            **_ABOUT,
            "because": _must("What was wrong.", "text"),
            "evidence": _may("Why the corrected cause is held to be so.", "text"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="outage.tried",
        says="Somebody did something about it.",
        fields={
            "what": _must("What was done.", "text"),
            "effect": _may("What it did.", "text"),
            "source": _may("Where this is stated."),
        },
        kept_when_full=True,
    ),
    Kind(
        name="outage.noted",
        says="Something worth remembering; for operators, never published.",
        fields={"text": _must("What.", "text"), "source": _may("Where this is stated.")},
        kept_when_full=True,
    ),
    Kind(
        name="outage.held",
        says="Somebody takes the outage in hand, or lets it go.",
        fields={"who": _must("Who holds it; empty where it is let go.")},
        kept_when_full=True,
    ),
    Kind(
        name="outage.asked",
        says="Somebody is asked to take the outage over; whoever holds it keeps it until they do.",
        fields={"who": _must("Who is asked; empty to ask nobody any more.")},
        kept_when_full=True,
    ),
    Kind(
        name="outage.called",
        says="Nobody answered, so an operators' channel is called.",
        fields={"who": _must("The channel."), "because": _may("Why.")},
        kept_when_full=True,
    ),
    Kind(
        name="update.drafted",
        says="Words for the public are ready, not yet public.",
        fields={
            "update": _must("The update's id."),
            "texts": _must("The words, by language.", "texts"),
            "next_s": _may("When we speak next.", "time"),
            "made": _may("True where they were made from the record, and nobody wrote at them.", "flag"),
        },
    ),
    Kind(
        name="update.published",
        says="Words are public.",
        fields={
            "update": _must("The update's id."),
            "texts": _must("The words, by language.", "texts"),
            "next_s": _may("When we speak next: a promise.", "time"),
            "segment": _may("The segment it is for; empty where it is for everybody."),
        },
        kept_when_full=True,
    ),
)

_RECORD = (
    Kind(
        name="alert.seen",
        says="An alert that is counted to an outage fires, or no longer fires.",
        fields={
            "fingerprint": _must("The alert's fingerprint and begin, which name it."),
            "status": _must("What it says.", allowed=("firing", "resolved")),
            "starts_s": _must("When it began to fire.", "time"),
            "ends_s": _may("When it ceased.", "time"),
            "labels": _must("Its labels.", "words"),
            "summary": _may("What it says in words.", "text"),
            "annotations": _may("Its annotations, such as a runbook, each cut at 2,000 bytes.", "texts"),
            "links": _may("Where to look, by what is there.", "words"),
        },
    ),
    Kind(
        name="binding.made",
        says="Alerts that carry a label mean a component, for an operator says so.",
        fields={
            "label": _must("The label's name."),
            "value": _must("Its value."),
            "component": _must("The component; empty to undo it."),
        },
    ),
    Kind(
        name="component.declared",
        says="A component is there, or its description changes.",
        fields={
            "title": _must("What people call it."),
            "group": _may("The group it is shown in."),
            "region": _may("Where it stands."),
            "describes": _may("What it is, for the public.", "text"),
            "position": _may("Its place in the list.", "number"),
            "noun": _may("The world's service or crossing behind it."),
            "retired": _may("True where it is no longer shown.", "flag"),
        },
    ),
    Kind(
        name="component.claimed",
        says="A status is claimed for a component.",
        fields={
            "status": _must("The status.", allowed=STATUSES),
            "source": _must("Who claims it.", allowed=("manual", "system")),
            "until_s": _may("When the claim is worth nothing unless it is renewed.", "time"),
            "because": _may("Why.", "text"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="maintenance.planned",
        says="Work is planned, or its plan is replaced.",
        fields={
            "title": _must("What people call it."),
            "describes": _may("What is done.", "text"),
            "components": _must("The components it touches.", "lines"),
            "starts_s": _must("When it begins the first time.", "time"),
            "lasts_s": _must("How long it takes, in seconds.", "number"),
            "zone": _may("The time zone in which it recurs."),
            "rule": _may("RFC 5545 recurrence rule."),
        },
    ),
    Kind(
        name="maintenance.cancelled",
        says="The work will not take place.",
        fields={"because": _may("Why.", "text")},
    ),
    Kind(
        name="decision.made",
        says="Somebody decided something, for a reason.",
        fields={
            "what": _must("What was decided.", "text"),
            "because": _may("Why.", "text"),
            "about": _may("The id of what it is about."),
        },
        kept_when_full=True,
    ),
)

_CASE = (
    Kind(
        name="case.received",
        says="A customer asks for help.",
        fields={
            "text": _must("What the customer writes.", "text"),
            "title": _may("Its subject line."),
            "contact": _may("Where to answer."),
            "segment": _may("The customer's segment, as far as it is known."),
            "components": _may("The components named.", "lines"),
            "language": _may("The language to answer in."),
            "channel": _must("How it came.", allowed=("web", "api", "email", "command line")),
            "key": _may("The sender's idempotency key."),
            "outage": _may("The outage the customer says it belongs to."),
            "denied": _may("The outages the customer says it does not belong to.", "lines"),
            "me_too": _may("True where it says only: me too.", "flag"),
        },
        kept_when_full=True,
        comes_in_floods=True,
    ),
    Kind(
        name="case.linked",
        says="The case is counted to an outage, or to none.",
        fields={
            "outage": _must("The outage; empty to undo it."),
            "because": _may("Why.", "text"),
            "guessed": _may("True where neither a person nor what the case names says so.", "flag"),
        },
        kept_when_full=True,
        comes_in_floods=True,
    ),
    Kind(
        name="case.replied",
        says="The customer was answered.",
        fields={"text": _must("The answer.", "text"), "broadcast": _may("The id of a reply to many.")},
    ),
    Kind(name="case.closed", says="The case is done.", fields={"because": _may("Why.", "text")}),
    Kind(
        name="case.reopened",
        says="It is still broken for this customer.",
        fields={
            "text": _may("What the customer writes.", "text"),
            "key": _may("The id of the mail that says so: the same mail is kept once."),
        },
        kept_when_full=True,
        comes_in_floods=True,
    ),
)

_WANTED = {
    "components": _may("Only these components; all where empty.", "lines"),
    "segments": _may("The customer segments whose own words it may hear.", "lines"),
    "severity": _may("The least impact to hear of.", allowed=("none", "minor", "major", "critical")),
    "language": _may("The language to write in."),
}

_INFORM = (
    Kind(
        name="subscription.asked",
        says="Somebody wants to hear of outages; nothing is sent until it is confirmed.",
        fields={
            "channel": _must("How.", allowed=CHANNELS),
            "address": _must("Where."),
            **_WANTED,
            "secret_hash": _may("SHA-256 of the secret that confirms it."),
            "until_s": _may("When the question lapses.", "time"),
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
        fields={"because": _may("Why.", allowed=("asked", "bounced", "gone", "operator"))},
        kept_when_full=True,
        comes_in_floods=True,
    ),
    Kind(
        name="delivery.planned",
        says="A notice is owed.",
        fields={
            "update": _must("The update it tells of."),
            "subscription": _must("To whom."),
            "channel": _must("How.", allowed=CHANNELS),
        },
    ),
    Kind(
        name="delivery.attempted",
        says="It was tried and did not succeed.",
        fields={"outcome": _must("What happened."), "next_s": _may("When it is tried again.", "time")},
    ),
    Kind(
        name="delivery.done",
        says="It was delivered, or given up.",
        fields={"outcome": _must("How it ended.", allowed=("delivered", "refused", "gave_up", "not_wanted"))},
    ),
    Kind(
        name="account.declared",
        says="An account is there, or its role changes; its secret is kept elsewhere.",
        fields={"name": _must("Who."), "role": _must("What they may do.", allowed=ROLES)},
    ),
    Kind(name="account.ended", says="The account may do nothing any more.", fields={}),
    Kind(
        name="site.began",
        says="A site begins its journal; always its first entry.",
        fields={
            "public_key": _must("Its Ed25519 key, 64 hexadecimal digits."),
            "title": _may("What people call the site."),
        },
        kept_when_full=True,
    ),
)

_GATE = (
    Kind(
        name="ruling.given",
        says="The gate answered somebody who was about to change something.",
        fields={
            "caller": _must("The contract by which it was asked."),
            "about": _must("What was to change.", "text"),
            "asked_by": _may("Who wanted it, as far as the caller said."),
            "verdict": _must("What was known of it.", allowed=VERDICTS),
            "why": _must("Why.", "text"),
            "allowed": _may("The greatest size that was known to be safe.", "number"),
            "world": _may("Of which world that was said."),
            "activity": _may("Of which of its activities."),
            "mode": _must("What the gate was set to do.", allowed=("preview", "advise", "enforce")),
            "through": _may("True where it happened as it was asked for.", "flag"),
            "to": _may("The size that it was brought down to.", "number"),
            "override": _may("Why it was let through whatever was known."),
            "reference": _may("What the caller called the question."),  # this and more since December 2026
            "system": _may("Under which name of `known_as` a world knows what changes."),
            "sizes": _may("The sizes before and after that were asked about, by address.", "words"),
            "anew": _may("Whose clients may connect anew.", "lines"),
            "also": _may("The address of each further name by which a world may know what changes.", "words"),
            "unsure": _may("True where what was let through may yet not happen.", "flag"),
            "judged": _may("What was judged: that, with all that went on at the same time.", "text"),
            "settles": _may("For how long what comes of it was looked at, in seconds.", "number"),
            "digest": _may("Of the world as it was."),
            "version": _may("Of Tidegate."),
            "evidence": _may("What was proven, and how."),
            "runs": _may("How many whole runs that took.", "number"),
            "seed": _may("From which seed they were drawn.", "number"),
            "numbers": _may("The numbers that decide, by path, with where each comes from.", "words"),
        },
    ),
    Kind(
        name="ruling.scored",
        says="What happened shows whether the gate was right, or does not show it.",
        fields={
            "outcome": _must("Whether it was.", allowed=("right", "wrong", "unknown")),
            "because": _may("What was seen.", "text"),
            "mistake": _may("How it was wrong.", allowed=MISTAKES),
            "source": _may("Where that was read; empty where a person says so."),
        },
    ),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (*_OUTAGE, *_RECORD, *_CASE, *_INFORM, *_GATE)}
"""Every kind of entry, by its name."""
