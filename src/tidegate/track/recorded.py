"""What does a written record say? YAML by people, as entries of a journal, with every fault at once.

A record states when each thing was so and when it was said, so an outage of the past can be read, drawn
and rehearsed like one of today. It is a site of its own, whose clock is the record.

Shortcut: the record's key is made of its text, so importing it again adds nothing; its signatures show
that nothing was changed since, not who wrote it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tidegate.errors import Fault, InputError
from tidegate.journal.clock import START, next_stamp
from tidegate.journal.entry import (
    FIRST_HASH,
    Draft,
    Entry,
    Sealed,
    body_hash,
    new_id,
    place,
    read_entry,
    seal,
)
from tidegate.journal.entry_kinds import KINDS
from tidegate.journal.kind import Field
from tidegate.journal.moment import parse_moment
from tidegate.world.file.nearest_name import listed, nearest, shown
from tidegate.world.file.tree import Places, read_tree

_HEAD = {"tidegate_record", "site", "title", "zone", "sources", "entries"}
_OWN = {"kind", "about", "at", "said", "by"}
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A written record.

    Parameters
    ----------
    site
        The name of the site that it is.
    title
        What it is about.
    zone
        The local time of the place where it happened.
    sealed
        Its entries, chained and signed.
    left_out
        What was wrong with single rows of it, which are not among them.
    """

    site: str
    title: str
    zone: str
    sealed: tuple[Sealed, ...]
    left_out: tuple[Fault, ...] = ()

    def entries(self) -> tuple[Entry, ...]:
        """Return its entries."""
        return tuple(read_entry(one.body) for one in self.sealed)


def read_record(text: str, source: str) -> Recorded:
    """Return the record that a YAML text describes.

    Raises
    ------
    InputError
        With every fault, each with its place.
    """
    tree = read_tree(text, source)
    reader = _Reader(tree.places, list(tree.faults))
    document = tree.document if isinstance(tree.document, dict) else {}
    for name in document:
        if name not in _HEAD:
            reader.fault((name,), "is not part of a record", allowed=listed(sorted(_HEAD)))
    if document.get("tidegate_record") != "1":
        reader.fault(("tidegate_record",), "is not a record that is known here", allowed="tidegate_record: 1")
    site = document.get("site")
    if not isinstance(site, str) or not site:
        reader.fault(("site",), "names no site", allowed="a short name for the record")
    items = document.get("entries")
    if not isinstance(items, list) or not items:
        reader.fault(("entries",), "holds no entries")
        items = []
    spoken = [reader.entry(str(site), number, item) for number, item in enumerate(items)]
    if reader.faults:
        raise InputError(*reader.faults)
    sealed = chained(str(site), str(document.get("title", "")), text, [one for one in spoken if one])
    return Recorded(
        site=str(site),
        title=str(document.get("title", "")),
        zone=str(document.get("zone", "UTC")),
        sealed=sealed,
    )


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """An entry of a record, and when it was said, in seconds since 1970."""

    said_s: float
    draft: Draft


class _Reader:
    """Reads entries one by one and collects what is wrong with them."""

    def __init__(self, places: Places, faults: list[Fault]) -> None:
        self._places = places
        self.faults = faults

    def fault(self, path: tuple[object, ...], what: str, *, value: object = "", allowed: str = "") -> None:
        """Add a fault at its place."""
        named = ".".join(str(step) for step in path)
        self.faults.append(
            Fault(what=what, path=named, value=shown(value), allowed=allowed, place=self._places.find(path))
        )

    def entry(self, site: str, number: int, item: object) -> Spoken | None:
        """Return one entry; None after adding its faults."""
        path, before = ("entries", number), len(self.faults)
        if not isinstance(item, dict):
            self.fault(path, "is not an entry", allowed="keys and values")
            return None
        kind = item.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            near = nearest(str(kind), KINDS)
            self.fault((*path, "kind"), "is no kind of entry", value=kind, allowed=near or listed(KINDS))
            return None
        at_s = self._moment(item, "at", path)
        said_s = self._moment(item, "said", path) if "said" in item else at_s
        payload = self._payload(str(kind), item, path)
        about = item.get("about")
        if not isinstance(about, str):
            self.fault((*path, "about"), "does not say what it is about", allowed="a short name")
        if len(self.faults) > before or at_s is None or said_s is None:
            return None
        draft = _finished(site, Draft(
            kind=str(kind), subject=str(about), payload=payload, by=str(item.get("by", site)), at_s=at_s
        ), number)  # fmt: skip
        for fault in draft.faults():
            self.fault(path, f"{fault.path} {fault.what}", value=fault.value, allowed=fault.allowed)
        return Spoken(said_s=said_s, draft=draft)

    def _moment(self, item: Mapping[str, object], name: str, path: tuple[object, ...]) -> float | None:
        try:
            return parse_moment(str(item.get(name, "")))
        except InputError as error:
            fault = error.faults[0]
            self.fault((*path, name), fault.what, value=item.get(name, ""), allowed=fault.allowed)
            return None

    def _payload(self, kind: str, item: Mapping[str, object], path: tuple[object, ...]) -> dict[str, object]:
        fields, payload = KINDS[kind].fields, {}
        for name, value in item.items():
            if name in _OWN:
                continue
            field = fields.get(name) or fields.get(f"{name}_s")
            key = name if name in fields else f"{name}_s"
            if field is None:
                known = listed([*sorted(_OWN), *(field.removesuffix("_s") for field in fields)])
                self.fault((*path, name), f"is no field of {kind}", allowed=known)
                continue
            try:
                payload[key] = _value(field, value)
            except InputError as error:
                self.fault((*path, name), error.faults[0].what, value=value, allowed=error.faults[0].allowed)
        return payload


def _value(field: Field, value: object) -> object:
    """Return a value of the record in the form that its field has."""
    if field.form in _SCALARS and isinstance(value, str):
        return _SCALARS[field.form](value)
    return value


def _flag(text: str) -> bool:
    if text not in _FLAGS:
        raise InputError(Fault(what="is not true or false", value=text, allowed="true, false"))
    return _FLAGS[text]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(Fault(what="is not a number", value=text, allowed="a number")) from None


_SCALARS: Mapping[str, Callable[[str], object]] = {
    "time": parse_moment,
    "flag": _flag,
    "number": _number,
    "text": str.strip,
    "line": str.strip,
}


def _finished(site: str, draft: Draft, number: int) -> Draft:
    """Return a draft with the ids and fields that a record need not spell out."""
    payload = dict(draft.payload)
    subject = draft.subject
    if draft.kind.startswith(("outage.", "update.", "alert.", "case.")):
        subject = new_id(f"record\0{site}\0{draft.subject}".encode())
    if draft.kind.startswith("update."):
        payload.setdefault("update", new_id(f"record\0{site}\0update\0{number}".encode()))
    if draft.kind == "outage.opened":
        payload.setdefault("since_s", draft.at_s)
        payload.setdefault("source", "record")
    if payload.get("into"):
        payload["into"] = new_id(f"record\0{site}\0{payload['into']}".encode())
    return Draft(kind=draft.kind, subject=subject, payload=payload, by=draft.by, at_s=draft.at_s)


def chained(site: str, title: str, text: str, spoken: list[Spoken]) -> tuple[Sealed, ...]:
    """Return entries as a site of their own, chained and signed with a key that is made of `text`."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"tidegate record\n" + text.encode()).digest())
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    spoken = sorted(spoken, key=lambda one: one.said_s)
    first_s = spoken[0].said_s
    payload = {"public_key": public, **({"title": title} if title else {})}
    began = Draft(kind="site.began", subject=site, payload=payload, by=site, at_s=first_s)
    stamp, previous, sealed = START, FIRST_HASH, []
    for number, one in enumerate([Spoken(said_s=first_s, draft=began), *spoken], 1):
        stamp = next_stamp(stamp, one.said_s)
        signed = seal(place(one.draft, site, number, stamp, previous), key)
        previous = body_hash(signed.body)
        sealed.append(signed)
    return tuple(sealed)
