"""The console: who may come in, what each may do, and that no other site can act in their name."""

from __future__ import annotations

import re

import pytest

from server_sample import PASSWORD, Browser, ask, house, receipt_in
from tidegate.track.receipt import read_receipt

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def here(tmp_path):
    with house(tmp_path, with_world=True) as opened:
        opened.rounds.turn()
        yield opened


def opened(rob: Browser, **fields: str) -> str:
    answer = rob.post("/console/outages", **{"cause": "login", **fields})
    return re.search(r"outages/(\w+)", answer.headers["location"])[1]


@pytest.mark.parametrize(
    "path", ["", "/outages", "/cases", "/cases.csv", "/maintenance", "/components", "/access"]
)
def test_nobody_unknown_sees_anything(here, path):
    """Every page leads a stranger to the login."""
    answer = Browser(here).get(f"/console{path}")
    way = f"/console/login?to=/console{path}" if path else "/console/login"
    assert (303, way) == (answer.status_code, answer.headers["location"])


def test_login_says_the_same_for_a_wrong_name_and_a_wrong_password(here):
    """Whoever guesses does not learn which names there are; after ten tries they wait."""
    guess = Browser(here)
    wrong = [guess.login("rob", "not-the-password"), guess.login("nobody", "not-the-password")]
    assert [401, 401] == [answer.status_code for answer in wrong]
    # What was typed stands there again, so that only the password is typed anew.
    assert 'value="rob"' in wrong[0].text
    assert wrong[0].text.replace('value="rob"', 'value="nobody"') == wrong[1].text
    tries = [guess.login("rob", "not-the-password").status_code for _ in range(10)]
    assert 429 == tries[-1]


def test_a_session_ends_by_time_by_logout_and_by_a_new_password(here):
    """An old cookie, a session that was left and one of before a new password open nothing."""
    rob, other = Browser(here), Browser(here)
    rob.login("rob")
    other.login("rob")
    assert 200 == rob.get("/console").status_code
    rob.post("/console/logout")
    assert [303, 200] == [one.get("/console").status_code for one in (rob, other)]
    here.accounts.declare("rob", "responder", "another-long-password", by="test")
    assert 303 == other.get("/console").status_code
    cookie = here.accounts.login("rob", "another-long-password", 1_000.0)
    assert here.accounts.visitor(cookie, 1_000.0 + here.setting.session_s - 1) is not None
    assert here.accounts.visitor(cookie, 1_000.0 + here.setting.session_s) is None
    assert here.accounts.visitor(cookie[:-1] + ("A" if cookie[-1] != "A" else "x"), 1_000.0) is None


def test_the_cookie_is_for_us_alone(here):
    """No script reads it, no other site sends it along with a form, and it goes to the console only."""
    said = Browser(here).login("rob").headers["set-cookie"].lower()
    assert all(part in said for part in ("httponly", "samesite=lax", "path=/console"))


def test_each_role_may_what_it_may(here):
    """A viewer reads, a responder acts, an admin says who may; everything else is refused."""
    vera, rob, ada = Browser(here), Browser(here), Browser(here)
    for who, name in ((vera, "vera"), (rob, "rob"), (ada, "ada")):
        who.login(name)
    outage = opened(rob)
    assert 200 == vera.get(f"/console/outages/{outage}").status_code
    assert '<button type="submit">Publish' not in vera.get(f"/console/outages/{outage}").text
    assert 403 == vera.post(f"/console/outages/{outage}/move", event="confirm").status_code
    assert [403, 403, 200] == [who.get("/console/access").status_code for who in (vera, rob, ada)]
    assert 403 == rob.post("/console/access/token", title="x", scope="read").status_code


def test_no_other_site_can_act_for_an_operator(here):
    """Without the form's mark, with another session's, or from another site: nothing is done."""
    rob, ada = Browser(here), Browser(here)
    rob.login("rob")
    ada.login("ada")
    fields = {"title": "forged", "cause": ""}
    elsewhere = {"sec-fetch-site": "cross-site"}
    answers = [
        rob.client.post("/console/outages", data=fields),
        rob.client.post("/console/outages", data={**fields, "csrf": ada.csrf()}),
        rob.client.post("/console/outages", data={**fields, "csrf": rob.csrf()}, headers=elsewhere),
    ]
    assert [403, 403, 403] == [answer.status_code for answer in answers]
    with here.record.reading() as state:
        assert () == state.outages()


def test_from_opening_to_the_public_in_one_action(here):
    """An outage opened by its cause has words ready; one button makes them public, as they were shown."""
    rob = Browser(here)
    rob.login("rob")
    outage = opened(rob)
    name, words = rob.draft(outage)
    assert "Affected: buyers (paying)." in words
    answer = rob.post(f"/console/outages/{outage}/publish", **{"draft": name, "text-en": words})
    assert (303, "published") == (answer.status_code, answer.headers["location"].rpartition("=")[2])
    public = Browser(here).get("/").text
    assert "Sign-in is disturbed" in public
    assert "What you can do:" in public
    assert "No draft waits" in rob.get(f"/console/outages/{outage}").text


def test_words_that_break_a_rule_are_not_public_unless_somebody_says_so(here):
    """The page shows what is wrong, keeps what was typed, and takes a decision to publish all the same."""
    rob = Browser(here)
    rob.login("rob")
    outage = opened(rob)
    name, _ = rob.draft(outage)
    refused = rob.post(f"/console/outages/{outage}/publish", **{"draft": name, "text-en": "Login is slow."})
    assert 422 == refused.status_code
    assert "It promises no next update" not in refused.text
    assert "It does not say since when" in refused.text
    assert "Login is slow." in refused.text
    name, _ = rob.draft(outage)
    done = rob.post(
        f"/console/outages/{outage}/publish", **{"draft": name, "text-en": "Login is slow.", "despite": "yes"}
    )
    assert 303 == done.status_code


def test_everything_an_operator_does_is_on_record(here):
    """Hold, move, change, try, note, correct, merge: each is in the outage's story, by its operator."""
    rob = Browser(here)
    rob.login("rob")
    outage, other = opened(rob), opened(rob, cause="shop")
    own = f"/console/outages/{outage}"
    answers = [
        rob.post(f"{own}/hold", who="rob"),
        rob.post(f"{own}/move", event="confirm"),
        rob.post(f"{own}/change", **{"status-login": "degraded_performance"}),
        rob.post(f"{own}/tried", what="restarted it", effect="nothing"),
        rob.post(f"{own}/note", text="it smells of DNS"),
        rob.post(f"{own}/correct", title="Nobody can sign in", because="the title was vague", cause="login"),
        rob.post(f"{own}/merge", into=other),
    ]
    assert [303] * 7 == [answer.status_code for answer in answers]
    with here.record.reading() as state:
        kinds = [entry.kind for entry in state.story(outage) if entry.by == "rob"]
        one = state.outage(outage)
    assert {
        "outage.held",
        "outage.moved",
        "outage.changed",
        "outage.tried",
        "outage.noted",
        "outage.corrected",
    } <= set(kinds)
    assert ("rob", "Nobody can sign in", other) == (one.holder, one.title, one.into)
    assert "it smells of DNS" in rob.get(own).text


@pytest.mark.parametrize(
    ("deed", "fields", "says"),
    [
        ("move", {"event": "explode"}, "cannot happen to an outage"),
        ("move", {"event": "split"}, "cannot meet this"),
        ("correct", {"because": "no reason"}, "nothing is otherwise"),
        ("correct", {"since": "yesterday", "because": "x"}, "is not a time"),
        ("tried", {"what": " "}, "is empty"),
        ("publish", {"draft": "none"}, "does not wait any more"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_on_the_page(here, deed, fields, says):
    """A fault comes back on the page it was asked from, and nothing was done."""
    rob = Browser(here)
    rob.login("rob")
    outage = opened(rob)
    answer = rob.post(f"/console/outages/{outage}/{deed}", **fields)
    assert 422 == answer.status_code
    assert says in answer.text


def test_an_outage_that_is_not_there_is_said_plainly(here):
    """A wrong address is a page, not a fault of ours."""
    rob = Browser(here)
    rob.login("rob")
    assert 404 == rob.get("/console/outages/nothing").status_code
    assert 404 == rob.get("/console/cases/nothing").status_code


def test_nothing_that_is_typed_becomes_markup(here):
    """Titles, notes, cases, components, work, accounts: shown as they were typed, on every page."""
    rob, ada = Browser(here), Browser(here)
    rob.login("rob")
    ada.login("ada")
    outage = opened(rob, title=EVIL, **{"status-login": "major_outage"})
    case = read_receipt(receipt_in(ask(rob.client, text=EVIL, contact=EVIL, component=EVIL).text)).case
    rob.post(f"/console/outages/{outage}/note", text=EVIL)
    rob.post(f"/console/outages/{outage}/move", event="confirm")
    rob.post("/console/components", id="evil", title=EVIL, group=EVIL, describes=EVIL)
    rob.post("/console/maintenance", title=EVIL, describes=EVIL, starts="2099-01-01T00:00Z", lasts="1h")
    ada.post("/console/access", name=EVIL[:25], role="viewer", password=PASSWORD)
    ada.post("/console/access/token", title=EVIL[:25], scope="read")
    here.rounds.turn()
    pages = ["/console", "/console/outages", f"/console/outages/{outage}", "/console/cases",
             f"/console/cases/{case}", "/console/components", "/console/maintenance", "/console/access",
             "/help"]  # fmt: skip
    shown = {path: ada.get(path) for path in pages}
    assert dict.fromkeys(pages, 200) == {path: answer.status_code for path, answer in shown.items()}
    assert [] == [path for path, answer in shown.items() if "<script" in answer.text or "<img" in answer.text]
    assert all("default-src 'none'" in answer.headers["content-security-policy"] for answer in shown.values())


def test_the_table_of_cases_computes_nothing(here):
    """What a spreadsheet would take for a formula is text in the CSV."""
    rob = Browser(here)
    rob.login("rob")
    rob.client.post("/help", data={"text": '=HYPERLINK("http://evil")', "contact": "+41@x"})
    rows = rob.get("/console/cases.csv").text.splitlines()
    assert not [
        cell for row in rows for cell in row.split(",") if cell.strip('"')[:1] in "=+@" and cell.strip('"')
    ]


def test_accounts_and_tokens(here):
    """An admin makes, changes and ends accounts; the last admin stays; a token is shown once."""
    ada = Browser(here)
    ada.login("ada")
    assert 303 == ada.post("/console/access", name="new", role="viewer", password=PASSWORD).status_code
    assert 422 == ada.post("/console/access", name="new2", role="king", password=PASSWORD[:5]).status_code
    made = ada.post("/console/access/token", title="alerts", scope="alerts").text
    token = re.search(r"tg_\w{8}_[\w-]+", made)[0]
    assert here.accounts.bearer(token, here.record.clock()).scopes == ("alerts",)
    assert token not in ada.get("/console/access").text
    ada.post("/console/access/token/drop", id=token[3:11])
    assert here.accounts.bearer(token, here.record.clock()) is None
    ada.post("/console/access/end", name="new")
    answer = ada.post("/console/access/end", name="ada")
    assert "is the last admin" in answer.text


def test_a_component_that_is_new_is_said_to_be_on_the_page_as_on_the_command_line(tmp_path):
    """The first is meant to be new; what was there already and is changed is not said to be new."""
    with house(tmp_path) as here:
        rob = Browser(here)
        rob.login("rob")

        def declared(name: str) -> str:
            done = rob.post("/console/components", id=name, title=name)
            return rob.get(done.headers["location"]).text

        assert "is new here" not in declared("ec2_api")
        assert "The component ec2_ap is new here. Did you mean ec2_api?" in declared("ec2_ap")
        assert "is new here" not in declared("ec2_ap")
        assert "is new here" not in rob.get("/console/components?new=other").text


def test_components_and_maintenance(here):
    """A status claimed by hand, work planned and cancelled: on record at once."""
    rob = Browser(here)
    rob.login("rob")
    assert 303 == rob.post("/console/components/world", id="login").status_code
    assert 303 == rob.post("/console/components/claim", id="login", status="degraded_performance").status_code
    assert 422 == rob.post("/console/components/claim", id="nothing", status="operational").status_code
    rob.post("/console/maintenance", title="Disks", starts="2099-01-01T00:00Z", lasts="2h", component="store")
    assert (
        422
        == rob.post(
            "/console/maintenance", title="", starts="2099-01-01T00:00Z", rule="FREQ=NEVER"
        ).status_code
    )
    with here.record.reading() as state:
        (work,) = state.maintenance()
        assert "degraded_performance" == state.status("login", here.record.clock()).value
    assert (7200.0, ("store",)) == (work.lasts_s, work.components)
    rob.post(f"/console/maintenance/{work.id}/cancel")
    assert "No work is planned." in rob.get("/console/maintenance").text


def test_cases_are_answered_linked_and_closed(here):
    """A case is answered in its thread, counted to an outage by hand, and closed."""
    rob = Browser(here)
    rob.login("rob")
    case = read_receipt(receipt_in(ask(rob.client, text="broken").text)).case
    outage = opened(rob)
    own = f"/console/cases/{case}"
    rob.post(f"{own}/reply", text="We look into it.")
    rob.post(f"{own}/link", outage=outage)
    assert "We look into it." in rob.get(own).text
    assert case in rob.get(f"/console/cases?outage={outage}").text
    rob.post(f"{own}/close", because="done")
    with here.record.reading() as state:
        assert (outage, "closed", 1) == (
            state.cases[case].outage,
            state.cases[case].state.value,
            state.cases[case].replies_count,
        )


def test_files_of_strangers_are_given_as_bytes_only(here):
    """A file that came with a case is never shown as what it claims to be, and not to a viewer."""
    rob, vera = Browser(here), Browser(here)
    rob.login("rob")
    vera.login("vera")
    page = ask(rob.client, text="broken").text
    case = read_receipt(receipt_in(page)).case
    rob.client.post(
        f"{here.way(case)}/files", files={"file": ("x.html", b"<script>alert(1)</script>", "text/html")}
    )
    (name,) = here.files.names(case)
    answer = rob.get(f"/console/cases/{case}/files/{name}")
    assert ("application/octet-stream", "nosniff") == (
        answer.headers["content-type"],
        answer.headers["x-content-type-options"],
    )
    assert answer.headers["content-disposition"].startswith("attachment")
    assert 403 == vera.get(f"/console/cases/{case}/files/{name}").status_code
    here.publisher.publish_if_due()
    assert 404 == rob.get(f"/console/cases/{case}/files/..%2f..%2fsite.key").status_code


def test_words_can_be_for_one_segment_alone(here):
    """On its own page and in no other public byte; everybody's words are still owed."""
    rob = Browser(here)
    rob.login("rob")
    one = opened(rob)
    rob.post(f"/console/outages/{one}/move", event="confirm")
    draft, words = rob.draft(one)
    own = words.replace("buyers", "buyers of the north")
    answer = rob.post(f"/console/outages/{one}/publish", draft=draft, segment="buyers", **{"text-en": own})
    assert 303 == answer.status_code
    page = rob.get(f"/console/outages/{one}").text
    assert all(said in page for said in ("For buyers only, by rob", "buyers only, on their own page"))
    assert "Nothing is public yet" in rob.get("/console").text
    here.publisher.publish_if_due()
    held = [
        path for path in here.public.rglob("*") if path.is_file() and b"of the north" in path.read_bytes()
    ]
    assert ["for"] == [path.parent.name for path in held[:1]]
    assert {"for"} == {path.parent.name for path in held}
    unknown = rob.post(f"/console/outages/{one}/publish", draft=rob.draft(one)[0], segment="nobody")
    assert (422, True) == (unknown.status_code, "is no segment" in unknown.text)


def test_an_outage_leads_to_what_the_public_reads(here):
    """Once there is something, by a link; before that there is none."""
    rob = Browser(here)
    rob.login("rob")
    one = opened(rob)
    assert "What the public reads" not in rob.get(f"/console/outages/{one}").text
    rob.post(f"/console/outages/{one}/move", event="confirm")
    assert f'href="/outages/{one}.html"' in rob.get(f"/console/outages/{one}").text


def test_the_sites_own_language_is_written_first(tmp_path):
    """The others are folded, unless a rule is broken there."""
    with house(tmp_path, with_world=True, languages="fr,de,en") as opened_here:
        rob = Browser(opened_here)
        rob.login("rob")
        page = rob.get(f"/console/outages/{opened(rob)}").text
    assert ["fr", "de", "en"] == re.findall(r'name="text-(\w+)"', page)
    assert all(said in page for said in ("Public words (Français)", "The same in 2 other languages"))
    assert page.index("Public words (Français)") < page.index("The same in 2") < page.index("(Deutsch)")
