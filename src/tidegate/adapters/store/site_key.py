"""Which key does this site sign with? A file that only its owner may read."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tidegate.adapters.store.site_folder import write_whole
from tidegate.errors import Fault, InputError


def found_key(path: Path) -> Ed25519PrivateKey:
    """Return the key that is kept in a file; where there is none yet, a new one, on the disk by then.

    Raises
    ------
    InputError
        If it cannot be written, or what is there cannot be used.
    """
    if path.exists() and path.stat().st_size:  # an empty file never was a key
        return read_key(path)
    key = Ed25519PrivateKey.generate()
    write_key(path, key)
    return key


def write_key(path: Path, key: Ed25519PrivateKey) -> None:
    """Keep a key in a file that its owner alone may read; on the disk when this returns.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        write_whole(path, text)
    except OSError as error:
        fault = Fault(
            what=f"the site's key cannot be written: {error.strerror}", kind="statement", value=str(path)
        )
        raise InputError(fault) from None


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return the key that is kept in a file.

    Raises
    ------
    InputError
        If there is none, others may read it, or it is no Ed25519 key.
    """
    try:
        if path.stat().st_mode & 0o077:
            allowed = f"chmod 600 {path}"
            raise InputError(
                Fault(
                    what="the site's key can be read by others",
                    kind="statement",
                    value=str(path),
                    allowed=allowed,
                )
            )
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        fault = Fault(
            what=f"the site's key cannot be read: {error.strerror}", kind="statement", value=str(path)
        )
        raise InputError(fault) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(Fault(what="is not an Ed25519 key", value=str(path)))
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half as 64 hexadecimal digits."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
