"""A certificate for the gate, and the authority that signs it, whose key is kept nowhere.

Whoever has an authority's key may pretend to be the gate. So it signs once, and a new certificate has a new
authority; the one before is trusted beside it for as long as it holds, so that none is refused in between.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_SKEW = dt.timedelta(hours=1)
"""So much may the clock of who asks be behind ours."""
_MOST_FORMER = 4
_NOTHING = dict.fromkeys(
    (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    ),
    False,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was made, each in PEM.

    Parameters
    ----------
    authority
        The certificate that the other is trusted by.
    certificate, key
        The gate's.
    """

    authority: bytes
    certificate: bytes
    key: bytes


def make_certificate(hosts: Sequence[str], *, days: int, now_s: float) -> Made:
    """Return a new certificate with its key and its authority.

    Parameters
    ----------
    hosts
        The names that it is for; the first is its own.
    days
        For how many days it holds.
    now_s
        The time, in seconds since 1970.
    """
    now = dt.datetime.fromtimestamp(now_s, dt.UTC)
    lasting = (now - _SKEW, now + dt.timedelta(days=days))
    signing, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    signer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gate-authority")])
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    known_by = x509.SubjectKeyIdentifier.from_public_key(signing.public_key())
    authority = (
        _begun(signer, signer, signing, lasting)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**{**_NOTHING, "key_cert_sign": True, "crl_sign": True}), critical=True)
        .add_extension(known_by, critical=False)
        .sign(signing, hashes.SHA256())
    )
    certificate = (
        _begun(named, signer, own, lasting)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{**_NOTHING, "digital_signature": True}), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in hosts]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known_by), critical=False
        )
        .sign(signing, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return Made(
        authority=authority.public_bytes(pem),
        certificate=certificate.public_bytes(pem),
        key=own.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain),
    )


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    lasting: tuple[dt.datetime, dt.datetime],
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(lasting[0])
        .not_valid_after(lasting[1])
    )


def still_trusted(bundles: Iterable[str], *, now_s: float) -> bytes:
    """Return the authorities of bundles that still hold, in PEM, the newest few of them.

    Parameters
    ----------
    bundles
        Each in PEM and base64; what is none is passed over.
    now_s
        The time, in seconds since 1970.
    """
    now = dt.datetime.fromtimestamp(now_s, dt.UTC)
    found: dict[bytes, dt.datetime] = {}
    for bundle in bundles:
        try:
            authorities = x509.load_pem_x509_certificates(base64.b64decode(bundle, validate=True))
        except (ValueError, binascii.Error):
            continue
        for one in authorities:
            if one.not_valid_after_utc > now:
                found[one.public_bytes(serialization.Encoding.PEM)] = one.not_valid_after_utc
    newest = sorted(found, key=lambda one: (found[one], one), reverse=True)
    return b"".join(newest[:_MOST_FORMER])
