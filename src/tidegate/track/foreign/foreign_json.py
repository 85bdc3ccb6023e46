"""How is somebody else's JSON read, when any of it may be missing or wrong? Every fault at once.

A row that is wrong is left out with what is wrong of it, and hides no other.

What the documents of one tool mean must not live here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.journal.entry import Draft, new_id
from tidegate.journal.entry_kinds import LONGEST_LINE_BYTES, LONGEST_TEXT_BYTES
from tidegate.journal.moment import parse_moment
from tidegate.track.recorded import Recorded, Spoken, chained
from tidegate.world.file.nearest_name import shown

_ID = re.compile(r"[a-z0-9]{12}", re.ASCII)
_TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]{0,2000}|!--.{0,20000}?--)>", re.DOTALL)
_BREAK = re.compile(r"<\s*(?:br\s*/?|/p|/li|/div)\s*>", re.IGNORECASE)
_MOST_FAULTS = 50


class Reading:
    """Collects the entries of a foreign history, and what is wrong with it.

    Parameters
    ----------
    site
        The name of the record.
    """

    def __init__(self, site: str) -> None:
        self.site = site
        self.faults: list[Fault] = []
        self.left_out: list[Fault] = []
        self.spoken: list[Spoken] = []

    def say(
        self, kind: str, subject: str, payload: Mapping[str, Any], *, at_s: float, said_s: float | None = None
    ) -> None:
        """Add an entry: when it was so, and when it was said; both in seconds since 1970."""
        draft = Draft(kind=kind, subject=subject, payload=payload, by=self.site, at_s=at_s)
        self.faults += draft.faults()
        self.spoken.append(Spoken(said_s=at_s if said_s is None else said_s, draft=draft))

    @contextmanager
    def row(self) -> Iterator[None]:
        """Leave out everything that is said within, if any of it is wrong; rows may stand within rows."""
        faults_count, spoken_count = len(self.faults), len(self.spoken)
        yield
        wrong = self.faults[faults_count:]
        if wrong:
            self.left_out += wrong
            del self.faults[faults_count:], self.spoken[spoken_count:]

    def rows(self, document: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield place and value of each object in a list; whatever else stands there is left out."""
        found = document.get(name)
        if found is None:
            return
        if not isinstance(found, list):
            self.faults.append(Fault(what="is not a list", path=name))
            return
        for number, row in enumerate(found):
            if isinstance(row, Mapping):
                yield f"{name}.{number}", row
            else:
                self.left_out.append(Fault(what="is not an object", path=f"{name}.{number}"))

    def fault(self, place: str, value: object, allowed: str) -> None:
        """Name something that is not what its tool writes there."""
        what = "is not what is written there"
        self.faults.append(Fault(what=what, path=place, value=shown(value), allowed=allowed))

    def text(self, row: Mapping[str, Any], place: str, name: str) -> str:
        """Return a text, which may be a number; empty where there is none, and a fault for anything else."""
        found = row.get(name)
        if found is None or isinstance(found, str):
            return found or ""
        if isinstance(found, int | float) and not isinstance(found, bool):
            return str(found)
        self.fault(f"{place}.{name}", found, "a text")
        return ""

    def moment(self, row: Mapping[str, Any], place: str, *names: str) -> float | None:
        """Return the first of some times that is there; None, and a fault, where none is."""
        name = next((name for name in names if row.get(name)), names[0])
        try:
            return parse_moment(self.text(row, place, name))
        except InputError as error:
            self.faults.append(replace(error.faults[0], path=f"{place}.{name}"))
            return None

    def recorded(self, *, title: str, zone: str, text: str) -> Recorded:
        """Return everything as a record; `text` makes its key.

        Raises
        ------
        InputError
            With every fault of the whole; if no row is right, with theirs; or if there is nothing.
        """
        wrong = [*self.faults, *(self.left_out if self.faults or not self.spoken else ())]
        if wrong:
            raise InputError(*wrong[:_MOST_FAULTS])
        if not self.spoken:
            raise InputError(Fault(what="holds no history", value=self.site))
        return Recorded(
            site=self.site,
            title=title,
            zone=zone,
            sealed=chained(self.site, title, text, self.spoken),
            left_out=tuple(self.left_out),
        )


def own_id(site: str, foreign: str) -> str:
    """Return an id for somebody else's: itself where it has our form, so that links go on working."""
    is_ours = _ID.fullmatch(foreign)
    return foreign if is_ours else new_id(f"import\0{site}\0{foreign}".encode("utf-8", "surrogatepass"))


def plain(text: str, most_bytes: int = LONGEST_TEXT_BYTES) -> str:
    """Return words that may hold HTML as plain text, cut to a length."""
    said = unescape(_TAG.sub("", _BREAK.sub("\n", text))).replace("\0", "")
    return said.encode(errors="ignore")[:most_bytes].decode(errors="ignore").strip()


def one_line(text: str) -> str:
    """Return words that may hold HTML as one short line."""
    return " ".join(plain(text, LONGEST_LINE_BYTES).split())
