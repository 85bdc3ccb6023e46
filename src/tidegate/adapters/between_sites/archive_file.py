"""Where does what leaves the record go? Into a file beside it, signed as it was, before anything leaves.

Its form is that of a carried file: lines of JSON, a chain's name before its entries. Each chain begins with
its first entry, which names its key; of the others those that left are there. Who wants them gone deletes the
file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from tidegate.adapters.store.journal_reading import JournalReader
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
) -> tuple[Path, int]:
    """Write what is within gaps into a file; return where, and how many entries that are.

    A file that an earlier run finished is left as it is: it holds all of it.

    Raises
    ------
    DamagedJournalError
        If an entry is not what its site signed, or may not leave; then nothing is left at the place.
    InputError
        If it cannot be written.
    """
    folder = journal.path.parent / FOLDER
    path = folder / f"before-{moment_text(cut.before_s)[:10]}-{gaps_digest(gaps)[:12]}.entries"
    if path.exists():
        return path, sum(1 for _ in archived(path))
    waiting = path.with_name(f".{path.name}.new")
    make_folder(folder)
    try:
        handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            said = {"tidegate_archive": 1, "before": moment_text(cut.before_s), "gaps": gaps_digest(gaps)}
            stream.write(json.dumps(said).encode() + b"\n")
            count = 0
            for label in dict.fromkeys(gap.label for gap in gaps):
                stream.write(json.dumps({"chain": label}).encode() + b"\n")
                for kept in _whole(label, _leaving(journal, label, gaps), may_leave):
                    stream.write(lines([kept]))
                    count += 1
                count -= 1  # the first entry of the chain stays
            stream.flush()
            os.fsync(stream.fileno())
        waiting.replace(path)
        settle(folder)
    except OSError as error:
        waiting.unlink(missing_ok=True)
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=str(path))) from None
    except DamagedJournalError:
        waiting.unlink(missing_ok=True)
        raise
    return path, count


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
            label, found = "", list[Sealed]()
            for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
                if not line.startswith(b'{"chain"'):
                    found.append(_sealed(path, line))
                    continue
                yield from map(_read, _left(label, found))
                label, found = str(json.loads(line)["chain"]), []
            yield from map(_read, _left(label, found))
    except OSError as error:
        raise InputError(Fault(what=f"cannot be read: {error.strerror}", value=str(path))) from None


def _left(label: str, found: Sequence[Sealed]) -> Sequence[Sealed]:
    return list(_whole(label, found))[1:]


def _leaving(journal: JournalReader, label: str, gaps: Sequence[Gap]) -> Iterator[Sealed]:
    """Yield the first entry of a chain, and those within gaps."""
    holding = around(gaps)
    for number, kept in journal.numbered(label):
        if number == 1 or holding(label, number) is not None:
            yield kept


def _whole(
    label: str, found: Iterable[Sealed], may_leave: Callable[[Entry], bool] = lambda _entry: True
) -> Iterator[Sealed]:
    """Yield entries of one chain, its first and others, each checked."""
    key, last = None, (0, "")
    for kept in found:
        try:
            entry = read_entry(kept.body)
        except UnreadableEntryError as error:
            damage = Damage(site=label, number=last[0] + 1, what=f"cannot be read: {error}")
            raise DamagedJournalError(damage) from None
        key = key or first_key(entry)
        if not is_signed(kept, key):
            what = "is not what its site signed"
            raise DamagedJournalError(Damage(site=label, number=entry.number, what=what))
        if entry.number == last[0] + 1 and last[0] and entry.previous != last[1]:
            what = "does not follow the one before it"
            raise DamagedJournalError(Damage(site=label, number=entry.number, what=what))
        if entry.number > 1 and not may_leave(entry):
            raise DamagedJournalError(Damage(site=label, number=entry.number, what="is of what never leaves"))
        last = entry.number, body_hash(kept.body)
        yield kept


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


def _read(kept: Sealed) -> Entry:
    return read_entry(kept.body)
