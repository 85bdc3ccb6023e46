"""GitHub's deployment protection rules: asked before a workflow's job deploys, and called back.

The event `deployment_protection_rule` is signed (HMAC-SHA256 of the body in `X-Hub-Signature-256`) and
answered with 200 at once; approved or rejected is said to its `deployment_callback_url`, with a token of the
App's installation. What the deployment changes is read off its payload

    {"tidegate": {"system": "kubernetes", "changes": [{"address": "prod/shop", "from": 4, "to": 25}]}}

or, as a deployment of a workflow's job carries none, off the activities that a world states as
`known_as: {github: OWNER/REPOSITORY/ENVIRONMENT}`. What neither says is in doubt.

Source: GitHub's guide to custom deployment protection rules, its reference of webhooks, and its REST API
(Review custom deployment protection rules for a workflow run).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.gate.asking.contracts.plain import stated_plan
from tidegate.gate.asking.intent import Intent, Resized, resizing
from tidegate.gate.asking.message import Asked, Heard
from tidegate.gate.asking.outcome_text import markdown_of
from tidegate.gate.asking.ruling import Mode, Policy
from tidegate.gate.asking.stated_step import stated_step
from tidegate.gate.change.plan import Plan
from tidegate.world.world import World

SIGNATURE = "x-hub-signature-256"
NAME = "github"
_EVENT = "deployment_protection_rule"
_CALLBACK = re.compile(
    r"(?P<base>https://[A-Za-z0-9.:-]+(?:/api/v3)?)/repos/(?P<repository>[\w.-]+/[\w.-]+)/actions/runs/"
    r"(?P<run>[0-9]{1,20})/deployment_protection_rule",
    re.ASCII,
)
_REPOSITORY = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A job that waits for leave to deploy.

    Parameters
    ----------
    repository, environment
        Where from, as OWNER/NAME, and where to.
    callback_url, base_url
        Where the answer goes, and where the API begins there.
    installation, number
        That of the App, by whose token is answered, and that of the deployment; 0 where GitHub names none.
    plan
        What its payload says that it changes; None where it says nothing.
    commit, asked_by
        What is deployed, and who asked for it.
    """

    repository: str
    environment: str
    callback_url: str
    base_url: str
    installation: int = 0
    number: int = 0
    plan: Plan | None = None
    commit: str = ""
    asked_by: str = ""

    @property
    def key(self) -> str:
        """What makes two events the same: the run, its environment, and which deployment there that is."""
        return f"{self.callback_url} {self.environment} {self.number}"

    @property
    def name(self) -> str:
        """As a world knows what is deployed."""
        return f"{self.repository}/{self.environment}"

    def intent(self, worlds: Sequence[World]) -> Intent:
        """Return what is asked about."""
        unknown = Resized(address=self.name, before_count=None, after_count=None, attribute="deployment")
        plan = self.plan or stated_step(worlds, NAME, self.name) or resizing(NAME, unknown)
        return Intent(caller=NAME, plan=plan, reference=self.commit, asked_by=self.asked_by)


def read_deployment(heard: Heard) -> Deployment | None:
    """Return what an event asks; None where it asks nothing.

    Raises
    ------
    InputError
        With all that is not as GitHub sends it.
    """
    document = heard.document()
    if heard.headers.get("x-github-event") != _EVENT or document.get("action") != "requested":
        return None
    faults: list[Fault] = []
    environment, url = (_text(document, key, faults) for key in ("environment", "deployment_callback_url"))
    repository = _text(_mapping(document.get("repository")), "full_name", faults, "repository.")
    found = _CALLBACK.fullmatch(url)
    if url and (found is None or found["repository"].lower() != repository.lower()):
        allowed = "that of a run of the repository that asks"
        faults.append(Fault(what="is no callback", path="deployment_callback_url", allowed=allowed))
    if repository and not _REPOSITORY.fullmatch(repository):
        faults.append(Fault(what="is no repository", path="repository.full_name", allowed="OWNER/NAME"))
    deployment = _mapping(document.get("deployment"))
    installation = _number(document, "installation", faults)
    number = _number(document, "deployment", faults)
    plan = _plan(deployment.get("payload"), faults)
    if faults or found is None:
        raise InputError(*faults)
    return Deployment(
        repository=repository,
        environment=environment,
        callback_url=url,
        base_url=found["base"],
        installation=installation,
        number=number,
        plan=plan,
        commit=str(deployment.get("sha") or ""),
        asked_by=str(_mapping(document.get("sender")).get("login") or ""),
    )


def review(deployment: Deployment, asked: Asked, policy: Policy) -> Mapping[str, str]:
    """Return the answer to a deployment."""
    state = "rejected" if asked.is_held_up(policy) else "approved"
    said = {"environment_name": deployment.environment, "state": state}
    return said if policy.mode is Mode.PREVIEW else {**said, "comment": markdown_of(asked.ruling)}


def _plan(payload: object, faults: list[Fault]) -> Plan | None:
    """Return what a payload says that changes; None where it says nothing to us."""
    if isinstance(payload, str) and payload.strip().startswith("{"):  # as who made the deployment wrote it
        try:
            payload = json.loads(payload)
        except (ValueError, RecursionError):
            faults.append(Fault(what="is no JSON", path="deployment.payload", allowed="a JSON object"))
    own = payload.get("tidegate") if isinstance(payload, dict) else None
    if own is None:
        return None
    path = "deployment.payload.tidegate"
    if not isinstance(own, dict):
        faults.append(Fault(what="is no JSON object", path=path, allowed="system and changes"))
        return None
    return stated_plan(own, faults, path=path)


def _number(document: Mapping[str, Any], key: str, faults: list[Fault]) -> int:
    found = _mapping(document.get(key)).get("id", 0)
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**63:
        return found
    faults.append(Fault(what="is no number", path=f"{key}.id", allowed="that of GitHub"))
    return 0


def _mapping(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _text(document: Mapping[str, Any], key: str, faults: list[Fault], path: str = "") -> str:
    found = document.get(key)
    if isinstance(found, str) and 0 < len(found) <= 1_000:
        return found
    faults.append(Fault(what="is missing" if not found else "is no short text", path=f"{path}{key}"))
    return ""
