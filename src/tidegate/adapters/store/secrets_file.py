"""Where are secrets kept that must not be in a journal? In one file that only its owner may read.

The journal is passed on to other sites and kept for ever; hashes of passwords and tokens, and the secret
that signs sessions, stay on this machine. Written whole or not at all.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tidegate.errors import Fault, InputError

NAME = "secrets.json"


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
class Secrets:
    """Everything secret.

    Parameters
    ----------
    key
        Signs sessions and the addresses of cases; 64 hexadecimal digits.
    passwords
        Argon2id hash by account.
    epochs
        How often an account's sessions were all ended.
    tokens
        API tokens by id.
    """

    key: str = field(repr=False)
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    epochs: Mapping[str, int] = field(default_factory=dict)
    tokens: Mapping[str, Token] = field(default_factory=dict)


class SecretsFile:
    """Secrets on disk; made with a new key where there is no file.

    Parameters
    ----------
    folder
        The folder of the journal.

    Raises
    ------
    InputError
        If others may read the file, or it is not what was written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._lock = threading.Lock()
        if self._path.exists():
            self._held = _read(self._path)
        else:
            self._held = Secrets(key=secrets.token_hex(32))
            self._write()

    @property
    def held(self) -> Secrets:
        """What is kept now."""
        return self._held

    def set_password(self, account: str, hashed: str) -> None:
        """Keep the hash of an account's password, and end its sessions; an empty one takes it away."""
        with self._lock:
            passwords = {**self._held.passwords, account: hashed}
            if not hashed:
                del passwords[account]
            epochs = {**self._held.epochs, account: self._held.epochs.get(account, 0) + 1}
            self._keep(passwords=passwords, epochs=epochs)

    def add_token(self, token: Token) -> None:
        """Keep a token."""
        with self._lock:
            self._keep(tokens={**self._held.tokens, token.id: token})

    def drop_token(self, token_id: str) -> None:
        """Forget a token; nothing happens where there is none."""
        with self._lock:
            left = {name: token for name, token in self._held.tokens.items() if name != token_id}
            self._keep(tokens=left)

    def _keep(self, **changes: Mapping[str, object]) -> None:
        whole = {name: getattr(self._held, name) for name in ("key", "passwords", "epochs", "tokens")}
        before, self._held = self._held, Secrets(**{**whole, **changes})
        try:
            self._write()
        except OSError:
            self._held = before
            raise

    def _write(self) -> None:
        waiting = self._path.with_name(f".{NAME}.{os.getpid()}")
        handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(asdict(self._held), stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        waiting.replace(self._path)


def _read(path: Path) -> Secrets:
    if path.stat().st_mode & 0o077:
        fault = Fault(what="can be read by others", value=str(path), allowed=f"chmod 600 {path}")
        raise InputError(fault)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        tokens = {
            name: Token(**{**token, "scopes": tuple(token["scopes"])})
            for name, token in found["tokens"].items()
        }
        return Secrets(**{**found, "tokens": tokens})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(Fault(what="is not the secrets of a site", value=str(path))) from None
