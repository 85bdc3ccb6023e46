"""Two real servers: a password, a token, an ended session and an address hold at the other within seconds."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request

from served_sites import ServedSite, served_sites, until
from tidegate.adapters.store.secrets_file import SecretsFile


def bearer(site: ServedSite, token: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    asked = urllib.request.Request(f"{site.url}/api/v1/outages", headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def case(site: ServedSite, text: str) -> dict[str, str]:
    asked = urllib.request.Request(  # noqa: S310
        f"{site.url}/api/v1/cases", json.dumps({"text": text}).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
        found: dict[str, str] = json.loads(answer.read())
    return found


def test_what_is_secret_at_one_site_holds_at_the_other(tmp_path):
    """Accounts, tokens, sessions, addresses; then a site is retired and told nothing, keys are renewed."""
    with served_sites(tmp_path, "west", "east") as (west, east):
        kept = [SecretsFile(one.data) for one in (west, east)]
        until(lambda: kept[0].mark() == kept[1].mark())
        # Of two first starts' passwords the earlier holds at both, and the other opens nothing any more.
        first, other = (west, east) if west.login("admin", west.password) else (east, west)
        password = first.password
        assert not first.login("admin", other.password)
        assert west.login("admin", password)
        assert east.login("admin", password)

        account = {"name": "ann", "role": "responder", "password": "a long enough word"}
        west.fill("/console/access", "/console/access", **account)
        until(lambda: east.login("ann", "a long enough word"))

        made = west.fill("/console/access", "/console/access/token", title="ci", scope="outages")[1]
        token = re.findall(r"tg_[0-9a-f]{8}_[\w-]+", made)[0]
        assert 401 != bearer(west, token)
        until(lambda: bearer(east, token) == bearer(west, token))
        east.login("admin", password)
        until(lambda: token[3:11] in east.ask("/console/access")[1])
        east.fill("/console/access", "/console/access/token/drop", id=token[3:11])
        until(lambda: 401 == bearer(west, token))

        # A session of west's is one of east's, and once it was ended there it is ended here.
        cookie = next(one.value for one in west.jar if one.name == "tidegate_session")
        for one in east.jar:
            one.value = cookie
        assert "/console/logout" in east.ask("/console")[1]
        east.fill("/console/access", "/console/logout")
        until(lambda: "/console/logout" not in west.ask("/console")[1])

        way = case(west, "it is broken")["page"].removeprefix(west.url)
        until(lambda: 200 == east.ask(way)[0])

        west.run("site", "retire", "east", "--because", "given up")
        until(lambda: kept[0].held.key != kept[1].held.key)
        assert 200 == west.ask(way)[0], "an address that was handed out holds"
        assert west.login("admin", password)
        west.fill("/console/access", "/console/access", **{**account, "password": "another long word"})
        assert west.login("ann", "another long word")
        assert not east.login("ann", "another long word"), "who was retired is told nothing more"
        until(lambda: 503 == east.ask("/health/ready")[0])
        assert [200, 200] == [east.ask("/")[0], west.ask("/health/ready")[0]]


def test_a_first_start_beside_a_site_that_has_an_account_makes_none(tmp_path):
    with served_sites(tmp_path, "west", "east") as (west, east):
        until(lambda: SecretsFile(west.data).mark() == SecretsFile(east.data).mark())
        password = west.password if west.login("admin", west.password) else east.password
        east.stop()
        (east.data / "secrets.json").unlink()
        east.password = ""
        east.start()
        assert "" == east.password
        until(lambda: east.login("admin", password))
