"""Where are secrets kept that must not be in a journal? In one file that only its owner may read.

The journal is passed on to other sites and kept for ever; hashes of passwords and tokens, and the secret
that signs sessions, stay on this machine. Written whole or not at all.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from tidegate.adapters.store.site_folder import alone, write_whole
from tidegate.errors import Fault, InputError

_LOG = logging.getLogger("tidegate.secrets")
NAME = "secrets.json"
MOST_ENDED = 200
"""So many ended sessions of one account are kept; with one more, all its sessions end."""


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
    ended
        Sessions that were ended before they lapsed, by account: when each lapses, in seconds since 1970.
    """

    key: str = field(repr=False)
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    epochs: Mapping[str, int] = field(default_factory=dict)
    tokens: Mapping[str, Token] = field(default_factory=dict)
    ended: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


class SecretsFile:
    """Secrets on disk; made with a new key where there is no file.

    Several processes may change it: each reads what is there, changes that and writes it, while no other
    does. What another has changed holds here at once.

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
        self._seen: tuple[int, ...] = ()
        with alone(folder):
            if not self._path.exists():
                self._write(Secrets(key=secrets.token_hex(32)))
            self._read()

    @property
    def held(self) -> Secrets:
        """What is kept now."""
        try:
            if _mark(self._path) != self._seen:
                with self._lock:
                    self._read()
        except (OSError, InputError) as error:  # what was read last holds: operators are not shut out
            _LOG.error("the secrets cannot be read anew", extra={"why": str(error)})
        return self._held

    def set_password(self, account: str, hashed: str) -> None:
        """Keep the hash of an account's password, and end its sessions; an empty one takes it away."""
        with self._changing() as held:
            passwords = {**held.passwords, account: hashed}
            if not hashed:
                del passwords[account]
            self._write(replace(_all_ended(held, account), passwords=passwords))

    def end_session(self, account: str, nonce: str, until_s: float, now_s: float) -> None:
        """Keep that a session was ended, until it would have lapsed; times in seconds since 1970."""
        with self._changing() as held:
            left = {
                name: lapses_s for name, lapses_s in held.ended.get(account, {}).items() if lapses_s > now_s
            }
            if len(left) >= MOST_ENDED:
                self._write(_all_ended(held, account))
            else:
                self._write(replace(held, ended={**held.ended, account: {**left, nonce: until_s}}))

    def add_token(self, token: Token) -> None:
        """Keep a token."""
        with self._changing() as held:
            self._write(replace(held, tokens={**held.tokens, token.id: token}))

    def drop_token(self, token_id: str) -> None:
        """Forget a token; nothing happens where there is none."""
        with self._changing() as held:
            left = {name: token for name, token in held.tokens.items() if name != token_id}
            self._write(replace(held, tokens=left))

    @contextmanager
    def _changing(self) -> Iterator[Secrets]:
        """Give what is on the disk to be changed; nobody else changes it meanwhile."""
        with self._lock, alone(self._path.parent):
            self._read()
            yield self._held
            self._read()

    def _write(self, changed: Secrets) -> None:
        write_whole(self._path, json.dumps(asdict(changed), indent=1).encode())

    def _read(self) -> None:
        # The mark first: where the file is replaced in between, it is read once more the next time.
        self._seen = _mark(self._path)
        self._held = _read(self._path)


def _mark(path: Path) -> tuple[int, ...]:
    """Return what is another whenever the file was replaced."""
    stated = path.stat()
    return stated.st_ino, stated.st_mtime_ns, stated.st_size, stated.st_ctime_ns


def _all_ended(held: Secrets, account: str) -> Secrets:
    """Return the secrets with every session of an account ended: by its next epoch, one by one no more."""
    ended = {name: nonces for name, nonces in held.ended.items() if name != account}
    return replace(held, epochs={**held.epochs, account: held.epochs.get(account, 0) + 1}, ended=ended)


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
