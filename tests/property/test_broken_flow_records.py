"""Flow records that are cut, mixed up or made to hurt: an answer or one clear error, never anything else."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flow_writers as write
from recorded_flows import Drawn
from tidegate.discover.discovered import Recorded
from tidegate.errors import InputError
from tidegate.verbs.discover import discover


def _truth():
    truth = write.Truth(70.0)
    truth.kept(["10.0.1.1", "10.0.1.2"], write.DB, 2)
    truth.asked([f"10.0.2.{i}" for i in range(1, 5)], write.WEB, 1.0, 0.2)
    return truth


def _events():
    made = Drawn(random.Random(3), 30.0)  # noqa: S311  drawn, not secret
    made.opened(["10.0.3.1", "10.0.3.2"], write.API, 4.0, 0.05)
    return made.events()


def _journal():
    """Return a dump, twelve flows, a loss and an end."""
    said = ["# tidegate flows 1 {}", "L 0 tcp ESTABLISHED 10.0.1.5 41234 10.1.0.7 5432", ". 0 1795888543.1"]
    for i in range(12):
        ways = f"10.0.1.5 {2000 + i} 10.1.0.7 80"
        for letter, part, state in (("N", 5, "SYN_SENT"), ("U", 6, "ESTABLISHED"), ("D", 9, "-")):
            said.append(f"{letter} {1795888544 + i}.{part} tcp {state} {ways}")
    return "\n".join([*said, "! 1795888550.0 1795888551.0 42", "= 1795888563.2 36 0"]) + "\n"


JOURNAL = _journal()
TRUTH = _truth()
WRITTEN = {
    "events": _events(),
    "journal": JOURNAL,
    "pcap": write.capture(TRUTH),
    "pcapng": write.capture_of_blocks(TRUTH),
    "vpc": write.vpc(TRUTH),
    "default vpc": write.vpc(TRUTH, write.DEFAULT_FIELDS, has_names=False),
    "nfdump": write.nfdump_csv(TRUTH),
    "nfdump json": write.nfdump_json(TRUTH),
    "ipfix": write.ipfix_csv(TRUTH),
    "azure": write.azure(TRUTH),
    "google": write.google(TRUTH),
    "sockets": write.sockets(TRUTH, "10.0.1.1"),
}


def bytes_of(kind):
    content = WRITTEN[kind]
    return content if isinstance(content, bytes) else content.encode()


def read(data, cut=4_096):
    """What is made of bytes that come in pieces."""
    pieces = [data[at : at + cut] for at in range(0, len(data), cut)]
    return discover(
        [Recorded(source="it", pieces=pieces)],
        name="it",
        device="linux-nat",
        day="today",
        is_pseudonymous=False,
    )


def answered(data):
    """What is made of bytes, or the error that says why not."""
    try:
        return read(data)
    except InputError as error:
        return error


@pytest.mark.parametrize("kind", WRITTEN)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_damage_is_more_than_an_error(kind, data):
    """Bytes are cut out, put twice, or written over; what comes out is a world or an error with a fault."""
    content = bytearray(bytes_of(kind))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(content) - 1, 0)))
        long = data.draw(st.integers(1, 200))
        way = data.draw(st.sampled_from(["cut", "twice", "over", "end"]))
        if way == "cut":
            del content[at : at + long]
        elif way == "twice":
            content[at:at] = content[at : at + long]
        elif way == "over":
            content[at : at + 8] = data.draw(st.binary(min_size=1, max_size=8))
        else:
            del content[at:]
    found = answered(bytes(content))
    assert isinstance(found, InputError) or found.text


@pytest.mark.parametrize("kind", WRITTEN)
def test_it_does_not_matter_where_the_pieces_are_cut(kind):
    whole = bytes_of(kind)
    if kind == "sockets":
        return
    first = read(whole, 1 << 20).text
    for cut in (997, 1_009):
        # what a record is told by must be in its first piece
        head = whole[: 1 << 13]
        rest = whole[1 << 13 :]
        pieces = [head, *(rest[at : at + cut] for at in range(0, len(rest), cut))]
        again = discover(
            [Recorded(source="it", pieces=pieces)],
            name="it",
            device="linux-nat",
            day="today",
            is_pseudonymous=False,
        )
        assert first == again.text


def test_a_record_of_a_later_version_is_refused():
    with pytest.raises(InputError, match="version 2"):
        read(JOURNAL.replace("flows 1", "flows 2").encode())


@pytest.mark.parametrize("time", ["1.0", "1795888543000.0", "9" * 400])
def test_a_time_that_cannot_be_is_one_error(time):
    """Each second of a record is looked at: of a million years there are too many."""
    said = _events()
    wrong = f"[{time}]\t{said.splitlines()[0].partition(chr(9))[2]}\n"
    with pytest.raises(InputError, match="days: a time in it is wrong"):
        read((wrong + said if time == "1.0" else said + wrong).encode())


HURTS = {
    "one endless line": b"[1795888543.1]\t    [NEW] tcp " + b"A" * 3_000_000,
    "a row of numbers that are none": (
        f"{write.DEFAULT_FIELDS}\n2 1 eni-1 a b 99999 -1 6 1 1 1e400 nan ACCEPT OK\n".encode() * 50
    ),
    "times that run backwards": "".join(reversed(_events().splitlines(keepends=True))).encode(),
    "braces without end": b'{"src_port":1,"src4_addr":"a"' + b"[" * 600_000,
    "a packet longer than any": bytes_of("pcap")[:24] + b"\xff" * 4_000,
    "blocks of length zero": bytes_of("pcapng")[:28] + bytes(4_000),
}


@pytest.mark.parametrize("name", HURTS)
def test_what_is_made_to_hurt_is_told(name):
    """Either an error, or a warning; never silence."""
    found = answered(HURTS[name])
    assert isinstance(found, InputError) or found.warnings
