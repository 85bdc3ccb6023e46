"""How does a site tell another what nobody in between may read? Closed so that only who asked can open it.

Who asks makes a key for this one question and says its public half; who answers makes one for this one
answer. Both are forgotten: whoever keeps what went over the wire, and gets hold of a site's key later, reads
nothing. That each half is that site's is said by the signatures on the question and the answer.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE = bytes(12)
"""Each letter has a key of its own, so this is used once."""


class ClosedLetterError(ValueError):
    """A letter that cannot be closed for somebody, or opened."""


def public_half(private: bytes) -> bytes:
    """Return what is said of a key for one question: 32 random bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def closed(content: bytes, *, to: bytes, private: bytes, about: str) -> bytes:
    """Return a letter that only the asker can open.

    Parameters
    ----------
    content
        What it says.
    to
        The public half that came with the question.
    private
        32 random bytes, for this letter alone.
    about
        The question: the letter answers no other.

    Raises
    ------
    ClosedLetterError
        If the half is none.
    """
    own = public_half(private)
    key = _shared(private, to, own, to, about)
    return own + ChaCha20Poly1305(key).encrypt(_NONCE, content, about.encode())


def opened(letter: bytes, *, private: bytes, about: str) -> bytes:
    """Return what a letter says that answers a question of ours.

    Raises
    ------
    ClosedLetterError
        If it is another's, or was changed.
    """
    other, own = letter[:KEY_BYTES], public_half(private)
    try:
        key = _shared(private, other, other, own, about)
        return ChaCha20Poly1305(key).decrypt(_NONCE, letter[KEY_BYTES:], about.encode())
    except InvalidTag:
        raise ClosedLetterError("the letter cannot be opened") from None


def _shared(private: bytes, other: bytes, writer: bytes, reader: bytes, about: str) -> bytes:
    try:
        secret = X25519PrivateKey.from_private_bytes(private).exchange(
            X25519PublicKey.from_public_bytes(other)
        )
    except ValueError:  # a half that shares nothing
        raise ClosedLetterError("this is no half of a key") from None
    about_both = b"tidegate letter 1\n" + writer + reader + about.encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=about_both).derive(secret)
