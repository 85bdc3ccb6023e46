"""Notices to Microsoft Teams: an Adaptive Card posted to a workflow that waits for one."""

from __future__ import annotations

from tidegate.adapters.channels.post import Poster
from tidegate.adapters.channels.webhook import PostedChannel
from tidegate.present.notice.chat import teams_body


def teams_channel(poster: Poster) -> PostedChannel:
    """Return the channel to Teams; the address itself is what proves that we may post there."""
    return PostedChannel(poster=poster, body=teams_body, headers=lambda *_: {})
