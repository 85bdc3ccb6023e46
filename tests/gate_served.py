"""`tidegate gate` as a process of its own, with certificates made for the test; on loopback."""

from __future__ import annotations

import datetime as dt
import http.client
import ipaddress
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import shifted_clock


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Authority:
    """A certificate authority that signs for loopback."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self._name, self._key = folder, _name(name), ec.generate_private_key(ec.SECP256R1())
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(self._signed(self._name, self._key, is_authority=True))

    def certificate(self, name: str, *, days: int = 1) -> tuple[str, str]:
        """Return the files of a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        files = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        files[0].write_bytes(self._signed(_name(name), key, days=days))
        kind = serialization.PrivateFormat.PKCS8
        files[1].write_bytes(
            key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
        )
        return str(files[0]), str(files[1])

    def _signed(self, subject, key, *, is_authority=False, days=1) -> bytes:
        now = dt.datetime.now(dt.UTC)
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=9))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A gate that runs.

    Parameters
    ----------
    port
        Where.
    process
        The process.
    trusted
        What a caller trusts, and shows of itself; None where there is no TLS.
    began_s
        How long it took from its start until it said where it listens.
    """

    port: int
    process: subprocess.Popen[str]
    trusted: ssl.SSLContext | None
    began_s: float

    def ask(
        self,
        path: str,
        body: bytes | None = None,
        method: str = "POST",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        """Return status and text of an answer."""
        if self.trusted is None:
            connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        else:
            connection = http.client.HTTPSConnection("localhost", self.port, timeout=30, context=self.trusted)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def until_known(self, path: str, body: bytes, word: str, within_s: float = 280.0) -> str:
        """Ask until the answer no longer has a word; return it."""
        until_s = time.monotonic() + within_s
        while True:
            text = self.ask(path, body)[1]
            if word not in text or time.monotonic() > until_s:
                return text
            time.sleep(0.2)

    def say(self, path: str, document: object) -> dict[str, object]:
        """Post JSON, and return what came."""
        return json.loads(self.ask(path, json.dumps(document).encode())[1])


@contextmanager
def gate(
    folder: Path, *words: str, trusted: ssl.SSLContext | None = None, shift: Path | None = None
) -> Iterator[Gate]:
    """Run a gate in a folder, by a clock that a file may shift; it is told to end as a cluster does."""
    began_s = time.monotonic()
    own = ["-m", "tidegate.cli.main"] if shift is None else [shifted_clock.__file__, str(shift)]
    with (folder / "gate.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *own, "gate", *words, "--listen", "127.0.0.1:0"],
            cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True, env=dict(os.environ),
        )  # fmt: skip
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r":(\d+) ", said)
            assert found, f"{said}{(folder / 'gate.log').read_text()}"
            yield Gate(
                port=int(found[1]), process=process, trusted=trusted, began_s=time.monotonic() - began_s
            )
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                code = process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            process.stdout.close()
    assert 0 == code, (folder / "gate.log").read_text()
