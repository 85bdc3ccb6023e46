"""Take in what another site has and this one lacks: by whichever path, checked before anything is kept.

There is no leader and no vote. Each entry has one writer, so two records never contradict each other on what
was said; whoever has more hands it over, what it said itself and what it heard. A chain that goes on in two
ways is followed in both, up to where somebody noticed, and then no further.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tidegate.adapters.store.journal_file import JournalFile
from tidegate.adapters.store.leaving import done, handed_digest, is_handed, take_handed
from tidegate.errors import TidegateError
from tidegate.journal.chain_name import chain_of, site_of
from tidegate.journal.compaction import Left, gaps_digest
from tidegate.journal.entry import Draft, Entry, Sealed, UnreadableEntryError, read_entry
from tidegate.journal.entry_chain import Damage, DamagedJournalError, Head
from tidegate.journal.received import ChainEnd
from tidegate.journal.site_members import Members

_LOG = logging.getLogger("tidegate.exchange")
_VOUCHED_COUNT = 200
"""From so many entries on, the last of a page vouches for the others."""
_TOGETHER_COUNT, _TOGETHER_BYTES = 10_000, 16 * 1024 * 1024
_FIRST_STEP_COUNT = 8
_MOST_PAGES = 10_000


class Source(Protocol):
    """Where entries of other sites are to be had."""

    @property
    def name(self) -> str:
        """What it is called, in words."""

    def ends(self) -> Sequence[ChainEnd]:
        """Return where each chain that it has ends there."""

    def entries(self, label: str, after_number: int) -> Sequence[Sealed]:
        """Return the next entries of a chain or branch, by what it is called there; nothing at its end."""

    def left_digest(self) -> str:
        """Return the digest of what has left the record there, as its ends said last; empty for nothing."""

    def left(self) -> Left:
        """Return what has left the record there, and who states that."""


@dataclass(kw_only=True)
class Drawn:
    """What came of asking a source.

    Parameters
    ----------
    new_count
        How many entries were new here.
    refused
        What was not taken, and why, by chain.
    forks
        Chain and number of each entry that was found to stand beside another.
    unproven
        Why what it says has left the record there is not believed; empty where it is, or nothing has.
    """

    new_count: int = 0
    refused: dict[str, Damage] = field(default_factory=dict)
    forks: list[tuple[str, int]] = field(default_factory=list)
    unproven: str = ""


def draw(
    journal: JournalFile, source: Source, members: Callable[[], Members], *,
    is_over: Callable[[], bool] = lambda: False,
) -> Drawn:  # fmt: skip
    """Take in all that a source has and the journal lacks, and write down what was found to be wrong.

    Parameters
    ----------
    journal
        The open journal.
    source
        Where from.
    members
        Gives whom this site trusts, as it is then.
    is_over
        Whether to end after the page that is being taken.

    Raises
    ------
    StoreError
        If the journal cannot be written; what was taken before is kept.
    TidegateError
        If the source cannot be asked.
    """
    drawn = Drawn()
    try:
        ends = source.ends()
        drawn.unproven = _take_left(journal, source, members)
        for end in ends:
            if is_over():
                break
            if not journal.has(end.chain, end.number, end.hash):
                _follow(journal, source, end, members, drawn, is_over)
    finally:  # also of a source that was cut off in the middle: a fork that was kept is told
        settle(journal, members)
    return drawn


def _take_left(journal: JournalFile, source: Source, members: Callable[[], Members]) -> str:
    """Keep what has left the record at a source, where that is proven; return why it is not.

    Chains are then followed across it. Whether it leaves here too is another question: `compacting`.
    """
    digest = source.left_digest()
    if not digest or digest in {done(journal)[1], handed_digest(journal)}:
        return ""
    left = source.left()
    if gaps_digest(left.gaps) != digest:
        return "what it says has left the record is not what it hands over"
    known = members()
    if not any(known.proves(one, digest) for one in left.proofs):
        return "that entries have left the record there, no site says that is trusted here"
    take_handed(journal, left.gaps, digest)
    return ""


def settle(journal: JournalFile, members: Callable[[], Members]) -> None:
    """Write down how far this site follows what it must follow no further, and leave a chain that forked.

    Parameters
    ----------
    journal, members
        As of `draw`.
    """
    known = members()
    ends = journal.ends()
    drafts = []
    # Asked of the journal, not of what was just drawn: whoever kept a fork may have been cut off before this.
    forks = _first_forks(journal)
    for chain, number in forks.items():
        if chain not in known.forked:
            _LOG.error("a chain forks", extra={"chain": chain, "number": number})
            drafts.append(_forked(chain, number, ends))
    for chain, last in known.cut.items():
        if max((end.number for end in ends if end.chain == chain), default=0) > last:
            forked_at = known.forked.get(chain)
            drafts.append(_retired(chain, ends) if forked_at is None else _forked(chain, forked_at, ends))
    journal.leave_chains({*known.forked, *forks})  # what is said from now on must not stand in them
    if drafts:
        journal.append(drafts)


def _first_forks(journal: JournalFile) -> dict[str, int]:
    """Return the first number that stands twice here, by chain."""
    found: dict[str, int] = {}
    for chain, number in journal.forks().values():
        found[chain] = min(found.get(chain, number), number)
    return found


def _follow(
    journal: JournalFile, source: Source, end: ChainEnd, members: Callable[[], Members], drawn: Drawn,
    is_over: Callable[[], bool],
) -> None:  # fmt: skip
    """Take in one chain or branch of a source, from the last entry on that both have."""
    # Where as much is here and it is something else, the last of theirs is looked at, then those before.
    after = max(0, min(journal.heads().get(end.chain, 0), end.number - 1))
    step, tried = _FIRST_STEP_COUNT, set[int]()
    for _ in range(_MOST_PAGES):
        page = source.entries(end.label, after)
        if not page or is_over():  # it has less than it says, or this site is ending
            return
        if after and after not in tried and not _links(journal, page):
            tried.add(after)  # where all before it is here, what does not link is refused by its name
            after, step = max(0, after - step), step * 8
            continue
        together = _together(source, end, page)
        if not _keep(journal, together, members, drawn):
            return
        after = read_entry(together[-1].body).number
        if after >= end.number:
            return


def _together(source: Source, end: ChainEnd, page: Sequence[Sealed]) -> Sequence[Sealed]:
    """Return a page with those behind it that are to be kept with it, where there is much to take in.

    Each transaction writes every page of the file that it touches, and ids touch all over the file.
    """
    found = list(page)
    size_bytes = sum(len(one.body) for one in page)
    while len(page) >= _VOUCHED_COUNT and len(found) < _TOGETHER_COUNT and size_bytes < _TOGETHER_BYTES:
        try:
            after = read_entry(page[-1].body).number
            page = source.entries(end.label, after) if after < end.number else ()
        except TidegateError:  # what came before is kept; whoever asks next hears of it
            break
        found += page
        size_bytes += sum(len(one.body) for one in page)
    return found


def _links(journal: JournalFile, page: Sequence[Sealed]) -> bool:
    """Whether what a page begins with follows something that is here."""
    try:
        first = read_entry(page[0].body)
    except UnreadableEntryError:
        return True  # which is refused, and named, when it is to be kept
    before = (first.site, first.number - 1, first.previous)
    return first.number == 1 or journal.has(*before) or is_handed(journal, *before)


def _keep(journal: JournalFile, page: Sequence[Sealed], members: Callable[[], Members], drawn: Drawn) -> bool:
    """Keep a page, and return whether all of it was taken."""
    known, now_s = members(), journal.now_s()

    def refusal(entry: Entry, _label: str, head: Head | None) -> str:
        return known.refusal(entry, head, now_s)

    try:
        received = journal.receive(page, refusal=refusal, vouched=len(page) >= _VOUCHED_COUNT)
    except DamagedJournalError as error:  # what vouched for the others was not signed: nothing was kept
        drawn.refused[error.damage.site] = error.damage
        return False
    drawn.new_count += len(received.entries)
    drawn.forks += received.forks
    if received.damage is not None:
        drawn.refused[received.damage.site] = received.damage
    return received.damage is None


def _forked(chain: str, number: int, ends: Sequence[ChainEnd]) -> Draft:
    payload = {"number": float(number), "ends": ends_of(chain, ends)}
    return Draft(kind="site.forked", subject=chain, payload=payload)


def _retired(chain: str, ends: Sequence[ChainEnd]) -> Draft:
    return Draft(kind="site.retired", subject=site_of(chain), payload={"ends": ends_of(chain, ends)})


def ends_of(chain: str, ends: Sequence[ChainEnd]) -> dict[str, str]:
    """Return number and hash at which each way of a chain ends here, as an entry states them."""
    return {end.label: f"{end.number} {end.hash}" for end in ends if chain_of(end.label) == chain}
