"""What sites share in secret comes to the same in whatever order they hear of it, and loses nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.journal.closed_letter import ClosedLetterError, closed, opened, public_half
from tidegate.journal.shared_secrets import (
    KeyMark,
    Secrets,
    Token,
    UnreadableSecretsError,
    Word,
    in_order,
    in_turn,
    merged,
    read_secrets,
    renewed,
    token_text,
)

NAMES = st.sampled_from(["ann", "bob", "cy"])
TIMES = st.integers(0, 5)
KEYS = st.sampled_from([letter * 64 for letter in "abc"])
RINGS = st.dictionaries(KEYS, st.builds(KeyMark, turn=st.integers(0, 2), at_us=TIMES))
TOKEN = Token(id="t", hash="h", title="x", scopes=("read",), until_s=9.0)
WORDS = st.dictionaries(
    NAMES, st.builds(Word, at_us=TIMES, text=st.sampled_from(["", "x", "y"]), is_first=st.booleans())
)
TOKENS = st.dictionaries(NAMES, st.builds(Word, at_us=TIMES, text=st.sampled_from(["", token_text(TOKEN)])))
ENDED = st.dictionaries(NAMES, st.dictionaries(NAMES, st.sampled_from([1.0, 2.5]), min_size=1))
SECRETS = st.builds(
    Secrets, keys=RINGS.filter(bool), links=RINGS, password_words=WORDS,
    epochs=st.dictionaries(NAMES, TIMES), token_words=TOKENS, ended=ENDED,
)  # fmt: skip


@given(SECRETS, SECRETS, SECRETS)
def test_merging_is_the_same_in_every_order_and_done_twice(one, other, third):
    """Commutative, associative, idempotent, and its text can be read back."""
    both = merged(one, other)
    assert both == merged(other, one) == merged(both, one) == merged(both, both)
    assert merged(both, third) == merged(one, merged(other, third))
    assert both == read_secrets(both.text(), 0)
    assert both.mark() == merged(other, one).mark()


@given(SECRETS, SECRETS)
def test_nothing_that_was_ended_or_given_out_is_forgotten(one, other):
    """Every key is known still, every ended session stays ended, and no password of before comes back."""
    both = merged(one, other)
    assert set(both.keys) == {*one.keys, *other.keys}
    for held in (one, other):
        assert all(both.epochs[name] >= epoch for name, epoch in held.epochs.items())
        assert all(set(both.ended[name]) >= set(nonces) for name, nonces in held.ended.items())
        for name, word in held.password_words.items():
            assert both.password_words[name].weight >= word.weight


def test_a_first_start_takes_no_password_away():
    """A second site's first start makes one of its own; whichever was in use before holds."""
    used = Word(at_us=5, text="in use")
    first, later = Word(at_us=3, text="first", is_first=True), Word(at_us=9, text="later", is_first=True)
    held = [Secrets(keys={"a" * 64: KeyMark(turn=0, at_us=1)}, password_words={"admin": one})
            for one in (used, first, later)]  # fmt: skip
    assert "in use" == merged(held[0], held[2]).passwords["admin"]
    assert "first" == merged(held[1], held[2]).passwords["admin"]


def test_a_renewed_key_makes_what_follows_and_the_old_ones_are_known():
    """Sessions hold by the keys since the renewal alone; addresses by all."""
    ring = {"b" * 64: KeyMark(turn=0, at_us=1), "a" * 64: KeyMark(turn=0, at_us=2)}
    held = Secrets(keys=ring, links=ring)
    assert "b" * 64 == held.key
    after = renewed(held, "c" * 64, "d" * 64, 3)
    assert ("c" * 64, ["c" * 64]) == (after.key, in_turn(after.keys))
    assert ["c" * 64, "b" * 64, "a" * 64] == in_order(after.keys)
    assert ["d" * 64] == in_turn(after.links)
    assert after == merged(held, after)


def test_the_secrets_of_earlier_versions_are_read():
    """They say nothing of when: all of it was said when the file was written."""
    old = {
        "key": "ab" * 32, "passwords": {"ann": "hash"}, "epochs": {"ann": 2},
        "tokens": {"t": {"id": "t", "hash": "h", "title": "x", "scopes": ["read"], "until_s": 9.0}},
        "ended": {"ann": {"n": 7.0}},
    }  # fmt: skip
    held = read_secrets(json.dumps(old), 5)
    assert ("ab" * 32, {"ann": "hash"}, {"t": TOKEN}) == (held.key, held.passwords, held.tokens)
    assert ({"ann": 2}, {"ann": {"n": 7.0}}, 5) == (held.epochs, held.ended, held.latest_us)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"form": 3}', '{"key": "zz", "passwords": {}}'])
def test_what_is_no_secrets_is_refused(text):
    """Whatever it is, it is refused as a whole."""
    with pytest.raises(UnreadableSecretsError):
        read_secrets(text, 0)
    held = Secrets(keys={"ab" * 32: KeyMark(turn=0, at_us=1)}, ended={"ann": {"n": float("nan")}})
    with pytest.raises(UnreadableSecretsError):
        read_secrets(held.text(), 0)
    with pytest.raises(UnreadableSecretsError):
        read_secrets(replace(held, keys={}).text(), 0)


def test_a_letter_is_opened_by_its_asker_and_for_its_question_alone():
    """Another's key, another question, a changed letter, a half that shares nothing: none opens it."""
    asker, writer = bytes(range(32)), bytes(range(1, 33))
    letter = closed(b"secret", to=public_half(asker), private=writer, about="question 1")
    assert b"secret" == opened(letter, private=asker, about="question 1")
    assert b"secret" not in letter
    changed = letter[:-1] + bytes([letter[-1] ^ 1])
    for tried, private, about in (
        (letter, writer, "question 1"), (letter, asker, "question 2"), (changed, asker, "question 1"),
        (bytes(80), asker, "question 1"), (b"", asker, "question 1"),
    ):  # fmt: skip
        with pytest.raises(ClosedLetterError):
            opened(tried, private=private, about=about)
    with pytest.raises(ClosedLetterError):
        closed(b"secret", to=bytes(32), private=writer, about="question 1")
