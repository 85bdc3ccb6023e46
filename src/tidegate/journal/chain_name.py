"""Whose is a chain, and what is one called? A site's first chain has its name; later ones a mark behind it.

A site writes one chain at a time. Where it cannot know whether it remembers all that it said (a backup was
put back), it begins another: ``west``, then ``west+k3f9ab``. The mark is drawn, not counted: who has
forgotten what was said has forgotten how often this was done. Where one chain goes on in two ways, the way
that was heard of second is kept as a branch, ``west~1f0c…``, named by the hash of its first entry.
"""

from __future__ import annotations

import re

from tidegate.journal.entry import new_id

_SITE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
_LATER = re.compile(r"(.+)\+[a-z0-9]{6}", re.ASCII | re.DOTALL)
_BRANCH = re.compile(r"(.+)~[0-9a-f]{16}", re.ASCII | re.DOTALL)
MOST_CHAINS = 1_000
"""So many chains of one site are taken from others: a site that began more is broken, or hostile."""
ALONE = "local"
"""What a site is called that nobody gave a name: it works with no other."""
SITE_NAMES = "lower-case letters, digits and -, at most 40, such as us-east"


def is_site_name(text: str) -> bool:
    """Whether a text can be the name of a site that works with others."""
    return _SITE.fullmatch(text) is not None


def site_of(chain: str) -> str:
    """Return the site that writes a chain."""
    found = _LATER.fullmatch(chain)
    return found[1] if found else chain


def later_chain(site: str, entropy: bytes) -> str:
    """Return the name of another chain of a site, never the same for other random bytes."""
    return f"{site}+{new_id(entropy)[:6]}"


def branch_name(chain: str, first_hash: str) -> str:
    """Return what a second way is called in which a chain goes on.

    Parameters
    ----------
    chain
        The chain.
    first_hash
        The hash of the first entry that is another, in hexadecimal digits.
    """
    return f"{chain}~{first_hash[:16]}"


def is_branch(label: str) -> bool:
    """Whether a label names a second way of a chain."""
    return _BRANCH.fullmatch(label) is not None


def chain_of(label: str) -> str:
    """Return the chain of a label: its own name, or what a branch goes off from."""
    found = _BRANCH.fullmatch(label)
    return found[1] if found else label
