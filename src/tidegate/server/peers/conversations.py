"""Who asks as another site, and was each question asked once? Who was not recognised is not remembered.

A conversation's name is random bytes with a mark that only this process can make, so a flood of greetings
fills nothing. Only who signs as a site that is trusted gets a place here, and few for each.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.journal.greeting import (
    NONCE_BYTES,
    Greeting,
    answer_text,
    is_signed_by,
    parting_text,
    question_text,
)
from tidegate.journal.site_members import Member, Members

MOST_CONVERSATIONS = 16
"""So many of one site are known at a time; the one that was quiet longest is forgotten, and refused."""
_LONGEST_S = 3600.0
_MARK_DIGITS = 32


class Conversations:
    """The conversations with other sites.

    Parameters
    ----------
    own
        This site.
    key
        Gives what it signs with.
    members
        Gives whom this site works with, as it is then.
    pace
        Gives seconds that only ever grow.

    Attributes
    ----------
    asked_s
        When each site asked last, on that clock.
    contradicted
        Chain and number under which who asks as a site says something else than is here, by the site.
    """

    def __init__(
        self, own: str, *, key: Callable[[], Ed25519PrivateKey], members: Callable[[], Members],
        pace: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._own, self._key, self._members, self._pace = own, key, members, pace
        self._secret = os.urandom(32)
        self.asked_s: dict[str, float] = {}
        self.contradicted: dict[str, tuple[str, int]] = {}
        self._counts: dict[str, OrderedDict[str, int]] = {}
        self._oldest: dict[str, float] = {}
        self._lock = threading.Lock()

    def greet(self, asker: str, asked: str, nonce: str) -> tuple[str, str] | None:
        """Return a conversation's name and the signature on the greeting; None for who is not known.

        Parameters
        ----------
        asker, asked
            Who asks, and whom they mean.
        nonce
            Their random bytes, in hexadecimal digits.
        """
        if asked != self._own or self._writing(asker) is None or len(nonce) != 2 * NONCE_BYTES:
            return None
        begun = f"{os.urandom(NONCE_BYTES).hex()}{int(self._pace() * 1000):012x}"
        conversation = begun + self._mark(asker, begun)
        greeting = Greeting(asker=asker, asked=asked, asker_nonce=nonce, asked_nonce=conversation)
        return conversation, self._key().sign(greeting.signed_text()).hex()

    def parting(self, asker: str, asked: str, nonce: str) -> str:
        """Return the signed word for a site that was retired here; empty for others."""
        member = self._members().by_name.get(asker)
        is_retired = member is not None and member.is_retired
        if asked != self._own or not is_retired or len(nonce) != 2 * NONCE_BYTES:
            return ""
        return self._key().sign(parting_text(asker=asker, asked=asked, asker_nonce=nonce)).hex()

    def is_heard(self, *, asker: str, conversation: str, count: str, signature: str, target: str) -> bool:
        """Whether a question is that site's, in a conversation of ours, and was not asked before.

        Parameters
        ----------
        asker, conversation, count, signature
            As its headers say.
        target
            Method, path and query.
        """
        member = self._writing(asker)
        begun, mark = conversation[:-_MARK_DIGITS], conversation[-_MARK_DIGITS:]
        is_ours = hmac.compare_digest(mark.encode(), self._mark(asker, begun).encode())
        if member is None or not is_ours or not count.isdecimal() or len(count) > 12:
            return False
        said = question_text(
            asker=asker, asked=self._own, conversation=conversation, count=int(count), target=target
        )
        if not is_signed_by(said, signature, (member.key,)):
            return False
        with self._lock:
            is_new = self._is_new(asker, conversation, int(count))
            if is_new:
                self.asked_s[asker] = self._pace()
            return is_new

    def signed(self, *, conversation: str, count: str, status: int, body: bytes) -> str:
        """Return the signature on an answer."""
        said = answer_text(conversation=conversation, count=int(count), status=status, body=body)
        return self._key().sign(said).hex()

    def _writing(self, name: str) -> Member | None:
        """Return another site that still writes; None where there is none of that name."""
        return next((one for one in self._members().others if one.name == name), None)

    def _is_new(self, asker: str, conversation: str, count: int) -> bool:
        began_s = int(conversation[2 * NONCE_BYTES : 2 * NONCE_BYTES + 12], 16) / 1000
        known = self._counts.setdefault(asker, OrderedDict())
        is_old = began_s <= self._oldest.get(asker, -1.0) or self._pace() - began_s > _LONGEST_S
        if conversation not in known and is_old:
            return False
        if count <= known.get(conversation, 0):
            return False
        known[conversation] = count
        known.move_to_end(conversation)
        if len(known) > MOST_CONVERSATIONS:
            gone, _ = known.popitem(last=False)
            gone_s = int(gone[2 * NONCE_BYTES : 2 * NONCE_BYTES + 12], 16) / 1000
            self._oldest[asker] = max(self._oldest.get(asker, -1.0), gone_s)
        return True

    def _mark(self, asker: str, begun: str) -> str:
        said = f"{asker}\n{begun}".encode()
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest()[:_MARK_DIGITS]
