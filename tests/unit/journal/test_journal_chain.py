"""Chains: what is damaged is named exactly."""

from __future__ import annotations

import pytest

from checked_chains import verify
from record_sample import Memory
from tidegate.journal.entry import Draft, Sealed, canonical, read_entry, seal
from tidegate.journal.entry_chain import Chains, Damage, DamagedJournalError


def journal(count: int = 5, site: str = "here") -> Memory:
    made = Memory(site)
    for number in range(count):
        made.append([Draft(kind="decision.made", subject=f"d{number}", payload={"what": f"step {number}"})])
    return made


def damages(sealed) -> list[Damage]:
    return list(verify(sealed))


def test_a_whole_journal_has_no_damage():
    """Two chains, woven into each other, hold."""
    here, there = journal(site="here").sealed, journal(site="there").sealed
    woven = [one for pair in zip(here, there, strict=True) for one in pair]
    assert [] == damages(woven)


@pytest.mark.parametrize("number", [2, 4, 6])
def test_each_flipped_bit_is_found_where_it_is(number):
    """Any bit of an entry's body that changes is named by site and number, or as unreadable."""
    sealed = journal().sealed
    body = sealed[number - 1].body
    for place in range(0, len(body), 7):
        changed = bytearray(body)
        changed[place] ^= 4
        bad = [*sealed]
        bad[number - 1] = Sealed(body=bytes(changed), signature=sealed[number - 1].signature)
        (first, *_) = damages(bad)
        assert first.number in {number, 0} or first.site != "here"


def test_a_changed_signature_is_found():
    """An entry whose signature changed is not what its site signed."""
    sealed = journal().sealed
    sealed[2] = Sealed(body=sealed[2].body, signature=bytes(64))
    assert [Damage(site="here", number=3, what="is not what its site signed")] == damages(sealed)


def test_a_missing_entry_is_found():
    """A gap is named by the entries around it."""
    sealed = journal().sealed
    del sealed[2]
    (found,) = damages(sealed)
    assert (4, "follows entry 2: what stood between is missing") == (found.number, found.what)


def test_a_fork_is_found():
    """A site that signs two successors of one entry is found out, although both are signed."""
    made = journal()
    entry = read_entry(made.sealed[3].body)
    forged = seal(type(entry)(**{**fields(entry), "previous": "1" * 64}), made.key)
    (found,) = damages([*made.sealed[:3], forged])
    assert "names another predecessor: the chain forks" == found.what


def fields(entry):
    return {name: getattr(entry, name) for name in type(entry).__slots__}


def test_a_chain_must_begin_with_its_key():
    """A chain without its first entry is not read."""
    (found, *_) = damages(journal().sealed[1:])
    assert "does not begin a chain" == found.what


def test_bytes_that_are_not_canonical_are_refused():
    """The same entry in other bytes is not the entry, even if it is signed."""
    made = Memory()
    entry = read_entry(made.sealed[0].body)
    loose = canonical(entry).replace(b'":', b'": ')
    (found,) = damages([Sealed(body=loose, signature=made.key.sign(b"tidegate journal entry 1\n" + loose))])
    assert "is not written canonically" == found.what


def test_links_alone_show_every_change_but_the_last_ones():
    """Without checking signatures, links name the changed entry; the heads' signatures vouch for the rest."""
    sealed = journal().sealed
    body = sealed[3].body.replace(b"step 2", b"step 9")
    bad = [*sealed[:3], Sealed(body=body, signature=sealed[3].signature), *sealed[4:]]
    chains = Chains(signatures=False)
    for one in bad[:4]:
        chains.take(one)
    with pytest.raises(DamagedJournalError, match="entry 4 of site here is not what its site signed"):
        chains.check_heads()
    with pytest.raises(DamagedJournalError, match="entry 4 of site here is not what its site signed"):
        chains.take(bad[4])
