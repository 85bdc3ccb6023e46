"""Two real servers: a case taken at one is found, answered and led to at the other, also after a cut."""

from __future__ import annotations

import re
import urllib.request
from html import unescape

from served_sites import ServedSite, served_sites, until


def case_form(site: ServedSite, text: str, key: str) -> tuple[str, str]:
    """Ask for help as a browser does; return the case and its receipt."""
    page = site.ask("/help", text=text, key=key)[1]
    receipt = re.search(r"(tidegate receipt 1\n.*?signature \w+)", unescape(page), re.DOTALL)
    assert receipt, page[:500]
    found = re.search(r"^case (\w+)$", receipt[1], re.MULTILINE)
    assert found
    return found[1], receipt[1]


def send_file(site: ServedSite, path: str, name: str, content: bytes) -> None:
    mark = "----a-boundary"
    head = f'--{mark}\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
    asked = urllib.request.Request(  # noqa: S310
        f"{site.url}{path}", body, {"content-type": f"multipart/form-data; boundary={mark}"}
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
        assert 200 == answer.status


def test_a_case_is_found_answered_and_led_to_at_any_site(tmp_path):
    """Taken while the other is away; its receipt is known there before the case; then both have one case."""
    with served_sites(tmp_path, "west", "east") as (west, east):
        until(lambda: west.login("admin", east.password) or west.login("admin", west.password))
        password = next(one for one in (west.password, east.password) if west.login("admin", one))
        until(lambda: east.login("admin", password))
        for name in ("ann", "bob"):
            said = {"name": name, "role": "responder", "password": f"{name} has a long word"}
            west.fill("/console/access", "/console/access", **said)

        # Who is asked to take an outage over at west sees it at east's console.
        until(lambda: east.login("bob", "bob has a long word"))
        assert west.login("ann", "ann has a long word")
        opened = west.fill("/console", "/console/outages", title="Sign-in fails")[1]
        outage = re.findall(r"/console/outages/([a-z0-9]{12})/hold", opened)[0]
        west.fill("/console", f"/console/outages/{outage}/hold", who="ann")
        west.fill("/console", f"/console/outages/{outage}/ask", who="bob")
        until(lambda: "ann asks you to take over" in east.ask("/console")[1])
        east.fill("/console", f"/console/outages/{outage}/hold", who="bob")
        until(lambda: "bob has it in hand" in west.ask(f"/console/outages/{outage}")[1])

        # Cut: the same customer asks at both, and each is told that it is kept.
        east.stop()
        case, receipt = case_form(west, "it is broken", "k1")
        west.stop()
        east.start()
        status, page = east.ask("/help/receipt", receipt=receipt)
        assert 202 == status
        assert re.search(r"Accepted by site west on .*This site has not heard of it yet", page)
        way = re.findall(r'href="(/help/case/[^"]+)"', page)[0]
        assert "This site has not heard of it yet" in east.ask(way)[1]
        assert 422 == east.ask("/help/receipt", receipt=receipt.replace("entry ", "entry 1"))[0]
        again, other = case_form(east, "it is broken", "k1")
        assert (case, True) == (again, receipt != other)

        west.start()
        for one in (west, east):
            assert one.login("bob", "bob has a long word")
            until(lambda one=one: "It came to site" in one.ask(f"/console/cases/{case}")[1])
        east.fill("/console", f"/console/cases/{case}/reply", text="It works again.")
        for site in (west, east):
            for text in (receipt, other):
                until(lambda site=site, text=text: 200 == site.ask("/help/receipt", receipt=text)[0])
            until(lambda site=site: "It works again." in site.ask(way)[1])
            assert 1 == site.ask("/console/cases")[1].count(f'href="/console/cases/{case}"')

        # A file stays where it was sent to, and is fetched from there when it is asked for.
        send_file(west, f"{way}/files", "trace.txt", b"what I saw")
        listed = east.ask(f"/console/cases/{case}/files")[1]
        found = re.findall(r'href="([^"]+trace[.]txt[^"]*)"', listed)[0]
        assert (200, "what I saw") == east.ask(unescape(found))
        assert 404 == east.ask(unescape(found).replace("trace", "other"))[0]
        assert 404 == east.ask(unescape(found).replace("at=west", "at=north"))[0]
