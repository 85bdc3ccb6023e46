"""Where are secrets kept that must not be in a journal? In one file that only its owner may read.

The journal is passed on whole and kept for ever; hashes of passwords and tokens, and the keys that sign
sessions and addresses, stand here. Other sites of the same record are told them in an answer, or a
letter, that they alone can read (`server/peers`, `verbs/record/left_sheets`), and what they know is laid
together with it. Written whole or not at all.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tidegate.adapters.store.site_folder import alone, write_whole
from tidegate.errors import Fault, InputError
from tidegate.journal.clock import MOST_AHEAD_S
from tidegate.journal.shared_secrets import (
    KeyMark,
    Secrets,
    Token,
    UnreadableSecretsError,
    Word,
    merged,
    read_secrets,
    renewed,
    token_text,
)

_LOG = logging.getLogger("tidegate.secrets")
NAME = "secrets.json"
MOST_ENDED = 200
"""So many ended sessions of one account are kept; with one more, all its sessions end."""


class SecretsFile:
    """Secrets on disk; made with a new key where there is no file.

    Several processes may change it: each reads what is there, changes that and writes it, while no other
    does. What another has changed holds here at once.

    Parameters
    ----------
    folder
        The folder of the journal.
    clock
        Gives the seconds since 1970 (UTC).

    Raises
    ------
    InputError
        If others may read the file, or it is not what was written.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / NAME
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] = ()
        self._marked: tuple[Secrets | None, str] = (None, "")
        with alone(folder):
            if not self._path.exists():
                made = {secrets.token_hex(32): KeyMark(turn=0, at_us=round(clock() * 1e6))}
                self._write(Secrets(keys=made))
            self._read()
            if self._path.read_text(encoding="utf-8") != self._held.text():
                self._write(self._held)  # an earlier version wrote it: from now on it says when
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

    def set_password(self, account: str, hashed: str, *, is_first: bool = False) -> None:
        """Keep the hash of an account's password, and end its sessions; an empty one takes it away.

        One that a first start made (`is_first`) ends none: another site may have the account already.
        """
        with self._changing() as held:
            word = Word(at_us=held.after_us(self._clock()), text=hashed, is_first=is_first)
            passwords = {**held.password_words, account: word}
            self._write(
                replace(held if is_first else self._all_ended(held, account), password_words=passwords)
            )

    def end_session(self, account: str, nonce: str, until_s: float, now_s: float) -> None:
        """Keep that a session was ended, until it would have lapsed; times in seconds since 1970."""
        with self._changing() as held:
            left = {
                name: lapses_s for name, lapses_s in held.ended.get(account, {}).items() if lapses_s > now_s
            }
            if len(left) >= MOST_ENDED:
                self._write(self._all_ended(held, account))
            else:
                self._write(replace(held, ended={**held.ended, account: {**left, nonce: until_s}}))

    def add_token(self, token: Token) -> None:
        """Keep a token."""
        self._say_token(token.id, token_text(token))

    def drop_token(self, token_id: str) -> None:
        """Forget a token; nothing happens where there is none."""
        if token_id in self.held.tokens:
            self._say_token(token_id, "")

    def _say_token(self, token_id: str, text: str) -> None:
        with self._changing() as held:
            word = Word(at_us=held.after_us(self._clock()), text=text)
            self._write(replace(held, token_words={**held.token_words, token_id: word}))

    def know_link(self, link: str) -> None:
        """Take a site's own secret for segments' addresses among the shared ones: it was used before."""
        if link not in self.held.links:
            with self._changing() as held:
                # In the first turn: after a renewal it makes no address any more.
                mark = KeyMark(turn=0, at_us=round(self._clock() * 1e6))
                self._write(replace(held, links={link: mark, **held.links}))

    def renew(self) -> None:
        """Make new keys: of those before, words and addresses are known still, and no session holds."""
        with self._changing() as held:
            at_us = held.after_us(self._clock())
            self._write(renewed(held, secrets.token_hex(32), secrets.token_hex(32), at_us))

    def take(self, text: str) -> bool:
        """Lay what another site knows together with what is here; return whether anything was new.

        Raises
        ------
        InputError
            If it is not the secrets of a site, or says something of a time to come.
        """
        now_s = self._clock()
        try:
            told = read_secrets(text, 0).current(now_s)
        except UnreadableSecretsError as error:
            raise InputError(Fault(what=str(error), kind="statement")) from None
        if told.latest_us > (now_s + MOST_AHEAD_S) * 1e6:
            what = "were changed at a time to come: this clock is behind, or that site's ahead"
            raise InputError(Fault(what=f"its secrets {what}", kind="statement"))
        with self._changing() as held:
            both = merged(held, told)
            is_new = both != held
            if is_new:
                self._write(both.current(now_s))
                _tell_of_first_passwords(held, both)
        return is_new

    def mark(self) -> str:
        """Return what is another whenever other secrets are kept; it tells nothing of them."""
        held = self.held
        if self._marked[0] is not held:
            self._marked = held, held.mark()
        return self._marked[1]

    def _all_ended(self, held: Secrets, account: str) -> Secrets:
        """Return the secrets with every session of an account ended: by its epoch, one by one no more."""
        ended = {name: nonces for name, nonces in held.ended.items() if name != account}
        return replace(held, epochs={**held.epochs, account: held.after_us(self._clock())}, ended=ended)

    @contextmanager
    def _changing(self) -> Iterator[Secrets]:
        """Give what is on the disk to be changed; nobody else changes it meanwhile."""
        with self._lock, alone(self._path.parent):
            self._read()
            yield self._held
            self._read()

    def _write(self, changed: Secrets) -> None:
        write_whole(self._path, changed.text().encode())

    def _read(self) -> None:
        # The mark first: where the file is replaced in between, it is read once more the next time.
        self._seen = _mark(self._path)
        self._held = _read(self._path)


def _tell_of_first_passwords(before: Secrets, after: Secrets) -> None:
    """Log which password that a first start showed opens nothing any more: whoever noted it must know why."""
    for name, word in before.password_words.items():
        if word.is_first and after.password_words[name] != word:
            why = "another site has the account from before, or it was set anew there"
            _LOG.warning("a first start's password holds no more", extra={"account": name, "why": why})


def _mark(path: Path) -> tuple[int, ...]:
    """Return what is another whenever the file was replaced."""
    stated = path.stat()
    return stated.st_ino, stated.st_mtime_ns, stated.st_size, stated.st_ctime_ns


def _read(path: Path) -> Secrets:
    stated = path.stat()
    if stated.st_mode & 0o077:
        fault = Fault(what="can be read by others", value=str(path), allowed=f"chmod 600 {path}")
        raise InputError(fault)
    try:
        return read_secrets(path.read_text(encoding="utf-8"), stated.st_mtime_ns // 1000)
    except (UnreadableSecretsError, UnicodeDecodeError):
        raise InputError(Fault(what="is not the secrets of a site", value=str(path))) from None
