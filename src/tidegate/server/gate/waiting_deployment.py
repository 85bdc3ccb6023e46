"""A deployment of GitHub that waits: what it changes is looked up, and it is approved or rejected."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tidegate.adapters.files.secret_text import SecretText
from tidegate.adapters.telemetry.allowed_http import AllowedHttp
from tidegate.adapters.telemetry.github_app import ACCEPT, GithubApp
from tidegate.adapters.telemetry.guarded_http import Answer
from tidegate.gate.asking.contracts.github import NAME, Deployment, review
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.message import Asked
from tidegate.gate.asking.ruling import Policy, Ruling

if TYPE_CHECKING:
    from tidegate.world.world import World

HOSTS = (("api.github.com", 443),)
WITHIN_S = 1_800.0


class WaitingDeployment:
    """A deployment that waits.

    Parameters
    ----------
    deployment
        What was asked.
    worlds
        Gives those in which it is looked up.
    http
        Asks the hosts that are allowed.
    credential
        The App, or a token that stands in a file.
    """

    caller = NAME
    holds = True
    is_sure = False

    def __init__(
        self,
        deployment: Deployment,
        worlds: Callable[[], Sequence[World]],
        http: AllowedHttp,
        credential: GithubApp | SecretText,
    ) -> None:
        self._deployment, self._worlds = deployment, worlds
        self._http, self._credential = http, credential
        self._token = ""
        self.within_s = WITHIN_S
        self.key = f"github {deployment.key}"

    async def question(self) -> tuple[Intent, Ruling | None]:
        """Return what it changes."""
        return self._deployment.intent(self._worlds()), None

    async def progress(self, ruling: Ruling) -> None:
        """Say nothing: a deployment waits for thirty days."""

    async def answer(self, asked: Asked, policy: Policy) -> Answer:
        """Approve or reject it."""
        return await asyncio.to_thread(self._answer, asked, policy)

    def _answer(self, asked: Asked, policy: Policy) -> Answer:
        one = self._deployment
        if isinstance(self._credential, SecretText):
            self._token = self._credential.text
        elif not self._token:
            self._token, given = self._credential.token(
                self._http, one.base_url, one.installation, one.repository
            )
            if not self._token:
                return given if not given.is_ok else Answer(why="GitHub gave no token")
        said = {**ACCEPT, "authorization": f"Bearer {self._token}"}
        body = json.dumps(review(one, asked, policy)).encode()
        return self._http.ask("POST", one.callback_url, headers=said, body=body)
