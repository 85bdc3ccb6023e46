"""How is another site asked for what it has? Over HTTP, each question and each answer signed.

One connection is kept and used again. Every answer is bounded in time and bytes; whatever goes wrong ends the
connection and the conversation, and the next question begins both anew.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.errors import TidegateError
from tidegate.journal.carried_lines import NotCarriedError, read_lines
from tidegate.journal.closed_letter import KEY_BYTES, ClosedLetterError, opened, public_half
from tidegate.journal.compaction import Left
from tidegate.journal.entry import Sealed
from tidegate.journal.greeting import (
    NONCE_BYTES,
    Greeting,
    answer_text,
    is_signed_by,
    parting_text,
    question_text,
)
from tidegate.journal.left_lines import read_left
from tidegate.journal.left_sheet import LONGEST_S as LONGEST_SHEET_S
from tidegate.journal.received import ChainEnd, stated_end

HELLO, ENDS, ENTRIES, SECRETS = "/exchange/hello", "/exchange/ends", "/exchange/entries", "/exchange/secrets"
FILES, FILE = "/exchange/files", "/exchange/file"
LEFT = "/exchange/left"
SITE, CONVERSATION, COUNT, SIGNATURE = (
    "tidegate-site", "tidegate-conversation", "tidegate-count", "tidegate-signature",
)  # fmt: skip
MOST_BYTES = 16 * 1024 * 1024
TIMEOUT_S = 4.0
"""A question waits at its peer for at most half of that: who does not answer by then is not there."""
LONGEST_S, LONGEST_PAGE_S = 8.0, 120.0
"""So long a whole answer may take, and a page of entries, which comes over slow lines too: who sends a byte
now and then holds nobody up for ever."""
_CONNECT_S = 2.0
_MOST_LINES = 5_000_000


STRANGER = "this is no site that works with yours"
"""What a site says to one that it does not know, or that was retired there."""


class PeerError(TidegateError):
    """Another site cannot be asked, or what came is not its answer."""


class StrangerError(PeerError):
    """Another site says that it does not work with this one, or no longer."""


class RetiredError(StrangerError):
    """Another site says, signed, that this one was retired there."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What another site told of what is secret.

    Parameters
    ----------
    text
        The secrets.
    ends
        Where its chains ended afterwards: who has all of that knows whom these secrets are no longer for.
    """

    text: str = field(repr=False)
    ends: Sequence[ChainEnd]


def letter_about(*, asker: str, asked: str, conversation: str, target: str) -> str:
    """Return which question a closed letter answers."""
    return f"{asker}\n{asked}\n{conversation}\n{target}"


class HttpPeer:
    """Another site, asked over HTTP.

    Parameters
    ----------
    own
        The site that asks.
    own_key
        Gives what it signs with.
    name
        The site that is asked.
    key
        Gives the key that the other site must sign with, in hexadecimal digits.
    url
        Where it is asked.
    own_end
        Gives where the chain ends that the asking site writes: who is asked sees whether somebody else says
        something different as that site.
    """

    def __init__(
        self, *, own: str, own_key: Callable[[], Ed25519PrivateKey], name: str, key: Callable[[], str],
        url: str, own_end: Callable[[], ChainEnd | None] = lambda: None,
    ) -> None:  # fmt: skip
        self.peer = name
        self.url = url.rstrip("/")
        self._own, self._own_key, self._key, self._own_end = own, own_key, key, own_end
        self._connection: http.client.HTTPConnection | None = None
        self._conversation = ""
        self._count = 0
        self.mark = ""
        self.secrets_mark = ""
        self._left = ""
        self.clock_s: float | None = None
        self.told: Sequence[ChainEnd] = ()
        self.hears: dict[str, float] = {}
        self.reaches: dict[str, float] = {}
        self.leaves: dict[str, tuple[float, float]] = {}

    @property
    def name(self) -> str:
        """What it is called, in words."""
        return f"site {self.peer} at {self.url}"

    def ends(self) -> Sequence[ChainEnd]:
        """Return where each chain that it has ends there; where nothing is new, after a moment.

        Raises
        ------
        PeerError
            If it cannot be asked.
        """
        end = self._own_end()
        own = {} if end is None else {"own": f"{end.label} {end.number} {end.hash}"}
        found = self._json(self.ask(f"{ENDS}?{urlencode({'seen': self.mark, **own})}"))
        try:
            ends = _read_ends(found["ends"])
            self.mark = str(found["mark"])
            self.secrets_mark = str(found.get("secrets", ""))[:100]
            self._left = str(found.get("left", ""))[:64]
            self.clock_s = float(found["clock_s"]) if "clock_s" in found else None
            self.told = ends
            self.hears, self.reaches = (
                {str(name): float(ago_s) for name, ago_s in found.get(said, {}).items()}
                for said in ("hears", "reaches")
            )
            self.leaves = {
                str(name): (float(ago_s), min(float(left_s), LONGEST_SHEET_S))
                for name, (ago_s, left_s) in found.get("leaves", {}).items()
            }
        except (KeyError, TypeError, ValueError, AttributeError):
            raise PeerError(f"{self.name} does not say where its chains end") from None
        return ends

    def entries(self, label: str, after_number: int) -> Sequence[Sealed]:
        """Return the next entries of a chain or branch, by what it is called there.

        Raises
        ------
        PeerError
            If it cannot be asked.
        """
        body = self.ask(f"{ENTRIES}?{urlencode({'chain': label, 'after': after_number})}")
        try:
            return tuple(read_lines(body))
        except NotCarriedError as error:
            raise PeerError(f"{self.name} hands over what is no entry: {error}") from None

    def left_digest(self) -> str:
        """Return the digest of what has left the record there, as it was said with the ends."""
        return self._left

    def left(self) -> Left:
        """Return what has left the record there, and who states that.

        Raises
        ------
        PeerError
            If it cannot be asked.
        """
        found: list[bytes] = []
        while len(found) < _MOST_LINES:
            page = self.ask(f"{LEFT}?{urlencode({'after': len(found)})}").splitlines()
            if not page:
                break
            found += page
        try:
            return read_left(found)
        except NotCarriedError as error:
            raise PeerError(f"{self.name} does not say what has left there: {error}") from None

    def secrets(self) -> Told:
        """Return what it knows of what all sites share in secret; nobody in between can read it.

        Raises
        ------
        PeerError
            If it cannot be asked.
        """
        private = os.urandom(KEY_BYTES)
        target = f"{SECRETS}?{urlencode({'half': public_half(private).hex()})}"
        letter = self.ask(target)
        about = letter_about(asker=self._own, asked=self.peer, conversation=self._conversation, target=target)
        try:
            found = json.loads(opened(letter, private=private, about=about))
            ends = _read_ends(found["ends"])
            return Told(text=str(found["secrets"]), ends=ends)
        except (ClosedLetterError, KeyError, TypeError, ValueError, RecursionError):
            raise PeerError(f"{self.name} tells no secrets that can be read") from None

    def files(self, case: str) -> tuple[str, ...]:
        """Return the names of the files of a case that are kept there.

        Raises
        ------
        PeerError
            If it cannot be asked.
        """
        found = self._json(self.ask(f"{FILES}?{urlencode({'case': case})}"))
        try:
            return tuple(str(name) for name in found["files"])
        except (KeyError, TypeError):
            raise PeerError(f"{self.name} does not say which files it keeps") from None

    def file(self, case: str, name: str) -> bytes:
        """Return a file of a case that is kept there.

        Raises
        ------
        PeerError
            If it cannot be asked, or keeps no such file any more.
        """
        return self.ask(f"{FILE}?{urlencode({'case': case, 'name': name})}")

    def ask(self, target: str) -> bytes:
        """Return the body of a signed answer.

        Raises
        ------
        PeerError
            If none came, or it is not that site's.
        """
        try:
            if not self._conversation:
                self._greet()
            return self._question(target)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise PeerError(f"{self.name} does not answer: {str(error) or type(error).__name__}") from None
        except PeerError:
            self.close()
            raise

    def close(self) -> None:
        """Let the connection go, and the conversation with it."""
        self._conversation, self.mark = "", ""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _json(self, body: bytes) -> dict[str, Any]:
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise PeerError(f"{self.name} answers with what is not JSON of a site")
        return found

    def _greet(self) -> None:
        nonce = os.urandom(NONCE_BYTES).hex()
        asked = urlencode({"asker": self._own, "asked": self.peer, "nonce": nonce})
        status, body, _ = self._exchange(f"{HELLO}?{asked}", {})
        if status != 200:
            raise self._refusal(status, body, nonce)
        found = self._json(body)
        asked_nonce, signature = str(found.get("conversation")), str(found.get("signature"))
        greeting = Greeting(asker=self._own, asked=self.peer, asker_nonce=nonce, asked_nonce=asked_nonce)
        if not is_signed_by(greeting.signed_text(), signature, (self._key(),)):
            raise PeerError(f"{self.name} is another: it does not hold the key of {self.peer}")
        self._conversation, self._count = asked_nonce, 0

    def _refusal(self, status: int, body: bytes, nonce: str) -> PeerError:
        """Return why a site does not greet."""
        said, _, parting = body[:400].decode(errors="replace").partition("\n")
        why = f"{self.name} does not greet: {status} {said[:200].strip()}"
        if status != 403 or said != STRANGER:
            return PeerError(why)
        text = parting_text(asker=self._own, asked=self.peer, asker_nonce=nonce)
        # Signed, for readiness hangs on it: whoever sits in between must not be able to say so.
        is_retired = is_signed_by(text, parting.strip(), (self._key(),))
        return RetiredError(f"{why}: it was retired there") if is_retired else StrangerError(why)

    def _question(self, target: str) -> bytes:
        self._count += 1
        said = question_text(
            asker=self._own, asked=self.peer, conversation=self._conversation, count=self._count,
            target=f"GET {target}",
        )  # fmt: skip
        headers = {
            SITE: self._own, CONVERSATION: self._conversation, COUNT: str(self._count),
            SIGNATURE: self._own_key().sign(said).hex(),
        }  # fmt: skip
        status, body, signature = self._exchange(target, headers)
        heard = answer_text(conversation=self._conversation, count=self._count, status=status, body=body)
        if not is_signed_by(heard, signature, (self._key(),)):
            raise PeerError(f"{self.name} answers {status}, and not as {self.peer} would sign it")
        if status != 200:
            raise PeerError(f"{self.name} refuses: {body[:200].decode(errors='replace')}")
        return body

    def _exchange(self, target: str, headers: dict[str, str]) -> tuple[int, bytes, str]:
        if self._connection is None:
            self._connection = self._connected()
        base = urlsplit(self.url).path
        self._connection.request("GET", base + target, headers=headers)
        with _bounded(self._connection, LONGEST_PAGE_S if target.startswith((ENTRIES, LEFT)) else LONGEST_S):
            answer = self._connection.getresponse()
            body = answer.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise PeerError(f"{self.name} hands over more than {MOST_BYTES:,} bytes at once")
        return answer.status, body, answer.headers.get(SIGNATURE, "")

    def _connected(self) -> http.client.HTTPConnection:
        found = urlsplit(self.url)
        host, port = found.hostname or "", found.port
        if found.scheme == "https":
            context = ssl.create_default_context()
            made: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=_CONNECT_S, context=context
            )
        else:
            made = http.client.HTTPConnection(host, port, timeout=_CONNECT_S)
        made.connect()
        made.sock.settimeout(TIMEOUT_S)
        return made


def _read_ends(found: Iterable[Any]) -> tuple[ChainEnd, ...]:
    return tuple(stated_end(label, number, digest) for label, number, digest in found)


@contextmanager
def _bounded(connection: http.client.HTTPConnection, most_s: float) -> Iterator[None]:
    """End a connection under whoever reads from it, where that takes too long as a whole."""
    held = connection.sock

    def end() -> None:
        with suppress(OSError):
            held.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(most_s, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
