"""How does an operator come in by way of an identity provider? Sent there, and back with its word.

Local accounts do not depend on it: while the provider is gone, they come in as ever. What a login needs to
come back stands in a signed cookie for ten minutes, so nobody is logged in by a link that others made.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tidegate.adapters.openid import OpenId
from tidegate.errors import CannotTellError, InputError
from tidegate.journal.entry_kinds import ROLES
from tidegate.present.console.frame import CONSOLE
from tidegate.present.console.operator_login import login_page
from tidegate.server.access.visit import COOKIE, own_way

if TYPE_CHECKING:
    from tidegate.server.house import House

_LOG = logging.getLogger("tidegate.provider")
WAY = f"{CONSOLE}/login/provider"
_BACK = f"{WAY}/back"
_ERRAND_COOKIE = "tidegate_errand"
_ERRAND_S = 600.0
_NAMES = ("preferred_username", "email", "sub")
_MOST_LETTERS = 60


class Provider:
    """Login by way of one provider.

    Parameters
    ----------
    house
        The server.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        setting = house.setting
        self._openid = OpenId(setting.oidc_issuer, setting.oidc_client, setting.oidc_secret)

    def routes(self) -> list[Route]:
        """Return the pages by their addresses; none where no provider is set up."""
        if not self._house.setting.oidc_issuer:
            return []
        return [
            Route(WAY, self.begin, methods=["GET"]),
            Route(_BACK, self.finish, methods=["GET"]),
        ]

    async def begin(self, request: Request) -> Response:
        """Send somebody to the provider."""
        house = self._house
        try:
            errand = await run_in_threadpool(self._openid.begin, f"{house.url}{_BACK}")
        except CannotTellError as error:
            return self._refused(f"{error}. Local accounts come in as ever.", 503)
        until_s = house.record.clock() + _ERRAND_S
        to = quote(own_way(request.query_params.get("to", "")), safe="")
        said = f"{errand.state}|{errand.nonce}|{errand.verifier}|{to}|{until_s:.0f}"
        answer = RedirectResponse(errand.url, status_code=303)
        answer.set_cookie(
            _ERRAND_COOKIE, f"{said}|{house.accounts.mark('errand', said)}", max_age=round(_ERRAND_S),
            path=WAY, httponly=True, samesite="lax", secure=house.url.startswith("https://"),
        )  # fmt: skip
        return answer

    async def finish(self, request: Request) -> Response:
        """Let in whoever comes back with the provider's word, as far as it gives them a role."""
        house, query = self._house, request.query_params
        errand = self._errand(request)
        if errand is None or not hmac.compare_digest(
            query.get("state", "").encode("utf-8", "replace"), errand[0].encode()
        ):
            return self._refused("This login was not begun here, or too long ago. Begin it again.", 403)
        if not query.get("code"):
            return self._refused("The identity provider let nobody in.", 403)
        _, nonce, verifier, to = errand
        try:
            claims = await run_in_threadpool(
                self._openid.finish, f"{house.url}{_BACK}", query["code"], nonce=nonce, verifier=verifier,
                now_s=house.record.clock(),
            )  # fmt: skip
        except CannotTellError as error:
            _LOG.warning("a login with the provider failed", extra={"why": str(error)})
            return self._refused(f"{error}. Local accounts come in as ever.", 503)
        return await run_in_threadpool(self._let_in, claims, to)

    def _let_in(self, claims: Mapping[str, Any], to: str) -> Response:
        house, role = self._house, self._role(claims)
        if not role:
            return self._refused("The identity provider knows you, and gives you no role here.", 403)
        try:
            cookie = house.accounts.enter(self._name(claims), role, house.record.clock())
        except InputError as error:
            return self._refused(f"You are not let in: {error.faults[0].what}.", 403)
        answer = RedirectResponse(to, status_code=303)
        answer.set_cookie(
            COOKIE, cookie, max_age=round(house.setting.session_s), path=CONSOLE, httponly=True,
            samesite="lax", secure=house.url.startswith("https://"),
        )  # fmt: skip
        answer.delete_cookie(_ERRAND_COOKIE, path=WAY)
        return answer

    def _errand(self, request: Request) -> tuple[str, str, str, str] | None:
        """Return state, nonce, verifier and way on of the login that this browser began."""
        said, _, mark = request.cookies.get(_ERRAND_COOKIE, "").rpartition("|")
        right = self._house.accounts.mark("errand", said)
        if not said or not hmac.compare_digest(mark.encode("utf-8", "replace"), right.encode()):
            return None
        state, nonce, verifier, to, until = said.split("|")
        is_over = self._house.record.clock() >= float(until)
        return None if is_over else (state, nonce, verifier, unquote(to))

    def _role(self, claims: Mapping[str, Any]) -> str:
        """Return the highest role that the claim gives; empty for none."""
        setting = self._house.setting
        found = claims.get(setting.oidc_claim, ())
        values = found if isinstance(found, list) else [found]
        roles = [setting.oidc_roles.get(one, "") for one in values if isinstance(one, str)]
        return max(filter(None, roles), key=ROLES.index, default="")

    def _name(self, claims: Mapping[str, Any]) -> str:
        """Return what somebody is called in the record: with the provider, so that it is nobody else's."""
        found = (claims.get(name) for name in _NAMES)
        called = next(one for one in found if isinstance(one, str) and one.strip())
        host = urlsplit(self._house.setting.oidc_issuer).hostname or ""
        plain = "".join(sign for sign in called if sign.isprintable()).strip()
        return f"{plain[: _MOST_LETTERS - 25]} ({host[:22]})"

    def _refused(self, said: str, status: int) -> Response:
        text = login_page(self._house.setting.name, said=said, provider=WAY)
        return HTMLResponse(text, status_code=status)
