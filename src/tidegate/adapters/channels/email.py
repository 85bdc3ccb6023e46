"""Notices by mail: handed to the site's own mail server over a few connections that are kept open.

The server is named as ``smtp://host:25`` (no encryption), ``smtp+starttls://…`` or ``smtps://…``, with
``user:password@`` where it wants a login.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import unquote, urlsplit

import aiosmtplib

from tidegate.adapters.channels.answer import DELIVERED, Answer, Became
from tidegate.errors import Fault, InputError
from tidegate.inform.notice import Notice, Question
from tidegate.inform.reply import Reply
from tidegate.inform.subscription import Subscription
from tidegate.inform.wish import is_mail_address
from tidegate.present.notice.mail import mail
from tidegate.present.notice.reply import reply_mail

WHOLE_S = 60.0
IDLE_S = 20.0
_PORTS: Mapping[str, int] = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
# RFC 3463: the mailbox or its domain does not exist, has moved, or takes no mail at all (RFC 7505).
_NOBODY = re.compile(r"\b5\.1\.(?:1|2|3|6|10)\b")


class MailChannel:
    """Hands mail to one server.

    Parameters
    ----------
    server
        The server, as a URL.
    sender
        The address that stands in From, and to which failures come back.

    Raises
    ------
    InputError
        If either is not one.
    """

    def __init__(self, server: str, sender: str) -> None:
        parts = urlsplit(server)
        if parts.scheme not in _PORTS or not parts.hostname:
            allowed = "smtp://host:25, smtp+starttls://user:password@host or smtps://…"
            raise InputError(Fault(what="is no mail server", value=parts.scheme, allowed=allowed))
        if not is_mail_address(sender):
            raise InputError(Fault(what="is no mail address", value=sender, allowed="name@example.org"))
        self._sender = sender
        self._server = {
            "hostname": parts.hostname,
            "port": parts.port or _PORTS[parts.scheme],
            "use_tls": parts.scheme == "smtps",
            "start_tls": parts.scheme == "smtp+starttls",
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "timeout": WHOLE_S,
        }
        self._idle: list[tuple[float, aiosmtplib.SMTP]] = []

    is_own = True

    def receiver(self, asked: Subscription) -> str:  # noqa: ARG002  one server takes all mail
        """Return the server: it answers for every address."""
        return f"{self._server['hostname']}:{self._server['port']}"

    async def send(self, message: Notice | Question | Reply, asked: Subscription, at_s: float) -> Answer:
        """Hand over one mail."""
        try:
            if isinstance(message, Reply):
                whole = reply_mail(message, to=asked.address, sender=self._sender, at_s=at_s)
            else:
                whole = mail(message, to=asked.address, sender=self._sender, at_s=at_s)
        except ValueError:
            return Answer(became=Became.REFUSED, says="is no mail address")
        try:
            async with asyncio.timeout(WHOLE_S):
                return await self._handed_over(asked.address, whole)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return _failure(error)

    async def close(self) -> None:
        """Take leave of the server."""
        idle, self._idle = self._idle, []
        for _, client in idle:
            client.close()

    async def _handed_over(self, to: str, whole: bytes) -> Answer:
        client, is_kept = await self._client()
        try:
            try:
                await client.sendmail(self._sender, [to], whole)
            except aiosmtplib.SMTPServerDisconnected:
                if not is_kept:
                    raise
                # The server closed it while it lay idle: nothing was said to it yet.
                client = await self._connected()
                await client.sendmail(self._sender, [to], whole)
        except aiosmtplib.SMTPResponseException as error:
            self._keep(client)
            return _failure(error)
        except aiosmtplib.SMTPRecipientsRefused as error:
            self._keep(client)
            return _failure(error)
        except BaseException:
            client.close()
            raise
        self._keep(client)
        return DELIVERED

    async def _client(self) -> tuple[aiosmtplib.SMTP, bool]:
        while self._idle:
            since_s, client = self._idle.pop()
            if client.is_connected and time.monotonic() - since_s < IDLE_S:
                return client, True
            client.close()
        return await self._connected(), False

    async def _connected(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(**self._server)  # type: ignore[arg-type]
        await client.connect()
        return client

    def _keep(self, client: aiosmtplib.SMTP) -> None:
        with suppress(aiosmtplib.SMTPException):
            if client.is_connected:
                self._idle.append((time.monotonic(), client))


def _failure(error: Exception) -> Answer:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if not isinstance(error, aiosmtplib.SMTPResponseException):
        return Answer(became=Became.DOWN, says="the mail server does not answer")
    says = f"the mail server answered {error.code}"
    if error.code == 421 or isinstance(
        error, (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPSenderRefused)
    ):
        return Answer(became=Became.DOWN, says=says)
    if error.code < 500:
        return Answer(became=Became.FAILED, says=says)
    is_nobody = isinstance(error, aiosmtplib.SMTPRecipientRefused) and _NOBODY.search(error.message)
    return Answer(became=Became.GONE if is_nobody else Became.REFUSED, says=says)
