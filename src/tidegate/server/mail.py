"""How do cases come by mail? A small SMTP server: a mail is a case, kept before it is acknowledged.

A mail that answers ours is kept with the case that ours was about; the id of ours proves that its sender
has it. A machine's answer to ours, such as a notice of absence, asks for nothing and is let go. This
server passes nothing on and sends nothing: a mail server in front of it delivers one address to it.
"""

from __future__ import annotations

import asyncio
import logging

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tidegate.adapters.files.quarantine import Quarantine
from tidegate.adapters.store.database import StoreError
from tidegate.inform.reply import case_answered
from tidegate.server.intake import Intake
from tidegate.track.case_mail import CaseMail, read_mail
from tidegate.verbs.case import Submission

_LOG = logging.getLogger("tidegate.mail")
LARGEST_BYTES = 10 * 1024 * 1024
_PATIENCE_S = 30.0


class MailIntake:
    """Takes mails in at a port.

    Parameters
    ----------
    intake
        Where cases are accepted.
    files
        Where attachments are kept; None where none are taken.
    key
        The site's key, by which answers to our own mails are known.
    """

    def __init__(self, intake: Intake, files: Quarantine | None, key: bytes) -> None:
        self._intake = intake
        self._key = key
        self._files = files
        self._controller: Controller | None = None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  its name there
        """Keep a mail, and say so."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        said = await asyncio.to_thread(read_mail, content, sender=envelope.mail_from or "")
        answered = case_answered(said.answers, self._key)
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
        self._controller = Controller(
            self, hostname=host, port=port, data_size_limit=LARGEST_BYTES, timeout=_PATIENCE_S,
            ident="tidegate", decode_data=False,
        )  # fmt: skip
        self._controller.start()

    def stop(self) -> None:
        """End, after what is being taken in."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None
