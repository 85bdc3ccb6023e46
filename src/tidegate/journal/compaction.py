"""What may leave the record for good, and who agreed to that? What is gone, named so that it can be compared.

Whatever leaves a chain leaves a gap: the numbers, and the hash of the last, which the entry behind it names.
Every site works out by itself what is over before a moment and says so, with one digest of all gaps that then
are. Nothing leaves anywhere before all that had been named until then have said the same. Which matters are
over must not live here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tidegate.journal.chain_name import site_of
from tidegate.journal.entry import Entry, Sealed

LEAST_AGE_S = 30 * 86_400.0
"""A matter leaves the record no sooner after the last that was said of it."""
COMPACTED = "site.compacted"
"""The kind of entry by which a site says what leaves."""


class Gap(NamedTuple):
    """Entries of a chain that have left the record: first and last number, and the last one's hash."""

    label: str
    first: int
    last: int
    hash: str


def gaps_digest(gaps: Iterable[Gap]) -> str:
    """Return one word for a set of gaps: the same at all sites where the same has left."""
    said = "".join(f"{gap.label} {gap.first}-{gap.last}:{gap.hash}\n" for gap in sorted(gaps))
    return hashlib.sha256(b"tidegate gaps 1\n" + said.encode()).hexdigest()


def entries_count(gaps: Iterable[Gap]) -> int:
    """Return how many entries have left."""
    return sum(gap.last - gap.first + 1 for gap in gaps)


def joined(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Return gaps by chain and number, those as one that touch or overlap."""
    found: list[Gap] = []
    for gap in sorted(gaps):
        last = found[-1] if found else None
        if last is None or last.label != gap.label or gap.first > last.last + 1:
            found.append(gap)
        elif gap.last > last.last:
            found[-1] = Gap(gap.label, last.first, gap.last, gap.hash)
    return tuple(found)


class Runs:
    """Gathers entries that leave, each chain's in their order, into gaps."""

    def __init__(self) -> None:
        self._gaps: list[Gap] = []
        self._open: dict[str, Gap] = {}

    def take(self, label: str, number: int, digest: str) -> None:
        """Add an entry."""
        gap = self._open.get(label)
        if gap is not None and gap.last + 1 == number:
            self._open[label] = gap._replace(last=number, hash=digest)
            return
        if gap is not None:
            self._gaps.append(gap)
        self._open[label] = Gap(label, number, number, digest)

    def with_others(self, gaps: Iterable[Gap]) -> tuple[Gap, ...]:
        """Return them with gaps that were before."""
        return joined((*gaps, *self._gaps, *self._open.values()))


class Cut(NamedTuple):
    """Which matters leave: over at `until_s`, and nothing said of them since `before_s`; seconds since 1970.

    What was said from `until_s` on changes nothing, so all sites come to the same whenever they look.
    """

    before_s: float
    until_s: float


NO_CUT = Cut(0.0, 0.0)
"""Before every cut that is asked for."""


@dataclass(frozen=True, kw_only=True)
class Left:
    """What a site hands over of what has left: all gaps, and entries by which sites say so."""

    gaps: tuple[Gap, ...]
    proofs: tuple[Sealed, ...]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a site says of what leaves the record.

    Parameters
    ----------
    site
        The site.
    cut
        Which matters.
    digest
        Of all gaps that are then.
    sites
        The sites that must say the same, in their order.
    said_s
        When it was said, in seconds since 1970.
    is_done
        Whether it has left at that site.
    """

    site: str
    cut: Cut
    digest: str
    sites: tuple[str, ...]
    said_s: float
    is_done: bool = False

    @property
    def what(self) -> tuple[Cut, str, tuple[str, ...]]:
        """What all must say alike."""
        return self.cut, self.digest, self.sites


def statement(entry: Entry) -> Statement | None:
    """Return what an entry states; None where it states nothing, or asks for what is too young."""
    if entry.kind != COMPACTED:
        return None
    payload = entry.payload
    cut = Cut(float(payload["before_s"]), float(payload["until_s"]))
    if cut.before_s > cut.until_s - LEAST_AGE_S or cut.until_s > entry.said_s:
        return None
    return Statement(
        site=site_of(entry.site), cut=cut, digest=payload["digest"], sites=tuple(payload["sites"]),
        said_s=entry.said_s, is_done=payload.get("done", False),
    )  # fmt: skip


def agreed(said: Sequence[Statement], named_s: Mapping[str, float]) -> list[Statement]:
    """Return what is agreed on, the earliest cut first: one statement for each.

    Parameters
    ----------
    said
        All that trusted sites stated.
    named_s
        The sites that still write, and when each was first named, in seconds since 1970. Who had been named
        when something was stated must be among those who say so: a site alone decides for no other.
    """
    found: dict[tuple[Cut, str, tuple[str, ...]], Statement] = {}
    sayers: dict[tuple[Cut, str, tuple[str, ...]], set[str]] = {}
    for one in said:
        first = found.setdefault(one.what, one)
        if one.said_s < first.said_s:
            found[one.what] = one
        sayers.setdefault(one.what, set()).add(one.site)
    whole = [
        one for what, one in found.items()
        if set(one.sites) <= sayers[what]
        and {name for name, at_s in named_s.items() if at_s < one.said_s} <= set(one.sites)
    ]  # fmt: skip
    return sorted(whole, key=lambda one: (one.cut, one.said_s))


def asked_for(said: Sequence[Statement], living: Iterable[str], after: Cut) -> Cut | None:
    """Return the last cut behind another for which a site that still writes asks; None for none."""
    names = set(living)
    return max((one.cut for one in said if one.site in names and one.cut > after), default=None)


def last_said(said: Sequence[Statement], site: str, cut: Cut) -> Statement | None:
    """Return what a site stated last of a cut."""
    own = [one for one in said if (one.site, one.cut) == (site, cut)]
    return max(own, key=lambda one: one.said_s, default=None)


def around(gaps: Sequence[Gap]) -> Callable[[str, int], Gap | None]:
    """Return what gives the gap that holds a number of a chain; None for none."""
    by_label: dict[str, list[Gap]] = {}
    for gap in sorted(gaps):
        by_label.setdefault(gap.label, []).append(gap)

    def found(label: str, number: int) -> Gap | None:
        there = by_label.get(label, [])
        at = _place(there, number)
        return there[at] if at >= 0 and there[at].last >= number else None

    return found


def _place(gaps: Sequence[Gap], number: int) -> int:
    """Return the place of the last gap that begins at a number or before; -1 for none."""
    low, high = 0, len(gaps)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if gaps[middle].first <= number else (low, middle)
    return low - 1


def outside(gaps: Iterable[Gap], of: Sequence[Gap]) -> Iterator[Gap]:
    """Yield the gaps that do not lie within one of others, with the same end where the ends are the same."""
    holding = around(of)
    for gap in gaps:
        held = holding(gap.label, gap.first)
        if held is None or held.last < gap.last or (held.last == gap.last and held.hash != gap.hash):
            yield gap
