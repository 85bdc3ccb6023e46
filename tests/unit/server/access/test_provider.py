"""Login by way of a real OpenID Connect provider, beside local accounts, and with the provider gone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from server_sample import BASE, Browser, house

pytest.importorskip("authlib")
pytest.importorskip("joserfc")
requests = pytest.importorskip("requests")

PROVIDER = Path(__file__).parents[3] / "oidc_provider.py"
ANN = {"preferred_username": "ann", "groups": ["staff", "sre"]}


class Idp:
    """The provider as a process."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "idp.json"
        self.says(ANN)
        self.process = subprocess.Popen(
            [sys.executable, str(PROVIDER), str(self._file)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def says(self, claims: dict[str, object], key: str = "own") -> None:
        self._file.write_text(json.dumps({"claims": claims, "key": key}), encoding="utf-8")

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def idp(tmp_path) -> Iterator[Idp]:
    found = Idp(tmp_path)
    yield found
    found.end()


@pytest.fixture
def here(tmp_path, idp):
    with house(
        tmp_path, oidc_issuer=idp.url, oidc_client="tidegate", oidc_secret="a secret of the client",  # noqa: S106
        oidc_roles="sre=responder,leads=admin",
    ) as opened:  # fmt: skip
        yield opened


def gone_to(who: Browser) -> str:
    """Begin a login and let the provider send us back; return the address that it sends to."""
    sent = who.get("/console/login/provider")
    assert 303 == sent.status_code, sent.text
    asked = requests.get(sent.headers["location"], allow_redirects=False, timeout=10)
    return asked.headers["location"].removeprefix(BASE)


def came(who: Browser):
    return who.get(gone_to(who))


def test_an_operator_comes_in_with_the_provider(here):
    """The role is the claim's, the name is the provider's, and both stand in the journal."""
    ann = Browser(here)
    assert "Log in with the identity provider" in ann.get("/console/login").text
    assert "/console" == came(ann).headers["location"]
    assert "ann (127.0.0.1)" in ann.get("/console").text
    assert 303 == ann.post("/console/outages", title="Shop fails").status_code
    assert 403 == ann.get("/console/access").status_code
    with here.record.reading() as state:
        assert ("ann (127.0.0.1)", "responder") in {(one.name, one.role) for one in state.accounts()}
    count = len(list(here.journal.entries()))
    came(ann)
    assert count == len(list(here.journal.entries()))


def test_a_login_with_the_provider_leads_on(here):
    """To what was asked for, and to nothing outside the console."""
    for asked, led in (("/console/cases", "/console/cases"), ("//evil.example/", "/console")):
        ann = Browser(here)
        sent = ann.get(f"/console/login/provider?to={asked}").headers["location"]
        back = requests.get(sent, allow_redirects=False, timeout=10).headers["location"].removeprefix(BASE)
        assert led == ann.get(back).headers["location"]
    assert "/console/login/provider?to=/console/cases" in ann.get("/console/login?to=/console/cases").text


def test_the_highest_role_counts_and_none_keeps_out(here, idp):
    """Whoever the provider knows and gives no role here stays out."""
    idp.says({**ANN, "groups": ["leads", "sre"]})
    ann = Browser(here)
    came(ann)
    assert 200 == ann.get("/console/access").status_code
    idp.says({**ANN, "groups": "staff"})
    refused = came(Browser(here))
    assert (403, True) == (refused.status_code, "no role here" in refused.text)


@pytest.mark.parametrize(
    ("claims", "key"),
    [
        ({}, "other"),
        ({"iss": "https://evil.example"}, "own"),
        ({"aud": "another"}, "own"),
        ({"exp": 1_000_000_000}, "own"),
        ({"nonce": "replayed"}, "own"),
    ],
)
def test_a_word_that_is_not_the_providers_for_us_now_lets_nobody_in(here, idp, claims, key):
    """Signed by another, issued by another, for another, too old, or of another login."""
    idp.says({**ANN, **claims}, key)
    answer = came(Browser(here))
    assert (503, False) == (answer.status_code, "tidegate_session" in answer.headers.get("set-cookie", ""))


def test_a_login_that_was_not_begun_here_lets_nobody_in(here):
    """Another browser's way back, a changed state, a forged cookie, a code used twice."""
    ann, eve = Browser(here), Browser(here)
    back = gone_to(ann)
    assert 403 == eve.get(back).status_code
    assert 403 == ann.get(back.replace("state=", "state=x")).status_code
    state = parse_qs(urlsplit(back).query)["state"][0]
    eve.client.cookies.set(
        "tidegate_errand", f"{state}|n|v|99999999999|{'0' * 40}", path="/console/login/provider"
    )
    assert 403 == eve.get(back).status_code
    assert 303 == ann.get(back).status_code
    assert 403 == ann.get(back).status_code


def test_nobody_takes_a_local_account_over(here, idp):
    """A local account's name is let in by its password alone, and who was ended stays out."""
    name = "ann (127.0.0.1)"
    came(Browser(here))
    here.accounts.end(name, by="ada")
    ended = came(Browser(here))
    assert (403, True) == (ended.status_code, "was ended" in ended.text)
    here.accounts.declare(name, "viewer", "a-long-password", by="ada")
    local = came(Browser(here))
    assert (403, True) == (local.status_code, "local account" in local.text)


def test_with_the_provider_gone_local_accounts_come_in_as_ever(here, idp):
    """The other way says why it does not work; sessions that were begun go on."""
    ann = Browser(here)
    came(ann)
    idp.end()
    idp.process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE, text=True)
    back = Browser(here)
    with_cached = back.get("/console/login/provider")
    assert with_cached.status_code in {303, 503}
    assert 200 == ann.get("/console").status_code
    assert 303 == Browser(here).login("rob").status_code


def test_a_provider_that_never_answered_is_said_to_be_gone(tmp_path):
    """A clear sentence and the local form, within seconds."""
    with house(
        tmp_path, oidc_issuer="http://127.0.0.1:9", oidc_client="t", oidc_roles="sre=responder"
    ) as here:
        answer = Browser(here).get("/console/login/provider")
        assert (503, True) == (answer.status_code, "does not answer" in answer.text)
        assert 'name="password"' in answer.text
        assert 303 == Browser(here).login("rob").status_code


def test_without_a_provider_there_is_no_such_way(tmp_path):
    """Neither link nor page."""
    with house(tmp_path) as here:
        assert "identity provider" not in Browser(here).get("/console/login").text
        assert 303 != Browser(here).get("/console/login/provider").status_code
