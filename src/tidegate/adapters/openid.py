"""Who is this, as an OpenID Connect provider says? The authorization code flow with PKCE, and the id token.

Authlib speaks the protocol, and is loaded only where a provider is set up. Everything here asks another
machine, so it is called in a thread; what goes wrong there is said, and nothing else depends on it.

Sources: https://openid.net/specs/openid-connect-core-1_0.html, RFC 7636 (PKCE), RFC 8414.
"""

from __future__ import annotations

import importlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.errors import CannotTellError

TIMEOUT_S = 5.0
KEPT_S = 3600.0
LEEWAY_S = 60
ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA")
"""What id tokens may be signed with: public keys only, so that nobody who knows the client's secret can."""


@dataclass(frozen=True, kw_only=True)
class Errand:
    """A login that was begun: where the browser is sent, and what proves that it comes back from there."""

    url: str
    state: str
    nonce: str
    verifier: str


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        says = "login with a provider needs Authlib: pip install tidegate[oidc]"
        raise CannotTellError(says) from None


class OpenId:
    """Logs people in with one provider.

    Parameters
    ----------
    issuer
        The provider.
    client, secret
        Who this server is there.
    """

    def __init__(self, issuer: str, client: str, secret: str) -> None:
        self._issuer = issuer.rstrip("/")
        self._client, self._secret = client, secret
        self._known: tuple[float, Mapping[str, Any]] | None = None

    def begin(self, back: str) -> Errand:
        """Return where to send a browser that comes back to `back`.

        Raises
        ------
        CannotTellError
            If the provider does not answer, or not as it should.
        """
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        session = self._session(back)
        url, state = session.create_authorization_url(
            str(self._provider()["authorization_endpoint"]), code_verifier=verifier, nonce=nonce
        )
        return Errand(url=url, state=state, nonce=nonce, verifier=verifier)

    def finish(self, back: str, code: str, *, nonce: str, verifier: str, now_s: float) -> Mapping[str, Any]:
        """Return what the provider says of whoever came back with a code.

        Raises
        ------
        CannotTellError
            If the provider does not answer, or what it says is not its own, not for us or too old.
        """
        provider = self._provider()
        try:
            token = self._session(back).fetch_token(
                str(provider["token_endpoint"]), code=code, code_verifier=verifier, timeout=TIMEOUT_S
            )
            keys = self._asked(str(provider["jwks_uri"]))
            return self._checked(str(token["id_token"]), keys, nonce=nonce, now_s=now_s)
        except CannotTellError:
            raise
        except Exception as error:  # noqa: BLE001  whatever a library makes of another machine's answer
            says = f"the identity provider's answer cannot be used: {type(error).__name__}"
            raise CannotTellError(says) from None

    def _checked(self, token: str, keys: Mapping[str, Any], *, nonce: str, now_s: float) -> Mapping[str, Any]:
        jwt, jwk = _module("joserfc.jwt"), _module("joserfc.jwk")
        found = jwt.decode(token, jwk.KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))
        rules = jwt.JWTClaimsRegistry(
            now=int(now_s),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": str(self._provider()["issuer"])},
            aud={"essential": True, "value": self._client},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        rules.validate(found.claims)
        claims: Mapping[str, Any] = found.claims
        return claims

    def _session(self, back: str) -> Any:
        library = _module("authlib.integrations.requests_client")
        return library.OAuth2Session(
            self._client, self._secret or None, redirect_uri=back, scope="openid profile email",
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
        )  # fmt: skip

    def _provider(self) -> Mapping[str, Any]:
        """Return what the provider says of itself; asked again after an hour."""
        now_s = time.monotonic()
        if self._known is None or now_s - self._known[0] > KEPT_S:
            found = self._asked(f"{self._issuer}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != self._issuer:
                raise CannotTellError("the identity provider calls itself otherwise than the settings do")
            missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - found.keys()
            if missing:
                raise CannotTellError(f"the identity provider does not say its {', '.join(sorted(missing))}")
            self._known = (now_s, found)
        return self._known[1]

    def _asked(self, url: str) -> Mapping[str, Any]:
        requests = _module("requests")
        try:
            answer = requests.get(url, timeout=TIMEOUT_S, allow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
        except (requests.RequestException, ValueError):
            raise CannotTellError("the identity provider does not answer") from None
        if not isinstance(found, dict):
            raise CannotTellError("the identity provider does not answer with what was asked")
        return found
