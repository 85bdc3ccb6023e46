"""Over which channels can this site send, and how? Its mail server, its networks, its operators' channels."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network

from tidegate.adapters.channels.email import MailChannel
from tidegate.adapters.channels.guard import Guard, Resolve, system_addresses
from tidegate.adapters.channels.operators import OperatorsChannel
from tidegate.adapters.channels.post import Poster
from tidegate.adapters.channels.sending_answer import Channel
from tidegate.adapters.channels.slack import slack_channel
from tidegate.adapters.channels.teams import teams_channel
from tidegate.adapters.channels.webhook import webhook_channel
from tidegate.errors import Fault, InputError
from tidegate.inform.reach import Network


@dataclass(frozen=True, kw_only=True)
class ChannelSetting:
    """How this site sends.

    Parameters
    ----------
    mail_server
        ``smtp://host:25``, ``smtp+starttls://…`` or ``smtps://…``; empty where no mail is sent.
    mail_from
        The address in From.
    networks
        Networks that webhooks may be in although they are not public, such as ``10.1.0.0/16``.
    operators
        Apprise addresses by the name of the operators' channel.
    """

    mail_server: str = field(default="", repr=False)
    mail_from: str = ""
    networks: Sequence[str] = ()
    operators: Mapping[str, str] = field(default_factory=dict, repr=False)


def check_channel_setting(setting: ChannelSetting) -> None:
    """Refuse settings by which nothing could be sent.

    Raises
    ------
    InputError
        With every fault.
    """
    faults: list[Fault] = []
    checks = (
        lambda: setting.mail_server and MailChannel(setting.mail_server, setting.mail_from),
        lambda: _networks(setting.networks),
    )
    for check in checks:
        try:
            check()
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(*faults)


def channels(
    setting: ChannelSetting,
    key: bytes,
    *,
    tls: ssl.SSLContext | None = None,
    resolve: Resolve = system_addresses,
) -> dict[str, Channel]:
    """Return the channels that are set up, by their kind; call it where an event loop will run.

    Parameters
    ----------
    setting
        How this site sends.
    key
        The site's key, from which webhooks' secrets are made.
    tls, resolve
        How certificates are checked and names resolved, where not as the system does.

    Raises
    ------
    InputError
        With every fault of the settings.
    """
    poster = Poster(Guard(_networks(setting.networks), resolve), tls)
    found: dict[str, Channel] = {
        "webhook": webhook_channel(poster, key),
        "slack": slack_channel(poster),
        "teams": teams_channel(poster),
    }
    if setting.mail_server:
        found["email"] = MailChannel(setting.mail_server, setting.mail_from)
    if setting.operators:
        found["operators"] = OperatorsChannel(setting.operators)
    return found


def _networks(texts: Sequence[str]) -> tuple[Network, ...]:
    found, faults = [], []
    for text in texts:
        try:
            found.append(ip_network(text))
        except ValueError:
            faults.append(Fault(what="is no network", value=text[:60], allowed="10.1.0.0/16 or fd00:1::/64"))
    if faults:
        raise InputError(*faults)
    return tuple(found)
