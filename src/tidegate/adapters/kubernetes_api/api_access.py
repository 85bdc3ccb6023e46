"""How is a cluster's API server reached? As a pod in it, by a kubeconfig, or through `kubectl proxy`.

Nothing but what is named is reached: no proxy of the environment, no other host that an answer names. A
server is always checked against the authority that is stated; a token is read anew for each request, since it
is renewed every hour.

Source: Kubernetes, "Accessing the API from a Pod" and the reference of kubeconfig (v1).
"""

from __future__ import annotations

import base64
import binascii
import os
import ssl
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tidegate.adapters.files.worlds import read_text
from tidegate.errors import Fault, InputError
from tidegate.world.file.tree import read_tree

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a pod finds its token, its namespace, and who signs for the API server."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, kw_only=True)
class ApiAccess:
    """A way to an API server.

    Parameters
    ----------
    host, port, prefix
        Where it is, and what stands before each of its paths.
    tls
        How it is checked, with what is shown of ourselves; None where it is spoken to without TLS, which is
        on this machine alone.
    token
        Gives what is shown at each request; empty where nothing is.
    """

    host: str
    port: int
    prefix: str = ""
    tls: ssl.SSLContext | None = None
    token: Callable[[], str] = str


def of_pod(folder: Path = SERVICE_ACCOUNT) -> ApiAccess:
    """Return the way that a pod has, by its service account.

    Raises
    ------
    InputError
        If this is no pod, or one without an account.
    """
    host = os.environ.get("KUBERNETES_SERVICE_HOST", "")
    port = os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    authority, token = folder / "ca.crt", folder / "token"
    if not host or not port.isdecimal() or not authority.is_file() or not token.is_file():
        allowed = "a pod with a service account; elsewhere --kubeconfig or --kubectl-proxy"
        raise InputError(Fault(what="is not run in a cluster", path="--cluster", allowed=allowed))
    tls = _checked(lambda: ssl.create_default_context(cafile=str(authority)), "--cluster", str(authority))
    return ApiAccess(host=host, port=int(port), tls=tls, token=lambda: _line_of(token))


def namespace_of_pod(folder: Path = SERVICE_ACCOUNT) -> str:
    """Return the namespace that this runs in; empty where it runs in no pod."""
    place = folder / "namespace"
    return _line_of(place) if place.is_file() else ""


def through_proxy(url: str) -> ApiAccess:
    """Return the way through `kubectl proxy`, which shows who we are.

    Raises
    ------
    InputError
        If it is not on this machine.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK or parts.query or parts.username:
        allowed = "http://127.0.0.1:8001, as `kubectl proxy` says it"
        raise InputError(
            Fault(what="is no proxy on this machine", path="--kubectl-proxy", value=url, allowed=allowed)
        )
    return ApiAccess(host=parts.hostname, port=parts.port or 80, prefix=parts.path.rstrip("/"))


def by_kubeconfig(path: str) -> ApiAccess:
    """Return the way that a kubeconfig's current context states.

    Raises
    ------
    InputError
        If there is no such file, it cannot be read, or its context needs a program to log in.
    """
    text, source = read_text(path)
    document = read_tree(text, source).document
    tree = document if isinstance(document, Mapping) else {}
    context = _named(tree, "contexts", "context", str(tree.get("current-context", "")), source)
    cluster = _named(tree, "clusters", "cluster", str(context.get("cluster", "")), source)
    user = _named(tree, "users", "user", str(context.get("user", "")), source)
    parts = urlsplit(str(cluster.get("server", "")))
    is_here = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or is_here):
        raise _fault("clusters.cluster.server", source, "an https address", str(cluster.get("server", "")))
    if str(cluster.get("insecure-skip-tls-verify", "false")).lower() == "true":
        raise _fault("clusters.cluster.insecure-skip-tls-verify", source, "certificate-authority", "true")
    if "exec" in user or "auth-provider" in user:
        raise _fault("users.user.exec", source, "a token or a certificate; else --kubectl-proxy")
    folder = Path(source).parent
    return ApiAccess(
        host=parts.hostname,
        port=parts.port or (80 if is_here else 443),
        prefix=parts.path.rstrip("/"),
        tls=None if is_here else _tls(cluster, user, folder, source),
        token=_token(user, folder),
    )


def _named(tree: Mapping[str, Any], section: str, noun: str, name: str, source: str) -> Mapping[str, Any]:
    listed = tree.get(section)
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, Mapping) and one.get("name") == name and isinstance(one.get(noun), Mapping):
            found: Mapping[str, Any] = one[noun]
            return found
    raise _fault(section, source, f"one that `current-context` names ({noun})", name)


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path, source: str) -> ssl.SSLContext:
    authority = _bytes(cluster, "certificate-authority", folder, source)

    def made() -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=authority.decode("ascii") if authority else None)
        shown = _bytes(user, "client-certificate", folder, source)
        if shown:
            with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # only we may read it
                file.write(shown + b"\n" + _bytes(user, "client-key", folder, source))
                file.flush()
                context.load_cert_chain(file.name)
        return context

    return _checked(made, "clusters.cluster.certificate-authority", source)


def _checked(made: Callable[[], ssl.SSLContext], path: str, source: str) -> ssl.SSLContext:
    try:
        return made()
    except (OSError, ValueError):  # what is wrong with a certificate or a key is an OSError
        raise _fault(path, source, "certificates and a key in PEM") from None


def _bytes(found: Mapping[str, Any], key: str, folder: Path, source: str) -> bytes:
    """Return what is stated as data or as a file; nothing where neither is."""
    if f"{key}-data" in found:
        try:
            return base64.b64decode(str(found[f"{key}-data"]), validate=True)
        except (binascii.Error, ValueError):
            raise _fault(f"{key}-data", source, "base64") from None
    if key not in found:
        return b""
    place = folder / str(found[key])
    try:
        return place.read_bytes()
    except OSError:
        raise _fault(key, source, "a file", str(place)) from None


def _token(user: Mapping[str, Any], folder: Path) -> Callable[[], str]:
    if "tokenFile" in user:
        place = folder / str(user["tokenFile"])
        return lambda: _line_of(place)
    said = str(user.get("token", ""))
    return lambda: said


def _line_of(place: Path) -> str:
    return place.read_text(encoding="ascii").strip()


def _fault(path: str, source: str, allowed: str, value: str = "") -> InputError:
    where = f"{source}: {path}"
    return InputError(Fault(what="cannot be used", path=where, value=value, allowed=allowed))
