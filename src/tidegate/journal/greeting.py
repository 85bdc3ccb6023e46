"""How do two sites show each other who they are? By what only their keys sign, and by no clock.

Who asks greets first, with random bytes; who is asked signs them with random bytes of its own, which name the
conversation. Each question is signed with its count in that conversation, each answer with the hash of what
it carries: nothing can be said in another's name, changed, or said once more. What is carried can be read by
whoever sits between; against that stands TLS.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NONCE_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Greeting:
    """A conversation between two sites.

    Parameters
    ----------
    asker, asked
        The site that asks and the one that answers.
    asker_nonce, asked_nonce
        The random bytes of each, in hexadecimal digits; the second names the conversation.
    """

    asker: str
    asked: str
    asker_nonce: str
    asked_nonce: str

    def signed_text(self) -> bytes:
        """Return what the site that is asked signs."""
        return _text("hello", self.asker, self.asked, self.asker_nonce, self.asked_nonce)


def parting_text(*, asker: str, asked: str, asker_nonce: str) -> bytes:
    """Return what a site signs to say to one that greets it that it was retired there.

    Parameters
    ----------
    asker, asked
        The site that greets, and the one that was asked.
    asker_nonce
        The random bytes of the greeting: the word is for this one alone.
    """
    return _text("retired", asker, asked, asker_nonce)


def question_text(*, asker: str, asked: str, conversation: str, count: int, target: str) -> bytes:
    """Return what the site that asks signs of a question.

    Parameters
    ----------
    asker, asked
        The sites.
    conversation
        The random bytes that name it.
    count
        Its count there, from 1.
    target
        Method, path and query.
    """
    return _text("question", asker, asked, conversation, str(count), target)


def answer_text(*, conversation: str, count: int, status: int, body: bytes) -> bytes:
    """Return what the site that is asked signs of an answer to the question of a count."""
    return _text("answer", conversation, str(count), str(status), hashlib.sha256(body).hexdigest())


def is_signed_by(text: bytes, signature: str, keys: tuple[str, ...]) -> bool:
    """Whether a signature, in hexadecimal digits, is one of the keys of a site."""
    for key in keys:
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), text)
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


def _text(*parts: str) -> bytes:
    # A length before each part: no two conversations have the same text.
    return b"tidegate exchange 1\n" + "".join(f"{len(part)}:{part}\n" for part in parts).encode()
