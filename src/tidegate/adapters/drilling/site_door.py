"""How is a site asked in a drill? As its customers and operators do, over HTTP; who is away gives nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import quote

from tidegate.adapters.telemetry.guarded_http import Answer, GuardedHttp
from tidegate.errors import InputError
from tidegate.inform.site.manifest import read_manifest
from tidegate.present.site.outage import outage_path

Beside = Callable[[], AbstractContextManager[None]]
_LATE = re.compile(r'<p class="late">(.*?)</p>', re.DOTALL)
_WORD = re.compile(r"[a-z0-9-]+")
_API = "/api/v1"
_MOST_BYTES = 8 * 1024 * 1024
TIMEOUT_S = 5.0


class SiteDoor:
    """One site.

    Parameters
    ----------
    name
        The site's name in the record.
    url
        Where it is asked, without a slash at its end.
    token
        A token with the scopes read, outages, cases and metrics.
    page_url
        Where its public page is read; at the site itself where nothing is said.
    beside
        Gives what is entered to ask it from where it stands, also while its network is cut; None where that
        cannot be.
    """

    def __init__(
        self, name: str, url: str, token: str, page_url: str = "", beside: Beside | None = None
    ) -> None:
        self.name, self.url, self.page_url, self.beside = name, url, page_url or url, beside
        self._token = token
        self._from: Beside = nullcontext
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        self._http = GuardedHttp(timeout_s=TIMEOUT_S, may_be_private=True, most_bytes=_MOST_BYTES)

    def from_beside(self) -> SiteDoor:
        """Return the door at which customers of its own region stand."""
        made = SiteDoor(self.name, self.url, self._token, self.page_url, self.beside)
        made._from = self.beside or nullcontext
        return made

    def is_ready(self) -> bool:
        """Whether it takes cases."""
        return self._get(f"{self.url}/health/ready").is_ok

    def why_not(self) -> str:
        """Return why it cannot be drilled; empty where it can."""
        answer = self._get(f"{self.url}{_API}/sites", self._headers)
        if answer.is_ok:
            return "" if _read(answer).get("site") == self.name else f"it is another site than {self.name}"
        return answer.why or f"it answers {answer.status_count} to a token with the scope read"

    def heads(self) -> frozenset[tuple[str, int, str]] | None:
        """Return where each chain ends there; None where it does not say."""
        answer = self._get(f"{self.url}{_API}/sites", self._headers)
        if not answer.is_ok:
            return None
        chains = [chain for site in _read(answer).get("sites", ()) for chain in site["chains"]]
        return frozenset((str(one["chain"]), int(one["entries"]), str(one["hash"])) for one in chains)

    def open_exercise(self, title: str, *, is_private: bool) -> str:
        """Open an outage that is an exercise; return its id, empty where it was not taken."""
        return str(self._say("/outages", title=title, exercise=True, private=is_private).get("id", ""))

    def publish(self, outage: str) -> bool:
        """Publish the words that were drafted for it."""
        return bool(self._say(f"/outages/{quote(outage)}/publish", despite=True))

    def end_exercise(self, outage: str) -> bool:
        """Say that an exercise is over."""
        return bool(self._say(f"/outages/{quote(outage)}/events", event="end_exercise"))

    def ask_for_help(self, text: str, contact: str, key: str) -> str:
        """Send a case of the drill; return its id, empty where it was not accepted with a receipt."""
        said = self._say("/cases", text=text, contact=contact, key=key, exercise=True)
        return str(said.get("case", "")) if said.get("receipt") else ""

    def declare(self, component: str, title: str) -> bool:
        """Declare a component: a page without one shows nothing."""
        body = json.dumps({"title": title}).encode()
        url = f"{self.url}{_API}/components/{quote(component)}"
        return self._ask("PUT", url, body).is_ok

    def subscribe(self, channel: str) -> bool:
        """Have an operators' channel hear of everything."""
        return bool(self._say("/subscriptions", channel="operators", address=channel, vouch=True))

    def has_case(self, case: str) -> bool:
        """Whether it has a case."""
        return self._get(f"{self.url}{_API}/cases/{quote(case)}", self._headers).is_ok

    def has_words(self, outage: str) -> bool:
        """Whether it knows the words about an outage."""
        answer = self._get(f"{self.url}{_API}/outages/{quote(outage)}", self._headers)
        return answer.is_ok and bool(_read(answer).get("updates"))

    def shows(self, outage: str, mark: str) -> bool:
        """Whether its public site has a page of an outage that holds a mark."""
        answer = self._get(f"{self.page_url}/{outage_path(outage)}")
        return answer.is_ok and mark in answer.body.decode("utf-8", "replace")

    def says_apart(self, names: Sequence[str]) -> bool:
        """Whether the front of its public site says of each of these sites that it was not heard lately."""
        if not names:
            return True
        answer = self._get(f"{self.page_url}/")
        told = _LATE.findall(answer.body.decode("utf-8", "replace")) if answer.is_ok else []
        return all(any(name in _WORD.findall(text) for text in told) for name in names)

    def believed_until_s(self) -> float | None:
        """Return until when its public site may be believed, in seconds since 1970; None for not at all."""
        answer = self._get(f"{self.page_url}/manifest.json")
        try:
            return read_manifest(answer.body).until_s if answer.is_ok else None
        except InputError:
            return None

    def has_console(self) -> bool:
        """Whether operators find their console."""
        answer = self._get(f"{self.url}/console")
        return 0 < answer.status_count < 500  # without a login it leads to one

    def measures(self) -> Mapping[str, float] | None:
        """Return what it measures of itself, by name; None where it does not say."""
        answer = self._get(f"{self.url}/metrics", self._headers)
        if not answer.is_ok:
            return None
        rows = [line.rpartition(" ") for line in answer.body.decode("utf-8", "replace").splitlines()]
        return {name: _number(value) for name, _, value in rows if name and not name.startswith("#")}

    def _get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        with self._from():
            return self._http.get(url, headers)

    def _ask(self, method: str, url: str, body: bytes) -> Answer:
        with self._from():
            return self._http.ask(method, url, headers=self._headers, body=body)

    def _say(self, path: str, **fields: object) -> dict[str, Any]:
        body = json.dumps(fields).encode()
        answer = self._ask("POST", f"{self.url}{_API}{path}", body)
        return _read(answer) if answer.is_ok else {}


def _read(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
