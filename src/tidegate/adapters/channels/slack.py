"""Notices to Slack: blocks posted to an incoming webhook of one channel."""

from __future__ import annotations

from tidegate.adapters.channels.post import Poster
from tidegate.adapters.channels.webhook import PostedChannel
from tidegate.present.notice.chat import slack_body


def slack_channel(poster: Poster) -> PostedChannel:
    """Return the channel to Slack; the address itself is what proves that we may post there."""
    return PostedChannel(poster=poster, body=slack_body, headers=lambda *_: {})
