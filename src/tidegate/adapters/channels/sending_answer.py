"""What became of one sending? Five answers, whatever the channel; and what a channel has to be able to do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from tidegate.inform.notice import Notice, Question
from tidegate.inform.subscription import Subscription


class Became(Enum):
    """What became of a sending."""

    DELIVERED = "delivered"
    FAILED = "the receiver answered, but did not take it; it is tried again"
    DOWN = "the receiver did not answer, or is overloaded; it is tried again"
    REFUSED = "the receiver will never take this one"
    GONE = "there is nobody at this address any more"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of a sending.

    Parameters
    ----------
    became
        Which of the five.
    says
        Why, in a few words; nothing of the address, nothing the receiver wrote.
    wait_s
        How long the receiver asked us to wait before the next try; 0 where it did not.
    """

    became: Became
    says: str = ""
    wait_s: float = 0.0


DELIVERED = Answer(became=Became.DELIVERED)
Handover = Callable[[], AbstractAsyncContextManager[None]]
"""Entered before a message's last bytes are sent, left when the receiver has answered or will not."""


class Channel(Protocol):
    """One way of sending."""

    @property
    def is_own(self) -> bool:
        """Whether its receiver is this site's own, which may take its time, and not a stranger's."""

    def receiver(self, asked: Subscription) -> str:
        """Return who answers for an address: these are sent to in turn, each with few at once."""

    async def send(
        self, message: Notice | Question, asked: Subscription, at_s: float, handover: Handover
    ) -> Answer:
        """Send a message once; every failure of the receiver is an answer, not an exception."""

    async def close(self) -> None:
        """Let go what is open."""
