"""Which entries are about sites themselves: who they are, and what went wrong among them."""

from __future__ import annotations

from tidegate.journal.kind import Kind, may, must

ROLES_OF_CHAINS = ("site", "history")
"""A site that writes and names others; or a history that was imported, which only tells."""

SITE_KINDS = (
    Kind(
        name="site.began",
        says="A site begins a chain of its journal; always its first entry.",
        fields={
            "public_key": must("Its Ed25519 key, 64 hexadecimal digits."),
            "title": may("What people call the site."),
            "continues": may("The chain that it wrote before."),  # this and the next since December 2026
            "after": may("The number of the last entry that it knew of it.", "number"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="site.admitted",
        says="What another site, or an imported history, says is taken into the record.",
        fields={
            "public_key": must("The Ed25519 key that it signs with, 64 hexadecimal digits."),
            "role": must("Whether it may name others in turn.", allowed=ROLES_OF_CHAINS),
            "address": may("Where it is asked for what it has."),
            "chains": may("The chains that it wrote with another key before.", "lines"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="site.retired",
        says="Nothing more is taken from a site.",
        fields={
            "ends": must("Up to where its chains count: number and hash, by chain.", "words"),
            "because": may("Why.", "text"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="site.forked",
        says="A chain goes on in two ways: both are kept up to here, and nothing more is taken of it.",
        fields={
            "number": must("The first number that stands twice.", "number"),
            "ends": must("Up to where each way counts: number and hash, by chain or branch.", "words"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="site.fork_seen",  # since December 2026
        says="Somebody looked into a chain that goes on in two ways; it stays on record.",
        fields={
            "number": must("The first number that stands twice, as it was known then.", "number"),
            "because": must("What was found, or done.", "text"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="site.rekeyed",
        says="A site signs its next chains with another key.",
        fields={
            "public_key": must("That Ed25519 key, 64 hexadecimal digits."),
            "chains": must("The chains that it wrote until then.", "lines"),
        },
        kept_when_full=True,
    ),
    Kind(
        name="site.able",
        says="Over what a site can send from now on; where it can no more, another sends in its place.",
        fields={
            "ways": must("The channels; of operators, by name; `calls` where it calls.", "lines"),
            "because": may("Why it is otherwise than before."),
        },
        kept_when_full=True,
    ),
    Kind(
        name="site.compacted",
        says="What is over leaves the record, once all the sites named here have said the same.",
        fields={
            "before_s": must("All that was said of it was said before this moment.", "time"),
            "until_s": must("Up to where was looked: what was said later changes nothing of it.", "time"),
            "digest": must("SHA-256 of all gaps that the chains have then, 64 hexadecimal digits."),
            "entries": must("How many entries have left then.", "number"),
            "sites": must("The sites that must say the same.", "lines"),
            "done": may("True where it has left at the site that says so.", "flag"),
        },
        kept_when_full=True,
    ),
)
