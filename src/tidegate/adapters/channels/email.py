"""Notices by mail: handed to the site's own mail server over a few connections that are kept open.

The server is named as ``smtp://host:25`` (no encryption), ``smtp+starttls://…`` or ``smtps://…``, with
``user:password@`` where it wants a login.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from typing import Literal
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.typing import Default

from tidegate.adapters.channels.sending_answer import DELIVERED, Answer, Became, Handover
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

_BEGINS_WITH_DOT = re.compile(rb"(?m)^\.")


class _Client(aiosmtplib.SMTP):
    """A connection on which all of a mail but its last line, the dot, is sent before it is handed over.

    A mail counts once the dot has come (RFC 5321, 4.1.1.4); before it, nothing is in doubt.

    Attributes
    ----------
    is_handing_over
        Whether the dot was sent and is not answered.
    """

    is_handing_over = False
    _handover: Handover = nullcontext

    async def carry(self, sender: str, to: str, whole: bytes, handover: Handover) -> None:
        """Send a mail to one address."""
        self._handover, self.is_handing_over = handover, False
        await self.sendmail(sender, [to], whole)

    async def data(
        self,
        message: str | bytes,
        /,
        *,
        timeout: float | Literal[Default.token] | None = WHOLE_S,  # noqa: ASYNC109  as the class above has it
    ) -> aiosmtplib.SMTPResponse:
        """Send a mail, the dot last and when its turn has come."""
        if self.protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        patience_s = WHOLE_S if timeout is Default.token else timeout
        whole = message.encode("ascii") if isinstance(message, str) else message
        answer = await self.protocol.execute_command(b"DATA", timeout=patience_s)
        if answer.code == aiosmtplib.SMTPStatus.start_input:
            self.protocol.write(_BEGINS_WITH_DOT.sub(b"..", whole))
            async with self._handover():
                self.is_handing_over = True
                answer = await self.protocol.execute_command(b".", timeout=patience_s)
                self.is_handing_over = False
            if answer.code == aiosmtplib.SMTPStatus.completed:
                return answer
        raise aiosmtplib.SMTPDataError(answer.code, answer.message)


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
        self._idle: list[tuple[float, _Client]] = []

    is_own = True

    def receiver(self, asked: Subscription) -> str:  # noqa: ARG002  one server takes all mail
        """Return the server: it answers for every address."""
        return f"{self._server['hostname']}:{self._server['port']}"

    async def send(
        self,
        message: Notice | Question | Reply,
        asked: Subscription,
        at_s: float,
        handover: Handover = nullcontext,
    ) -> Answer:
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
                return await self._handed_over(asked.address, whole, handover)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return _failure(error)

    async def close(self) -> None:
        """Take leave of the server."""
        idle, self._idle = self._idle, []
        for _, client in idle:
            client.close()

    async def _handed_over(self, to: str, whole: bytes, handover: Handover) -> Answer:
        client, is_kept = await self._client()
        try:
            try:
                await client.carry(self._sender, to, whole, handover)
            except aiosmtplib.SMTPServerDisconnected:
                if not is_kept or client.is_handing_over:
                    raise
                # The server closed it while it lay idle: it has not got the end of this mail.
                client = await self._connected()
                await client.carry(self._sender, to, whole, handover)
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

    async def _client(self) -> tuple[_Client, bool]:
        while self._idle:
            since_s, client = self._idle.pop()
            if client.is_connected and time.monotonic() - since_s < IDLE_S:
                return client, True
            client.close()
        return await self._connected(), False

    async def _connected(self) -> _Client:
        client = _Client(**self._server)  # type: ignore[arg-type]
        await client.connect()
        return client

    def _keep(self, client: _Client) -> None:
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
