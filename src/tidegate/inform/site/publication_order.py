"""Which of two publications tells of more, and may one take the other's place? By number and by record.

Numbers order what one key published. Between sites that each write for themselves the record orders: a
publication that tells of everything another tells of, and of something else, is newer, whatever the clocks
said. Where each tells of something that the other does not, neither is: the sites were cut off.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from tidegate.inform.site.manifest import Manifest
from tidegate.journal.moment import moment_text


class Standing(Enum):
    """How one publication stands to another, by what of the record each tells of."""

    SAME = "same"
    NEWER = "newer"
    OLDER = "older"
    APART = "apart"
    UNTOLD = "untold"


def includes(more: Mapping[str, int], less: Mapping[str, int]) -> bool:
    """Whether the first chains hold all that the second do."""
    return all(more.get(name, 0) >= number for name, number in less.items())


def standing(one: Manifest, other: Manifest) -> Standing:
    """Return how one publication stands to another; `UNTOLD` where one does not say what it tells of."""
    if not one.heads or not other.heads:
        return Standing.UNTOLD
    more, less = includes(one.heads, other.heads), includes(other.heads, one.heads)
    if more and less:
        return Standing.SAME
    if not more and not less:
        return Standing.APART
    return Standing.NEWER if more else Standing.OLDER


def refusal(held: Manifest, ours: Manifest) -> str:
    """Return why a publication must not take the place of the one that is there; empty where it may.

    Parameters
    ----------
    held
        What the place states.
    ours
        What would be put there.
    """
    is_same_site = held.public_key == ours.public_key
    if held.sequence > ours.sequence or (held.sequence == ours.sequence and not is_same_site):
        return f"holds a later site (number {held.sequence}) than this one"
    # A later number of another site may still know less. Once what is there has lapsed, it says nothing any
    # more, and what this one knows is better.
    if is_same_site or held.until_s <= ours.made_s or standing(held, ours) is not Standing.NEWER:
        return ""
    return (
        f"holds a site by {held.by} that tells of more than this one, good until {moment_text(held.until_s)}"
    )
