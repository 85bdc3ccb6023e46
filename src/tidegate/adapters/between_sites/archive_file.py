"""Where does what leaves the record go? Into a file beside it, signed as it was, before anything leaves.

Its form is that of a carried file: lines of JSON, a chain's name before its entries. Each chain begins with
its first entry, which names its key; of the others those that left are there. Who wants them gone deletes the
file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tidegate.adapters.store.journal_reading import JournalReader
from tidegate.adapters.store.leaving import count_within
from tidegate.adapters.store.site_folder import make_folder, settle
from tidegate.errors import Fault, InputError, Place
from tidegate.journal.carried_lines import LONGEST_ENTRY_BYTES, NotCarriedError, lines, read_line
from tidegate.journal.compaction import Cut, Gap, around, gaps_digest
from tidegate.journal.entry import Entry, Sealed, UnreadableEntryError, body_hash, is_signed, read_entry
from tidegate.journal.entry_chain import Damage, DamagedJournalError, first_key
from tidegate.journal.moment import moment_text

FOLDER = "archive"
_LONGEST_LINE = 2 * LONGEST_ENTRY_BYTES + 1_000


def archive(
    journal: JournalReader, gaps: Sequence[Gap], cut: Cut, *, may_leave: Callable[[Entry], bool]
) -> Path:
    """Write what is within gaps into a new file, and return which.

    A file that an earlier run finished is left as it is where it holds as much at least.

    Raises
    ------
    DamagedJournalError
        If an entry is not what its site signed, or may not leave; then nothing is left at the place.
    InputError
        If it cannot be written.
    """
    folder = journal.path.parent / FOLDER
    path = folder / f"before-{moment_text(cut.before_s)[:10]}-{gaps_digest(gaps)[:12]}.entries"
    here_count = count_within(journal, gaps)
    while path.exists():
        if sum(1 for _ in archived(path)) >= here_count:
            return path
        path = path.with_name(f"{path.stem}-more{path.suffix}")  # an older copy was put back that holds more
    waiting = path.with_name(f".{path.name}.new")
    make_folder(folder)
    try:
        handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            said = {"tidegate_archive": 1, "before": moment_text(cut.before_s), "gaps": gaps_digest(gaps)}
            stream.write(json.dumps(said).encode() + b"\n")
            for label in dict.fromkeys(gap.label for gap in gaps):
                stream.write(json.dumps({"chain": label}).encode() + b"\n")
                chain = _Chain(label)
                for kept in _leaving(journal, label, gaps):
                    entry = chain.take(kept)
                    if entry.number > 1 and not may_leave(entry):
                        raise _damaged(label, entry.number, "is of what never leaves")
                    stream.write(lines([kept]))
            stream.flush()
            os.fsync(stream.fileno())
        waiting.replace(path)
        settle(folder)
        settle(folder.parent)
    except OSError as error:
        waiting.unlink(missing_ok=True)
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=str(path))) from None
    except DamagedJournalError:
        waiting.unlink(missing_ok=True)
        raise
    return path


def archived(path: Path) -> Iterator[Entry]:
    """Yield what an archive holds that left, each checked to be what its site signed.

    Raises
    ------
    InputError
        If it cannot be read, or is none.
    DamagedJournalError
        At the first entry that is not what its site signed, or does not follow.
    """
    try:
        with path.open("rb") as stream:
            _check_head(path, stream.readline(_LONGEST_LINE))
            chain = _Chain("")
            for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
                if line.startswith(b'{"chain"'):
                    chain = _Chain(_label(path, line))
                elif (entry := chain.take(_sealed(path, line))).number > 1:
                    yield entry
    except OSError as error:
        raise InputError(Fault(what=f"cannot be read: {error.strerror}", value=str(path))) from None


def _leaving(journal: JournalReader, label: str, gaps: Sequence[Gap]) -> Iterator[Sealed]:
    """Yield the first entry of a chain, and those within gaps."""
    holding = around(gaps)
    for number, kept in journal.numbered(label):
        if number == 1 or holding(label, number) is not None:
            yield kept


class _Chain:
    """Checks entries of one chain, its first and then others."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._key: Ed25519PublicKey | None = None
        self._last = (0, "")

    def take(self, kept: Sealed) -> Entry:
        """Return an entry that is what its site signed, and follows where the one before it is here."""
        number, digest = self._last
        try:
            entry = read_entry(kept.body)
        except UnreadableEntryError as error:
            raise _damaged(self._label, number + 1, f"cannot be read: {error}") from None
        self._key = self._key or first_key(entry)
        if not is_signed(kept, self._key):
            raise _damaged(self._label, entry.number, "is not what its site signed")
        if number and entry.number == number + 1 and entry.previous != digest:
            raise _damaged(self._label, entry.number, "does not follow the one before it")
        self._last = entry.number, body_hash(kept.body)
        return entry


def _damaged(label: str, number: int, what: str) -> DamagedJournalError:
    return DamagedJournalError(Damage(site=label, number=number, what=what))


def _label(path: Path, line: bytes) -> str:
    try:
        return str(json.loads(line)["chain"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(Fault(what="names no chain", value=str(path))) from None


def _check_head(path: Path, line: bytes) -> None:
    try:
        is_archive = json.loads(line)["tidegate_archive"] == 1
    except (ValueError, KeyError, TypeError, RecursionError):
        is_archive = False
    if not is_archive:
        place = Place(source=str(path))
        raise InputError(Fault(what="is no archive of entries that left", value=str(path), place=place))


def _sealed(path: Path, line: bytes) -> Sealed:
    try:
        return read_line(line, 0)
    except NotCarriedError:
        raise InputError(Fault(what="holds what is no entry", value=str(path))) from None
