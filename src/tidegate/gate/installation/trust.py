"""How does the cluster know that it is the gate that answers? By a certificate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.gate.installation.blueprint import Said, Set, When
from tidegate.gate.installation.object_names import AUTHORITY, CERTIFICATE, GATE, HOST, HOSTS, metadata

_API = "cert-manager.io/v1"
_OUTSET = "gate-outset"
_CURVE = {"algorithm": "ECDSA", "size": 256}


def trust() -> list[Any]:
    """Return the certificate with its key, or what makes cert-manager make and renew it."""
    return [When(Set("certificates", "self-made"), _made()), *(_managed(one) for one in _issued())]


def _made() -> Mapping[str, Any]:
    return {
        "apiVersion": "v1", "kind": "Secret", "metadata": metadata(CERTIFICATE), "type": "kubernetes.io/tls",
        "data": {
            "ca.crt": Said("made.authority"),
            "tls.crt": Said("made.certificate"),
            "tls.key": Said("made.key"),
        },
    }  # fmt: skip


def _managed(node: Mapping[str, Any]) -> When:
    return When(Set("certificates", "cert-manager"), node)


def _issued() -> list[Mapping[str, Any]]:
    """Return an authority of the gate's own, which outlives the certificates that it signs."""
    return [
        _issuer(_OUTSET, {"selfSigned": {}}),
        _certificate(
            AUTHORITY, secretName=AUTHORITY, isCA=True, commonName=AUTHORITY, duration="87600h",
            privateKey=_CURVE, usages=["cert sign", "crl sign"], issuerRef=_by(_OUTSET),
        ),
        _issuer(AUTHORITY, {"ca": {"secretName": AUTHORITY}}),
        _certificate(
            CERTIFICATE, secretName=CERTIFICATE, commonName=HOST, dnsNames=list(HOSTS), duration="2160h",
            renewBefore="720h", privateKey={**_CURVE, "rotationPolicy": "Always"},
            usages=["digital signature", "server auth"], issuerRef=_by(AUTHORITY),
        ),
    ]  # fmt: skip


def _by(issuer: str) -> Mapping[str, str]:
    return {"group": "cert-manager.io", "kind": "Issuer", "name": issuer}


def _issuer(name: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"apiVersion": _API, "kind": "Issuer", "metadata": metadata(name), "spec": spec}


def _certificate(name: str, **spec: Any) -> Mapping[str, Any]:
    return {"apiVersion": _API, "kind": "Certificate", "metadata": metadata(name), "spec": spec}


def scraped() -> Mapping[str, Any]:
    """Return how Prometheus' operator lets the gate's metrics be read, by the same certificate."""
    authority = {"secret": {"name": CERTIFICATE, "key": "ca.crt"}}
    return {
        "apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": metadata(GATE),
        "spec": {
            "selector": {"matchLabels": {"app.kubernetes.io/name": "tidegate-gate"}},
            "endpoints": [
                {
                    "port": "https", "scheme": "https", "path": "/metrics", "interval": "30s",
                    "tlsConfig": {"ca": authority, "serverName": HOST},
                }
            ],
        },
    }  # fmt: skip
