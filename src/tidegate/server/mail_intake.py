"""How do cases come by mail? A small SMTP server: a mail is a case, kept before it is acknowledged.

A mail that answers ours is kept with the case that ours was about; the id of ours proves that its sender
has it. A machine's answer to ours, such as a notice of absence, asks for nothing and is let go. This
server passes nothing on and sends nothing: a mail server in front of it delivers one address to it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tidegate.adapters.files.quarantine import Quarantine
from tidegate.adapters.mail_reader import READERS_COUNT, MailReader
from tidegate.adapters.store.database import StoreError
from tidegate.inform.reply import case_answered
from tidegate.server.connection_book import Connections
from tidegate.server.intake import Intake
from tidegate.track.case_mail import CaseMail, raw_mail
from tidegate.verbs.record.case import Submission

_LOG = logging.getLogger("tidegate.mail")
LARGEST_BYTES = 10 * 1024 * 1024
MOST_WAITING_COUNT = 10
"""With more mails than this waiting to be read, further ones are kept as they came."""
_PATIENCE_S = 30.0
_LONGEST_S = 600.0
MOST_CONNECTIONS_COUNT = 64
"""Mail servers open few and try again; more would take the descriptors that everything else needs."""
_CHUNK_BYTES = 64 * 1024
_END = b"\r\n.\r\n"


class MailIntake:
    """Takes mails in at a port.

    Parameters
    ----------
    intake
        Where cases are accepted.
    files
        Where attachments are kept; None where none are taken.
    key
        Gives the sites' key, by which answers to our own mails are known.
    """

    def __init__(self, intake: Intake, files: Quarantine | None, key: Callable[[], bytes]) -> None:
        self._intake = intake
        self._key = key
        self._files = files
        self._controller: Controller | None = None
        self._reader = MailReader()
        self._threads = ThreadPoolExecutor(READERS_COUNT, thread_name_prefix="mail")
        self._waiting_count = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  its name there
        """Keep a mail, and say so."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        said = await self._read(content, envelope.mail_from or "")
        answered = case_answered(said.answers, self._key())
        if answered and said.is_automatic:
            _LOG.info("a machine's answer was let go", extra={"case": answered})
            return "250 2.0.0 a machine's answer is not kept"
        try:
            case, is_new = await self._kept(answered, said)
        except StoreError:
            return "452 4.3.1 our disk took nothing; please send it again later"
        if self._files is not None and is_new:
            await asyncio.to_thread(self._keep_files, case, said, self._files)
        return f"250 2.0.0 kept as case {case}"

    async def _read(self, content: bytes, sender: str) -> CaseMail:
        """Return what a mail says; where that takes too long, or too many wait, the mail as it came."""
        if self._waiting_count >= MOST_WAITING_COUNT:
            _LOG.warning("a mail was kept as it came: too many wait to be read")
            return raw_mail(content, sender=sender)
        self._waiting_count += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._reader.read, content, sender)
        finally:
            self._waiting_count -= 1

    async def _kept(self, answered: str, said: CaseMail) -> tuple[str, bool]:
        """Keep a mail with the case it answers, otherwise as a case; return that, and whether it is new."""
        if answered and await self._intake.reopen(answered, said.text, said.key):
            return answered, True
        kept = await self._intake.accept(
            Submission(text=said.text, title=said.title, contact=said.contact, key=said.key, channel="email")
        )
        return kept.case, kept.is_new

    def _keep_files(self, case: str, said: CaseMail, files: Quarantine) -> None:
        for name, content in said.files:
            if not files.keep(case, name, content):
                _LOG.warning("a file was not taken", extra={"case": case})

    def start(self, host: str, port: int) -> None:
        """Begin to listen."""
        self._controller = _Controller(
            self, hostname=host, port=port, data_size_limit=LARGEST_BYTES, timeout=_PATIENCE_S,
            ident="tidegate", decode_data=False,
        )  # fmt: skip
        self._controller.start()

    def stop(self) -> None:
        """End at once: whoever was not told that a mail is kept sends it again."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None
        self._reader.stop()
        self._threads.shutdown(wait=True, cancel_futures=True)


class _Server(SMTP):
    """Takes a mail in by chunks: by lines, as inherited, ten megabytes of empty ones cost ten seconds.

    Every connection is entered in the book that bounds them.
    """

    def __init__(self, handler: MailIntake, book: Connections, **setting: Any) -> None:
        super().__init__(handler, **setting)
        self._book = book

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it in; where there are too many, the oldest gives way."""
        super().connection_made(transport)
        self._book.sweep()
        self._book.came(self, "", within_s=_LONGEST_S)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget it."""
        self._book.gone(self)
        super().connection_lost(error)

    def drop(self) -> None:
        """End it at once; a mail server sends again what was not acknowledged."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  its name there
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._content()
        if content is None:
            answer = "552 Error: Too much mail data"
        else:
            self.envelope.content = self.envelope.original_content = content
            answer = await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(answer)

    async def _content(self) -> bytes | None:
        """Return the mail that comes; None, once all of it came, where it is too large.

        A client has to wait for the answer: what it sent together with the end is thrown away.
        """
        held, is_too_large = bytearray(b"\r\n"), False
        while True:
            chunk = await self._reader.read(_CHUNK_BYTES)
            if not chunk:
                raise ConnectionResetError
            begin = max(len(held) - len(_END), 0)
            held += chunk
            end = held.find(_END, begin)
            if end >= 0:
                break
            if len(held) > LARGEST_BYTES:
                is_too_large = True
                del held[: -len(_END)]
        if is_too_large or end > LARGEST_BYTES:
            return None
        # The line break before the last dot is the mail's own, the first one is ours. A dot at the begin of
        # a line was put there by whoever sent it (RFC 5321, 4.5.2).
        return bytes(held[: end + 2]).replace(b"\r\n.", b"\r\n")[2:]


class _Controller(Controller):
    """Listens, and gives each connection a `_Server`; few at a time."""

    def __init__(self, handler: MailIntake, **setting: Any) -> None:
        self._book = Connections(MOST_CONNECTIONS_COUNT)
        super().__init__(handler, **setting)

    def factory(self) -> SMTP:
        return _Server(self.handler, self._book, **self.SMTP_kwargs)
