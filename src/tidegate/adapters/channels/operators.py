"""Notices to the operators' own channels, which Apprise speaks: more than a hundred services.

Their addresses hold secrets, so they are settings of this site and not in the journal; a subscription
names the channel. Nothing a stranger can write reaches them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from tidegate.adapters.channels.sending_answer import DELIVERED, Answer, Became, Handover
from tidegate.errors import CannotTellError
from tidegate.inform.notice import Notice, Question
from tidegate.inform.subscription import Subscription
from tidegate.present.notice.chat import plain_text
from tidegate.present.notice.words import subject

WHOLE_S = 30.0


def _library() -> Any:
    """Return Apprise, which is loaded only where it is used.

    Raises
    ------
    CannotTellError
        If it is not installed.
    """
    try:
        import apprise  # noqa: PLC0415
    except ImportError:
        raise CannotTellError("operators' channels need Apprise: pip install tidegate[apprise]") from None
    return apprise


def _spoken(address: str, title: str, text: str) -> Answer:
    speaker = _library().Apprise()
    if not speaker.add(address):
        return Answer(became=Became.DOWN, says="Apprise does not know such an address")
    if not speaker.notify(title=title, body=text, body_format="text"):
        return Answer(became=Became.DOWN, says="Apprise could not deliver it")
    return DELIVERED


class OperatorsChannel:
    """Speaks to channels that the operator set up.

    Parameters
    ----------
    addresses
        Apprise addresses by the name of the channel.
    """

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses

    is_own = True

    @property
    def names(self) -> tuple[str, ...]:
        """What the channels are called."""
        return tuple(self._addresses)

    def receiver(self, asked: Subscription) -> str:
        """Return the channel's name."""
        return f"operators {asked.address}"

    async def send(
        self,
        message: Notice | Question,
        asked: Subscription,
        at_s: float,  # noqa: ARG002
        handover: Handover = nullcontext,
    ) -> Answer:
        """Send a message to one channel."""
        address = self._addresses.get(asked.address)
        if address is None:
            return Answer(became=Became.DOWN, says="the channel is not set up at this site")
        try:
            async with asyncio.timeout(WHOLE_S), handover():
                # In a thread, for it waits, and the first time it loads all its services.
                return await asyncio.to_thread(_spoken, address, subject(message), plain_text(message))
        except TimeoutError:
            return Answer(became=Became.DOWN, says=f"no answer within {WHOLE_S:g} s")

    async def close(self) -> None:
        """Let nothing go."""
