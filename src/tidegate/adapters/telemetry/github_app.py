"""As whom is GitHub answered? As an App's installation, by a token for an hour and one repository.

The App proves itself by a JSON Web Token that its private key signed (RS256, at most ten minutes), and asks
for a token that may do no more than review deployments of one repository. Or a token stands in a file.

Source: GitHub's guide to authenticating as a GitHub App installation; RFC 7515 and 7519.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tidegate.adapters.files.secret_text import SecretText
from tidegate.adapters.telemetry.allowed_http import AllowedHttp
from tidegate.adapters.telemetry.guarded_http import Answer
from tidegate.errors import Fault, InputError

ACCEPT: Mapping[str, str] = {
    "accept": "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
    "content-type": "application/json",
}
_EARLIER_S, _LASTS_S = 60, 480
"""Clocks differ: it began a minute ago, and ends before the ten minutes that GitHub allows."""
_LEAST_BITS = 2048


class GithubApp:
    """An App.

    Parameters
    ----------
    app
        Its id, or its client id.
    key
        Its private key, in PEM.
    clock
        Gives the seconds since 1970.

    Raises
    ------
    InputError
        If the key is none.
    """

    def __init__(self, app: str, key: SecretText, clock: Callable[[], float]) -> None:
        self._app, self._key, self._clock = app, key, clock
        _read_key(key.text)

    def proof(self) -> str:
        """Return the token by which the App proves itself."""
        now_s = int(self._clock())
        head = {"alg": "RS256", "typ": "JWT"}
        said = {"iat": now_s - _EARLIER_S, "exp": now_s + _LASTS_S, "iss": self._app}
        signed = f"{_coded(_json(head))}.{_coded(_json(said))}"
        mark = _read_key(self._key.text).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_coded(mark)}"

    def token(
        self, http: AllowedHttp, base_url: str, installation: int, repository: str
    ) -> tuple[str, Answer]:
        """Return a token for one repository, and what GitHub answered; the token is empty where it gave none.

        Parameters
        ----------
        http
            Asks.
        base_url
            Where the API begins.
        installation
            Of the App.
        repository
            As OWNER/NAME.
        """
        wanted = {
            "repositories": [repository.rpartition("/")[2]],
            "permissions": {"deployments": "write"},
        }
        answer = http.ask(
            "POST",
            f"{base_url}/app/installations/{installation}/access_tokens",
            headers={**ACCEPT, "authorization": f"Bearer {self.proof()}"},
            body=_json(wanted),
        )
        return (_token(answer.body) if answer.is_ok else ""), answer


def _token(body: bytes) -> str:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    token = found.get("token") if isinstance(found, dict) else None
    return token if isinstance(token, str) and token.isascii() and token.isprintable() else ""


def _read_key(text: str) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < _LEAST_BITS:
        allowed = f"an RSA key of {_LEAST_BITS} bits or more in PEM, without a password, as GitHub gives it"
        raise InputError(Fault(what="is no private key of an App", path="--github-key", allowed=allowed))
    return key


def _json(found: Mapping[str, Any]) -> bytes:
    return json.dumps(found, separators=(",", ":")).encode()


def _coded(found: bytes) -> str:
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode()
