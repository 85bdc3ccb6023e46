"""How is a journal carried to another site by hand? In one file, which is a source like any other.

A line says which chain or branch the lines behind it are of; a first line says where each ends. What is in
the file is checked when it is taken in, entry by entry, as if a site had handed it over.
"""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Sequence
from pathlib import Path

from tidegate.adapters.store.journal_file import JournalFile
from tidegate.adapters.store.journal_reading import PAGE_COUNT
from tidegate.adapters.store.leaving import left_of
from tidegate.adapters.store.site_folder import settle
from tidegate.errors import Fault, InputError, Place
from tidegate.journal.carried_lines import LONGEST_ENTRY_BYTES, NotCarriedError, lines, read_line
from tidegate.journal.compaction import Left, gaps_digest
from tidegate.journal.entry import Sealed
from tidegate.journal.left_lines import left_lines, read_left
from tidegate.journal.received import ChainEnd, stated_end

_PAGE_BYTES = 4 * 1024 * 1024
_LONGEST_FIRST = 16 * 1024 * 1024
_FIRST_FORM = {"tidegate_carried": 1}
_LONGEST_LINE = 2 * LONGEST_ENTRY_BYTES + 1_000


def carry(journal: JournalFile, path: Path, *, sheet: bytes = b"") -> int:
    """Write all that a journal holds into a new file, and return how many entries that is.

    Parameters
    ----------
    journal
        The open journal.
    path
        The new file.
    sheet
        What its site leaves for the others besides.

    Raises
    ------
    InputError
        If there is something at the place, or it cannot be written.
    StoreError
        If the journal cannot be read.
    """
    if path.exists():
        raise InputError(Fault(what="is there already", value=str(path), allowed="a new name"))
    waiting = path.with_name(f".{path.name}.{os.getpid()}.new")
    count = 0
    try:
        handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # what cases say is in it
        with os.fdopen(handle, "wb") as stream:
            ends = journal.ends()
            said = [[end.label, end.number, end.hash] for end in ends]
            left = left_of(journal)
            # An older version refuses the second form as a whole, and not an entry in the middle.
            form = {"tidegate_carried": 2, "left": gaps_digest(left.gaps)} if left.gaps else _FIRST_FORM
            first = {**form, "ends": said, **({"sheet": sheet.decode()} if sheet else {})}
            stream.write(json.dumps(first).encode() + b"\n")
            stream.writelines(left_lines(left))
            for end in ends:
                stream.write(json.dumps({"chain": end.label}).encode() + b"\n")
                after = 0
                while page := journal.page(end.label, after, most_bytes=_PAGE_BYTES):
                    stream.write(lines(page))
                    count += len(page)
                    after = json.loads(page[-1].body)["number"]
            stream.flush()
            os.fsync(stream.fileno())
        waiting.rename(path)
        settle(path.parent)
    except OSError as error:
        waiting.unlink(missing_ok=True)
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=str(path))) from None
    return count


class CarriedFile:
    """A file that `carry` wrote, as a source of entries.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If it cannot be read, or is none.

    Attributes
    ----------
    sheet
        What the site that wrote it leaves for the others besides; empty where there is nothing.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.sheet = b""
        self._path = path
        self._ends: tuple[ChainEnd, ...] = ()
        self._places: dict[str, array[int]] = {}
        self._first_numbers: dict[str, int] = {}
        self._left_digest = ""
        self._left = Left(gaps=(), proofs=())
        try:
            self._read()
        except OSError as error:
            raise InputError(Fault(what=f"cannot be read: {error.strerror}", value=str(path))) from None

    def ends(self) -> Sequence[ChainEnd]:
        """Return where each chain that it holds ends."""
        return self._ends

    def entries(self, label: str, after_number: int) -> Sequence[Sealed]:
        """Return the next entries of a chain or branch, by what it is called in the file."""
        places = self._places.get(label)
        if places is None or not len(places):
            return ()
        missing_count = self._missing(label, after_number)
        from_index = max(0, after_number + 1 - self._first_numbers[label] - missing_count)
        found: list[Sealed] = []
        left_bytes = _PAGE_BYTES
        with self._path.open("rb") as stream:
            for place in places[from_index : from_index + PAGE_COUNT]:
                stream.seek(place)
                line = stream.readline(_LONGEST_LINE)
                left_bytes -= len(line)
                if found and left_bytes < 0:
                    break
                found.append(self._entry(line, place))
        return found

    def left_digest(self) -> str:
        """Return the digest of what had left the record where the file was written; empty for nothing."""
        return self._left_digest

    def left(self) -> Left:
        """Return what had left the record there, and who states that."""
        return self._left

    def _missing(self, label: str, after_number: int) -> int:
        """Return how many of a chain's numbers up to one are not in the file, as it says."""
        gaps = (gap for gap in self._left.gaps if gap.label == label and gap.first <= after_number)
        return sum(min(gap.last, after_number) - gap.first + 1 for gap in gaps)

    def _read(self) -> None:
        with self._path.open("rb") as stream:
            self._ends = self._first(stream.readline(_LONGEST_FIRST))
            label, place, left = "", stream.tell(), list[bytes]()
            for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
                if line.startswith(b'{"chain"'):
                    label = self._label(line)
                elif self._left_digest and not label:
                    left.append(line)
                elif line.strip():
                    if not label:
                        raise self._fault("is of no chain")
                    if not len(self._places.setdefault(label, array("Q"))):
                        self._first_numbers[label] = _number(self._entry(line, place))
                    self._places[label].append(place)
                place = stream.tell()
        try:
            self._left = read_left(left)
        except NotCarriedError as error:
            raise self._fault(f"does not say what has left: {error}") from None

    def _first(self, line: bytes) -> tuple[ChainEnd, ...]:
        try:
            said = json.loads(line)
            form = said["tidegate_carried"]
            self.sheet = str(said.get("sheet", "")).encode()
            self._left_digest = str(said.get("left", ""))
            found = tuple(stated_end(label, number, digest) for label, number, digest in said["ends"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise self._fault("is not what `tidegate site export` wrote") from None
        if form != (2 if self._left_digest else 1):
            raise self._fault("is of a form that is not known here")
        return found

    def _label(self, line: bytes) -> str:
        try:
            return str(json.loads(line)["chain"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise self._fault("names no chain") from None

    def _entry(self, line: bytes, place: int) -> Sealed:
        try:
            return read_line(line, 0)
        except NotCarriedError:
            raise self._fault(f"holds what is no entry, at byte {place}") from None

    def _fault(self, what: str) -> InputError:
        return InputError(Fault(what=what, value=self.name, place=Place(source=self.name)))


def _number(sealed: Sealed) -> int:
    try:
        return int(json.loads(sealed.body)["number"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return 1  # which is refused, and named, when it is to be taken in
