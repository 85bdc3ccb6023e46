"""Notices to webhooks: signed as Standard Webhooks says, posted by the guarded poster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import ClassVar

from tidegate import __version__
from tidegate.adapters.channels.guard import ForbiddenError
from tidegate.adapters.channels.post import Poster, Reply, UnansweredError
from tidegate.adapters.channels.sending_answer import DELIVERED, Answer, Became, Handover
from tidegate.inform.notice import Notice, Question
from tidegate.inform.subscription import Subscription
from tidegate.inform.token import all_keys, signature, webhook_secret
from tidegate.inform.wish import read_url
from tidegate.present.notice.webhook import webhook_body

_JSON = {"content-type": "application/json; charset=utf-8", "user-agent": f"Tidegate/{__version__}"}
_LONGEST_WAIT_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class PostedChannel:
    """A channel whose messages are posted to the address of the subscription.

    Parameters
    ----------
    poster
        Posts.
    body
        Makes what is posted.
    headers
        Makes the headers that the message needs besides: of the delivery's id, the subscription, the moment
        (seconds since 1970) and the body.
    """

    is_own: ClassVar[bool] = False

    poster: Poster
    body: Callable[[Notice | Question], bytes]
    headers: Callable[[str, Subscription, float, bytes], Mapping[str, str]]

    def receiver(self, asked: Subscription) -> str:
        """Return the host that answers."""
        url = read_url(asked.address)
        return "nobody" if url is None else url.receiver

    async def send(
        self, message: Notice | Question, asked: Subscription, at_s: float, handover: Handover = nullcontext
    ) -> Answer:
        """Post a message once."""
        url = read_url(asked.address)
        if url is None:
            return Answer(became=Became.REFUSED, says="is no address to post to")
        body = self.body(message)
        try:
            headers = self.headers(message.id, asked, at_s, body)
            return _answer(await self.poster.post(url, {**_JSON, **headers}, body, handover))
        except ForbiddenError as error:
            return Answer(became=Became.REFUSED, says=str(error))
        except UnansweredError as error:
            return Answer(became=Became.DOWN, says=str(error))

    async def close(self) -> None:
        """Close the poster; it may be shared and closed more than once."""
        await self.poster.close()


def webhook_channel(poster: Poster, key: bytes) -> PostedChannel:
    """Return the channel of signed webhooks.

    Parameters
    ----------
    poster
        Posts.
    key
        The site's key, from which each subscription's secret is made.
    """

    def headers(named: str, asked: Subscription, at_s: float, body: bytes) -> Mapping[str, str]:
        secrets, whole_s = [webhook_secret(one, asked.id) for one in all_keys(key)], int(at_s)
        return {
            "webhook-id": named,
            "webhook-timestamp": str(whole_s),
            # One by each key that there was: a receiver knows the secret of one, and takes any that fits.
            "webhook-signature": " ".join(signature(one, named, whole_s, body) for one in secrets),
        }

    return PostedChannel(poster=poster, body=webhook_body, headers=headers)


def _answer(reply: Reply) -> Answer:
    says, wait_s = f"answered {reply.status}", min(reply.wait_s, _LONGEST_WAIT_S)
    if 200 <= reply.status < 300:
        return DELIVERED
    if reply.status == 410:
        return Answer(became=Became.GONE, says=says)
    if reply.status in {408, 425, 429} or reply.status >= 500:
        return Answer(became=Became.DOWN, says=says, wait_s=wait_s)
    return Answer(became=Became.FAILED, says=says, wait_s=wait_s)
