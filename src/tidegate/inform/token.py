"""How does an address prove that it agreed, and end it with one click? By words that nobody guesses.

They are made of the site's key, their purpose and the subscription, so nothing is lost in a crash and
nothing secret is in the journal: it keeps a hash. Sites that share the key make the same words.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from enum import Enum
from typing import Self

from tidegate.journal.shared_secrets import Secrets, in_order

_LETTERS_COUNT = 32  # of base 32: 160 bits
_SECRET_BYTES = 32  # Standard Webhooks: 24 to 64


class Purpose(Enum):
    """What a word may be used for; one for another is worth nothing."""

    CONFIRM = "confirm a subscription"
    END = "end a subscription"
    ANSWER = "answer a case by mail"


class CommonKey(bytes):
    """The key that sites make words of, with those of which they made words before.

    Parameters
    ----------
    own
        The key.
    before
        Earlier ones, and those that sites had before they worked together: what was made of them holds.
    """

    before: tuple[bytes, ...]

    def __new__(cls, own: bytes, before: Iterable[bytes] = ()) -> Self:
        """Return a key that is used as its bytes."""
        made = super().__new__(cls, own)
        made.before = tuple(before)
        return made


def common_key(held: Secrets) -> CommonKey:
    """Return the key that secrets hold."""
    own, *before = (bytes.fromhex(key) for key in in_order(held.keys))
    return CommonKey(own, before)


def all_keys(key: bytes) -> tuple[bytes, ...]:
    """Return a key and those before it."""
    return (bytes(key), *key.before) if isinstance(key, CommonKey) else (key,)


def token(key: bytes, purpose: Purpose, subject: str) -> str:
    """Return the word for one purpose and one subscription."""
    said = hmac.new(key, f"{purpose.value}\0{subject}".encode(), hashlib.sha256).digest()
    return base64.b32encode(said).decode().lower()[:_LETTERS_COUNT]


def is_token(key: bytes, purpose: Purpose, subject: str, given: str) -> bool:
    """Whether a word is the right one; takes as long for every wrong one."""
    return is_one_of(given, [token(one, purpose, subject) for one in all_keys(key)])


def page_mark(key: bytes, purpose: str, said: str) -> str:
    """Return the unguessable mark of a page, a form or a session, as hexadecimal digits."""
    return hmac.new(key, f"{purpose}\0{said}".encode(), hashlib.sha256).hexdigest()[:40]


def is_page_mark(key: bytes, purpose: str, said: str, given: str) -> bool:
    """Whether a mark is the right one."""
    return is_one_of(given, [page_mark(one, purpose, said) for one in all_keys(key)])


def is_one_of(given: str, right: Iterable[str]) -> bool:
    """Whether a word is one of some; takes as long for every wrong one."""
    coded = given.encode("utf-8", "replace")
    return bool(sum([hmac.compare_digest(one.encode(), coded) for one in right]))


def token_hash(word: str) -> str:
    """Return what is kept of a word, as hexadecimal digits."""
    return hashlib.sha256(word.encode(errors="replace")).hexdigest()


def is_word_of(kept: str, given: str) -> bool:
    """Whether a word has the hash that was kept."""
    return bool(kept) and hmac.compare_digest(kept.encode(), token_hash(given).encode())


def webhook_secret(key: bytes, subject: str) -> str:
    """Return the secret with which notices to one webhook are signed, as Standard Webhooks writes it."""
    said = hmac.new(key, f"sign webhooks\0{subject}".encode(), hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(said[:_SECRET_BYTES]).decode()


def signature(secret: str, message_id: str, at_s: int, body: bytes) -> str:
    """Return the ``webhook-signature`` of a message.

    Parameters
    ----------
    secret
        From `webhook_secret`.
    message_id, at_s
        The ``webhook-id`` and ``webhook-timestamp``.
    body
        The bytes sent.

    Notes
    -----
    Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = hmac.new(key, f"{message_id}.{at_s}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(said).decode()
