"""An entry and its bytes."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from record_sample import NOON_S, Memory
from tidegate.journal.clock import Stamp
from tidegate.journal.entry import (
    FIRST_HASH,
    Draft,
    UnreadableEntryError,
    canonical,
    is_signed,
    new_id,
    place,
    read_entry,
    seal,
)
from tidegate.journal.entry_kinds import KINDS, LONGEST_TEXT_BYTES

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
CASE = Draft(kind="case.received", subject="c1", payload={"text": "Hilfe – 助けて\0", "channel": "web"})


def test_bytes_and_entry_are_one_to_one():
    """An entry read from its bytes is the entry, whatever the language of its text."""
    entry = place(CASE, "here", 1, Stamp(5, 0), FIRST_HASH)
    assert entry == read_entry(canonical(entry))
    assert canonical(entry) == canonical(read_entry(canonical(entry)))


def test_the_order_of_fields_does_not_matter():
    """Two payloads that say the same in another order are the same bytes."""
    turned = Draft(kind=CASE.kind, subject="c1", payload=dict(reversed(CASE.payload.items())))
    one, other = (place(draft, "here", 1, Stamp(5, 0), FIRST_HASH) for draft in (CASE, turned))
    assert canonical(one) == canonical(other)


def test_one_changed_bit_is_not_signed():
    """A signature holds for exactly the bytes it was made for."""
    sealed = seal(place(CASE, "here", 1, Stamp(5, 0), FIRST_HASH), KEY)
    assert is_signed(sealed, KEY.public_key())
    for place_in_body in (0, len(sealed.body) // 2, len(sealed.body) - 1):
        body = bytearray(sealed.body)
        body[place_in_body] ^= 1
        assert not is_signed(type(sealed)(body=bytes(body), signature=sealed.signature), KEY.public_key())


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b"1" * 5000, b"[" * 100_000, b'{"site":1}'], ids=repr
)
def test_other_bytes_are_named_as_such(body):
    """Whatever else bytes are, they are refused as unreadable and nothing more happens."""
    with pytest.raises(UnreadableEntryError):
        read_entry(body)


def test_foreign_types_are_unreadable():
    """A number where a name stands is not an entry."""
    found = json.loads(canonical(place(CASE, "here", 1, Stamp(5, 0), FIRST_HASH)))
    for key, value in (("site", 5), ("number", "1"), ("wall", 1.5), ("tick", None), ("version", True)):
        with pytest.raises(UnreadableEntryError):
            read_entry(json.dumps({**found, key: value}).encode())


def test_all_faults_of_a_draft_are_named():
    """A draft with four faults names four."""
    draft = Draft(
        kind="case.received",
        subject="",
        payload={"channel": "pigeon", "components": "all", "colour": "red"},
        at_s=float("nan"),
    )
    assert [
        "case.received.colour",
        "case.received.text",
        "case.received.components",
        "case.received.channel",
        "case.received.subject",
        "case.received.at_s",
    ] == [fault.path for fault in draft.faults()]


def test_a_text_of_64_kb_is_kept_and_one_more_byte_is_not():
    """Texts count in bytes, and half a character is none."""
    fits = Draft(
        kind="case.received", subject="c", payload={"text": "x" * LONGEST_TEXT_BYTES, "channel": "web"}
    )
    too_long = Draft(kind="case.received", subject="c", payload={"text": "ü" * 40_000, "channel": "web"})
    broken = Draft(kind="case.received", subject="c", payload={"text": "\ud800", "channel": "web"})
    assert ([], 1, 1) == (list(fits.faults()), len(too_long.faults()), len(broken.faults()))


def test_every_kind_says_what_it_is():
    """Each kind and each field explains itself; no secret has a place in any."""
    for kind in KINDS.values():
        assert kind.says.endswith(".")
        assert all(field.says.endswith((".", "text", "promise.")) for field in kind.fields.values()), (
            kind.name
        )
        assert not {"password", "secret", "token"} & kind.fields.keys()


def test_ids_fit_everywhere():
    """An id is twelve lower-case letters and digits; the same bytes give the same id."""
    found = {new_id(number.to_bytes(4, "big")) for number in range(1000)}
    assert 1000 == len(found)
    assert all(12 == len(one) and one.isalnum() and one == one.lower() for one in found)
    assert new_id(b"a") == new_id(b"a") != new_id(b"b")


def test_when_it_was_so_defaults_to_when_it_was_said():
    """An entry without a time of its own is so when it is said."""
    journal = Memory()
    (entry,) = journal.append([CASE])
    assert (NOON_S, NOON_S) == (entry.at_s, entry.said_s)
