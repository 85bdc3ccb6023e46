"""The gate's certificate is taken up anew as its file changes, and its end is told before it comes."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography import x509

from gate_sample import WORLD
from gate_served import Authority, gate

ENDS = r"\ntidegate_gate_certificate_expiry_timestamp_seconds (\S+)"


@pytest.fixture(name="authority")
def beside_a_world(tmp_path):
    (tmp_path / "shop.yaml").write_text(WORLD)
    return Authority(tmp_path, "authority")


def shown(port, *, name=None):
    """Return the serial number of the certificate that a new connection is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as one,
    ):
        return x509.load_der_x509_certificate(one.getpeercert(binary_form=True)).serial_number


def serial(file):
    return x509.load_pem_x509_certificate(Path(file).read_bytes()).serial_number


def until(true, within_s=20.0):
    end_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end_s
        time.sleep(0.1)


def test_a_new_certificate_is_shown_without_a_restart(authority, tmp_path):
    """New connections get it, named or not; one that is no pair with its key changes nothing, and is told."""
    certificate, key = authority.certificate("gate", days=90)
    first = serial(certificate)
    with gate(
        tmp_path,
        "shop.yaml",
        "--tls-cert",
        certificate,
        "--tls-key",
        key,
        trusted=ssl.create_default_context(cafile=str(authority.path)),
    ) as at:
        assert [first] * 2 == [shown(at.port), shown(at.port, name="localhost")]
        authority.certificate("gate", days=100)
        second = serial(certificate)
        until(lambda: shown(at.port, name="localhost") == second)
        assert second == shown(at.port)
        assert 200 == at.ask("/health/live", method="GET")[0], "who trusts the authority trusts the new one"
        ends_s = float(re.search(ENDS, at.ask("/metrics", method="GET")[1])[1])
        assert abs(ends_s - time.time() - 100 * 86400) < 600
        other = authority.certificate("other")
        Path(certificate).write_text(Path(other[0]).read_text())
        until(lambda: "cannot be shown" in (tmp_path / "gate.log").read_text())
        assert second == shown(at.port)


def test_the_end_of_a_certificate_is_told(authority, tmp_path):
    """One that is over is an error in the log, and its time stands in the metrics."""
    certificate, key = authority.certificate("gate", days=-2)
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
    with gate(tmp_path, "shop.yaml", "--tls-cert", certificate, "--tls-key", key, trusted=plain) as at:
        assert float(re.search(ENDS, at.ask("/metrics", method="GET")[1])[1]) < time.time() - 86400
        until(lambda: "the certificate is over" in (tmp_path / "gate.log").read_text())
        authority.certificate("gate", days=7)
        until(lambda: "the certificate ends soon" in (tmp_path / "gate.log").read_text())


@pytest.mark.parametrize(
    ("certificate", "says"), [("other.crt", "is not the key of"), ("shop.yaml", "holds no certificate")]
)
def test_what_cannot_be_shown_is_refused_at_the_start(authority, tmp_path, certificate, says):
    """A key of another certificate, and what is none: a fault, no traceback, exit 2."""
    key = authority.certificate("gate")[1]
    authority.certificate("other")
    words = ["shop.yaml", "--tls-cert", certificate, "--tls-key", key, "--listen", "127.0.0.1:0"]
    done = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "gate", *words],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert 2 == done.returncode
    assert says in " ".join(done.stderr.split()).lower()
    assert "Traceback" not in done.stderr
