"""What secret do all sites share, and how does it become the same everywhere? By merging, in any order.

Passwords' hashes, tokens' hashes, sessions that were ended, and the keys that words and addresses are made
of stand in no journal. Each site keeps all of them; two that differ are laid together. What was said last of
an account or a token holds, what was ended stays ended, and no key is forgotten by which something was given
out. Laying together twice, or in another order, comes to the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from math import isfinite
from typing import Any, TypeVar

FORM = 2
V = TypeVar("V")


class UnreadableSecretsError(ValueError):
    """A text that is not the secrets of a site."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """An API token; only its hash is kept.

    Parameters
    ----------
    id
        Names it; the token itself begins with it.
    hash
        SHA-256 of the token.
    title
        What it is for.
    scopes
        What it may do.
    until_s
        When it lapses, in seconds since 1970.
    """

    id: str
    hash: str
    title: str
    scopes: tuple[str, ...]
    until_s: float


@dataclass(frozen=True, kw_only=True)
class Word:
    """What was said last of an account's password, or of a token.

    Parameters
    ----------
    at_us
        When, in microseconds since 1970; later than everything its site knew of.
    text
        The hash, or the token as JSON; empty where it was taken away.
    is_first
        Whether a first start made it, which knew of no other: whatever a person said holds before it.
    """

    at_us: int
    text: str = field(repr=False)
    is_first: bool = False

    @property
    def weight(self) -> tuple[bool, int, str]:
        """The heavier of two holds; of two first starts the earlier, whose password is in use."""
        return not self.is_first, -self.at_us if self.is_first else self.at_us, self.text


@dataclass(frozen=True, kw_only=True)
class KeyMark:
    """Since when there is a key.

    Parameters
    ----------
    turn
        How often keys were renewed before it.
    at_us
        When it was made, in microseconds since 1970.
    """

    turn: int
    at_us: int


Ring = Mapping[str, KeyMark]
"""Keys, as 64 hexadecimal digits."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Everything secret that sites share.

    Parameters
    ----------
    keys
        What sessions, addresses of cases and words of subscriptions are made of.
    links
        What the addresses of segments' pages are made of.
    password_words
        What was said last of each account's password.
    epochs
        When an account's sessions were all ended, in microseconds since 1970.
    token_words
        What was said last of each token.
    ended
        Sessions that were ended before they lapsed, by account: when each lapses, in seconds since 1970.
    """

    keys: Ring = field(repr=False)
    links: Ring = field(default_factory=dict, repr=False)
    password_words: Mapping[str, Word] = field(default_factory=dict, repr=False)
    epochs: Mapping[str, int] = field(default_factory=dict)
    token_words: Mapping[str, Word] = field(default_factory=dict, repr=False)
    ended: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """The key that words are made of now."""
        return in_order(self.keys)[0]

    @cached_property
    def passwords(self) -> dict[str, str]:
        """Argon2id hash by account."""
        return {name: word.text for name, word in self.password_words.items() if word.text}

    @cached_property
    def tokens(self) -> dict[str, Token]:
        """API tokens by id."""
        return {name: _token(word.text) for name, word in self.token_words.items() if word.text}

    @property
    def latest_us(self) -> int:
        """When the last of all this was said, in microseconds since 1970."""
        words = [word.at_us for said in (self.password_words, self.token_words) for word in said.values()]
        marks = [mark.at_us for ring in (self.keys, self.links) for mark in ring.values()]
        return max((*words, *marks, *self.epochs.values()), default=0)

    def after_us(self, now_s: float) -> int:
        """Return when something is said at `now_s` (seconds since 1970): behind everything that is known."""
        return max(round(now_s * 1e6), self.latest_us + 1)

    def current(self, now_s: float) -> Secrets:
        """Return all but the sessions that lapsed by themselves."""
        left = {
            account: {nonce: lapses_s for nonce, lapses_s in nonces.items() if lapses_s > now_s}
            for account, nonces in self.ended.items()
        }
        return replace(self, ended={account: nonces for account, nonces in left.items() if nonces})

    def text(self) -> str:
        """Return them as JSON: the same for the same secrets."""
        return json.dumps({"form": FORM, **asdict(self)}, indent=1, sort_keys=True)

    def mark(self) -> str:
        """Return what is another for other secrets, and tells nothing of them."""
        return hashlib.sha256(self.text().encode()).hexdigest()[:32]


def in_order(ring: Ring) -> list[str]:
    """Return keys, the one in use first: the earliest since they were renewed last."""
    return sorted(ring, key=lambda key: (-ring[key].turn, ring[key].at_us, key))


def in_turn(ring: Ring) -> list[str]:
    """Return the keys that hold since they were renewed last, the one in use first."""
    turn = max(mark.turn for mark in ring.values())
    return [key for key in in_order(ring) if ring[key].turn == turn]


def token_text(token: Token) -> str:
    """Return a token as a `Word` keeps it."""
    return json.dumps(asdict(token), sort_keys=True)


def merged(one: Secrets, other: Secrets) -> Secrets:
    """Return what two sites know together."""
    return Secrets(
        keys=_rings(one.keys, other.keys), links=_rings(one.links, other.links),
        password_words=_words(one.password_words, other.password_words),
        epochs=_together(one.epochs, other.epochs, max),
        token_words=_words(one.token_words, other.token_words),
        ended=_together(one.ended, other.ended, lambda a, b: _together(a, b, max)),
    )  # fmt: skip


def renewed(held: Secrets, key: str, link: str, at_us: int) -> Secrets:
    """Return secrets with new keys, of 64 hexadecimal digits each; the old ones make nothing any more."""

    def with_new(ring: Ring, made: str) -> Ring:
        turn = max((mark.turn for mark in ring.values()), default=0)
        return {**ring, made: KeyMark(turn=turn + 1, at_us=at_us)}

    return replace(held, keys=with_new(held.keys, key), links=with_new(held.links, link))


def _together(one: Mapping[str, V], other: Mapping[str, V], choose: Callable[[V, V], V]) -> dict[str, V]:
    both = {name: choose(one[name], other[name]) for name in one if name in other}
    return dict(sorted({**one, **other, **both}.items()))


def _words(one: Mapping[str, Word], other: Mapping[str, Word]) -> dict[str, Word]:
    return _together(one, other, lambda a, b: max(a, b, key=lambda word: word.weight))


def _rings(one: Ring, other: Ring) -> dict[str, KeyMark]:
    return _together(
        one, other,
        lambda a, b: KeyMark(turn=max(a.turn, b.turn), at_us=min(a.at_us, b.at_us)),
    )  # fmt: skip


def read_secrets(text: str, at_us: int) -> Secrets:
    """Return the secrets that a text holds.

    Parameters
    ----------
    text
        What `Secrets.text` gave, or a version before December 2026 wrote.
    at_us
        When those were written, in microseconds since 1970: they do not say it themselves.

    Raises
    ------
    UnreadableSecretsError
        If it is no such text.
    """
    try:
        found = json.loads(text)
        made = _read(found) if "form" in found else _read_before(found, at_us)
        for key in (*made.keys, *made.links):
            if len(bytes.fromhex(key)) != 32:
                raise UnreadableSecretsError(text[:1])
        lapses = [lapses_s for nonces in made.ended.values() for lapses_s in nonces.values()]
        if not all(isfinite(one) for one in (*lapses, *(token.until_s for token in made.tokens.values()))):
            raise UnreadableSecretsError(text[:1])
        _ = made.key  # there is one
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise UnreadableSecretsError("this is not the secrets of a site") from None
    return made


def _read(found: dict[str, Any]) -> Secrets:
    if found["form"] != FORM:
        raise UnreadableSecretsError("written by a later version")
    return Secrets(
        keys=_read_ring(found["keys"]), links=_read_ring(found["links"]),
        password_words=_read_words(found["password_words"]),
        epochs={str(name): int(at_us) for name, at_us in found["epochs"].items()},
        token_words=_read_words(found["token_words"]), ended=_read_ended(found["ended"]),
    )  # fmt: skip


def _read_before(found: dict[str, Any], at_us: int) -> Secrets:
    tokens = {
        name: Token(**{**token, "scopes": tuple(token["scopes"])}) for name, token in found["tokens"].items()
    }
    return Secrets(
        keys={str(found["key"]): KeyMark(turn=0, at_us=at_us)},
        password_words={name: Word(at_us=at_us, text=str(one)) for name, one in found["passwords"].items()},
        epochs={str(name): int(count) for name, count in found["epochs"].items()},
        token_words={name: Word(at_us=at_us, text=token_text(one)) for name, one in tokens.items()},
        ended=_read_ended(found["ended"]),
    )


def _read_ring(found: dict[str, Any]) -> dict[str, KeyMark]:
    return {key: KeyMark(turn=int(one["turn"]), at_us=int(one["at_us"])) for key, one in found.items()}


def _read_words(found: dict[str, Any]) -> dict[str, Word]:
    return {
        name: Word(at_us=int(one["at_us"]), text=str(one["text"]), is_first=bool(one["is_first"]))
        for name, one in found.items()
    }


def _read_ended(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    return {
        account: {nonce: float(lapses_s) for nonce, lapses_s in nonces.items()}
        for account, nonces in found.items()
    }


def _token(text: str) -> Token:
    found = json.loads(text)
    return Token(
        id=str(found["id"]), hash=str(found["hash"]), title=str(found["title"]),
        scopes=tuple(str(one) for one in found["scopes"]), until_s=float(found["until_s"]),
    )  # fmt: skip
