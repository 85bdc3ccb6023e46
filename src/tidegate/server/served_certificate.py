"""Which certificate does a listener show? The one in its file now: a new one is taken up without a restart.

What is put in its place is tried before it is shown; what cannot be shown leaves the old one, and is told. So
is one that ends soon: a caller that no longer trusts the gate may well go ahead without asking it.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography import x509

from tidegate.errors import Fault, InputError
from tidegate.server.listener import Tls

_LOG = logging.getLogger("tidegate.server")
SOON_S = 14 * 86400.0
_TELL_SOON_EVERY_S = 86400.0
_TELL_OVER_EVERY_S = 3600.0
Mark = tuple[tuple[int, int], ...]


def readied(tls: Tls) -> tuple[ssl.SSLContext, float]:
    """Return what connections are begun with, and when its certificate ends, in seconds since 1970.

    Raises
    ------
    InputError
        If the certificate and its key cannot be shown, or those who may connect not be told.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ends_s = _ends_s(tls.certificate)
    try:
        # A key with a pass phrase would stop and ask for it at a terminal that is not there.
        context.load_cert_chain(tls.certificate, tls.key, password=lambda: "")
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or str(error)
        what = f"is not the key of {tls.certificate} ({why})"
        raise InputError(Fault(what=what, value=tls.key, allowed="its own, without a pass phrase")) from None
    if tls.client_authority:
        context.verify_mode = ssl.CERT_REQUIRED
        try:
            context.load_verify_locations(tls.client_authority)
        except OSError:
            raise InputError(_no_certificate(tls.client_authority)) from None
    return context, ends_s


def _ends_s(certificate: str) -> float:
    try:
        found = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
    except (OSError, ValueError):
        raise InputError(_no_certificate(certificate)) from None
    return found.not_valid_after_utc.timestamp()


def _no_certificate(file: str) -> Fault:
    return Fault(what="holds no certificate", value=file, allowed="one in PEM")


class ServedCertificate:
    """The certificate that a listener shows, looked at again and again.

    Parameters
    ----------
    tls
        Its files.
    ends
        Called with when it ends, in seconds since 1970, as often as that is another time.

    Raises
    ------
    InputError
        If it cannot be shown.
    """

    def __init__(self, tls: Tls, *, ends: Callable[[float], None]) -> None:
        self._tls = tls
        self._ends = ends
        self._mark = self._found()
        self._shown, self._ends_s = readied(tls)
        self._told_s = float("-inf")
        ends(self._ends_s)

    def show(self, context: ssl.SSLContext) -> None:
        """Let each connection that is begun with a context show what is in the files by then."""

        def choose(connection: ssl.SSLSocket | ssl.SSLObject, _name: str | None, _of: ssl.SSLContext) -> None:
            connection.context = self._shown  # asked for each, whether it names a host or not

        context.sni_callback = choose

    def look(self, now_s: float) -> None:
        """Take up what is new in the files, and tell of what ends soon.

        Parameters
        ----------
        now_s
            The time, in seconds since 1970.
        """
        mark = self._found()
        if mark is not None and mark != self._mark:
            self._mark = mark
            self._take_up()
        self._tell_end(now_s)

    def _take_up(self) -> None:
        try:
            self._shown, self._ends_s = readied(self._tls)
        except InputError as error:
            _LOG.error(
                "a new certificate cannot be shown, and the old one is", extra={"why": str(error)[:500]}
            )
            return
        self._told_s = float("-inf")
        self._ends(self._ends_s)
        _LOG.info("a new certificate is shown", extra={"ends_at_s": round(self._ends_s)})

    def _tell_end(self, now_s: float) -> None:
        left_s = self._ends_s - now_s
        every_s = _TELL_SOON_EVERY_S if left_s > 0 else _TELL_OVER_EVERY_S
        if left_s > SOON_S or now_s - self._told_s < every_s:
            return
        self._told_s = now_s
        if left_s > 0:
            _LOG.warning("the certificate ends soon", extra={"in_s": round(left_s)})
        else:
            _LOG.error(
                "the certificate is over, and callers no longer ask", extra={"since_s": round(-left_s)}
            )

    def _found(self) -> Mark | None:
        """Return what tells one version of the files from another; None while one is away."""
        with suppress(OSError):
            files = (self._tls.certificate, self._tls.key, self._tls.client_authority)
            found = [Path(one).stat() for one in files if one]
            return tuple((one.st_mtime_ns, one.st_size) for one in found)
        return None
