"""How do sites hand each other entries that cannot reach each other? Through a place that both reach.

A folder that is shared, or an S3 store. Each site puts there what it says itself, in pieces that are never
changed again: `CHAIN/FIRST-LAST-HASH`, created only where nothing of that name is; and in parts under `~left`
what has left its record, where something has. So nothing there is ever
replaced, no two writers meet, and a place that is lost is filled again. What is found is checked like what
any other source hands over.

Shortcut: who may write there and has no site's key can put false pieces in the way, which are refused; then
what stands behind them does not come by this path until they are taken away. Nothing false comes in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol
from urllib.parse import quote, unquote

from tidegate.adapters.store.journal_file import JournalFile
from tidegate.adapters.store.leaving import done, left_of
from tidegate.errors import TidegateError
from tidegate.exit_codes import ExitCode
from tidegate.journal.carried_lines import NotCarriedError, lines, read_lines
from tidegate.journal.chain_name import site_of
from tidegate.journal.compaction import Left, around, gaps_digest, statement
from tidegate.journal.entry import Sealed, body_hash, read_entry
from tidegate.journal.left_lines import left_lines, read_left
from tidegate.journal.received import ChainEnd

SHEETS = "~sheets"
"""The folder of what sites leave for each other besides; no chain has such a name."""
MOST_PIECE_BYTES = 16 * 1024 * 1024
_PIECE_BYTES = 4 * 1024 * 1024
_LEFT = "~left"
_PART = re.compile(r"([0-9a-f]{64})-\d{6}-(\d{6})", re.ASCII)
_DIGEST_LENGTH, _PART_LINES = 64, 20_000
_NAME = re.compile(r"(\d{12})-(\d{12})-([0-9a-f]{64})", re.ASCII)


class StoreUnreachableError(TidegateError):
    """A place through which sites hand each other entries cannot be used."""

    exit_code = ExitCode.CANNOT_TELL


class ChainStore(Protocol):
    """A place with names and bytes; what is created there stays, but for what `replace` puts there."""

    @property
    def name(self) -> str:
        """What it is called, in words."""

    def folders(self) -> Sequence[str]:
        """Return the names of the folders at its top."""

    def names(self, folder: str, after: str) -> Sequence[str]:
        """Return the names in a folder that come behind one, in their order."""

    def read(self, path: str) -> bytes:
        """Return what stands under a path."""

    def create(self, path: str, content: bytes) -> bool:
        """Put something under a path where nothing is yet; False where something is."""

    def replace(self, path: str, content: bytes) -> None:
        """Put something under a path, in the place of what is there."""


class Piece(NamedTuple):
    """Entries of one chain that stand under one name: first and last number, and the last one's hash."""

    first: int
    last: int
    hash: str
    name: str


class StoredChains:
    """What stands in a store, as a source of entries; it remembers what it has seen, and looks for more.

    Parameters
    ----------
    store
        The store.
    """

    def __init__(self, store: ChainStore) -> None:
        self.name = store.name
        self._store = store
        self._pieces: dict[str, list[Piece]] = {}
        self._seen_left: set[str] = set()
        self._left = ("", Left(gaps=(), proofs=()))

    def ends(self) -> Sequence[ChainEnd]:
        """Return where each chain ends there.

        Raises
        ------
        StoreUnreachableError
            If it cannot be asked.
        """
        for folder in self._store.folders():
            if folder == _LEFT:
                self._look_what_left()
            elif folder != SHEETS:
                self.pieces(unquote(folder))
        lasts = {
            chain: max(found, key=lambda one: one.last) for chain, found in self._pieces.items() if found
        }
        return tuple(
            ChainEnd(label=chain, number=one.last, hash=one.hash) for chain, one in sorted(lasts.items())
        )

    def entries(self, label: str, after_number: int) -> Sequence[Sealed]:
        """Return the next entries of a chain; a piece that is not what its name says is passed over.

        Raises
        ------
        StoreUnreachableError
            If it cannot be asked.
        """
        found = self._behind(label, after_number)
        if not found and (gap := around(self._left[1].gaps)(label, after_number + 1)) is not None:
            found = self._behind(label, gap.last)
        return found

    def _behind(self, label: str, after_number: int) -> Sequence[Sealed]:
        for piece in self._pieces.get(label, ()):
            if piece.first <= after_number + 1 <= piece.last:
                found = _whole(self._store.read(f"{_folder(label)}/{piece.name}"), piece)
                if found:
                    return found[after_number + 1 - piece.first :]
        return ()

    def left_digest(self) -> str:
        """Return the digest of what has left the record, as a site put it there last; empty for nothing."""
        return self._left[0]

    def left(self) -> Left:
        """Return what has left the record, and who states that."""
        return self._left[1]

    def _look_what_left(self) -> None:
        """Take in what sites put there of what has left; the last that they ask for counts."""
        names = self._store.names(_LEFT, "")
        for digest in {name[:_DIGEST_LENGTH] for name in names} - self._seen_left:
            parts = [name for name in names if name.startswith(digest)]
            if _parts_count(parts) != len(parts):  # the others are yet to come
                continue
            self._seen_left.add(digest)
            content = b"".join(self._store.read(f"{_LEFT}/{name}") for name in parts)
            try:
                left = read_left(content.splitlines())
            except NotCarriedError:
                continue
            if gaps_digest(left.gaps) == digest and _asked_s(left) >= _asked_s(self._left[1]):
                self._left = digest, left

    def pieces(self, chain: str) -> Sequence[Piece]:
        """Return the pieces of a chain, by their first entries.

        Raises
        ------
        StoreUnreachableError
            If it cannot be asked.
        """
        known = self._pieces.setdefault(chain, [])
        for name in self._store.names(_folder(chain), known[-1].name if known else ""):
            found = _NAME.fullmatch(name)
            if found is not None and int(found[1]) <= int(found[2]):
                known.append(Piece(int(found[1]), int(found[2]), found[3], name))
        return known


def offer(journal: JournalFile, stored: StoredChains, store: ChainStore) -> int:
    """Put into a store what this site said and the store lacks; return how many entries that was.

    Raises
    ------
    StoreUnreachableError
        If it cannot be used.
    StoreError
        If the journal cannot be read.
    """
    count = 0
    for end in journal.ends():
        if site_of(end.label) != journal.site or end.label != end.chain:
            continue
        own = [one for one in stored.pieces(end.chain) if journal.has(end.chain, one.last, one.hash)]
        after = max((one.last for one in own), default=0)
        while after < end.number:
            first, page = _run(journal.page(end.chain, after, most_bytes=_PIECE_BYTES))
            last = first + len(page) - 1
            name = f"{first:012}-{last:012}-{body_hash(page[-1].body)}"
            store.create(f"{_folder(end.chain)}/{name}", lines(page))
            count, after = count + len(page), last
    _offer_left(journal, stored, store)
    return count


def _offer_left(journal: JournalFile, stored: StoredChains, store: ChainStore) -> None:
    """Put there what has left the record here, where that is not there yet."""
    digest = done(journal)[1]
    if not digest or digest == stored.left_digest():
        return
    found = list(left_lines(left_of(journal)))
    count = -(-len(found) // _PART_LINES)
    for part in range(count):
        content = b"".join(found[part * _PART_LINES : (part + 1) * _PART_LINES])
        store.create(f"{_LEFT}/{digest}-{part + 1:06}-{count:06}", content)


def _parts_count(names: Sequence[str]) -> int:
    """Return of how many parts something is, as the names of parts say; 0 where they do not."""
    found = [_PART.fullmatch(name) for name in names]
    return max((int(one[2]) for one in found if one is not None), default=0)


def _run(page: Sequence[Sealed]) -> tuple[int, Sequence[Sealed]]:
    """Return the number of a page's first entry, and the entries that follow it without a gap."""
    numbers = [read_entry(one.body).number for one in page]
    count = sum(1 for at, number in enumerate(numbers) if number == numbers[0] + at)
    return numbers[0], page[:count]


def _asked_s(left: Left) -> float:
    said = (statement(read_entry(one.body)) for one in left.proofs)
    return max((one.cut.before_s for one in said if one is not None), default=0.0)


def _whole(text: bytes, piece: Piece) -> tuple[Sealed, ...]:
    """Return the entries of a piece; none where it is not what its name says."""
    try:
        found = tuple(read_lines(text))
    except NotCarriedError:
        return ()
    is_whole = len(found) == piece.last - piece.first + 1 and body_hash(found[-1].body) == piece.hash
    return found if is_whole else ()


def _folder(chain: str) -> str:
    return quote(chain, safe="")
