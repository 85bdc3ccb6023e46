"""Floods of logins: few are hashed, whatever name they give, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import json
import threading
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from server_sample import PASSWORD, Browser, house
from tidegate.server.access.doors import TRIES_BY_NETWORK_COUNT, TRIES_COUNT, Doors, Tries
from tidegate.server.addresses import build
from tidegate.server.worker_pools import CrowdedError, Pool, Shared

FIRING = {
    "version": "4",
    "alerts": [
        {"status": "firing", "labels": {"service": "login"}, "startsAt": "2026-11-23T09:00:00Z",
         "fingerprint": "f"}
    ],
}  # fmt: skip


@pytest.fixture
def here(tmp_path):
    with house(tmp_path, with_world=True) as opened:
        yield opened


@pytest.fixture
def hashed(here, monkeypatch):
    """The names whose passwords were looked at."""
    found: list[str] = []
    login = here.accounts.login

    def counted(name, password, now_s):
        found.append(name)
        return login(name, password, now_s)

    monkeypatch.setattr(here.accounts, "login", counted)
    return found


async def status_of(app, method, path, *, host="192.0.2.1", body=b"", **headers: str):
    sent = {
        "content-type": "application/json",
        **{name.replace("_", "-"): it for name, it in headers.items()},
    }
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(name.encode(), it.encode()) for name, it in sent.items()],
        "client": (host, 1), "server": ("x", 80), "scheme": "http", "root_path": "",
    }  # fmt: skip
    statuses = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        statuses.append(message.get("status"))

    await app(scope, receive, send)
    return statuses[0]


def guessed(app, name, host="192.0.2.1", password="wrong-password-1"):  # noqa: S107
    body = urlencode({"name": name, "password": password}).encode()
    form = "application/x-www-form-urlencoded"
    return status_of(app, "POST", "/console/login", host=host, body=body, content_type=form)


def together(*asked):
    async def run():
        return await asyncio.gather(*asked)

    return asyncio.run(run())


def test_guesses_at_once_are_no_more_than_guesses_in_turn(here, hashed):
    """A hundred at the same time, for one name: ten at most are looked at."""
    app = build(here)
    assert {429, 401, 503} >= set(together(*(guessed(app, "ada") for _ in range(100))))
    together(*(guessed(app, "ada") for _ in range(100)))
    assert TRIES_COUNT == len(hashed)


def test_guesses_for_many_names_are_counted_by_where_they_come_from(here, hashed):
    """Another name each time, and another address of one IPv6 network: no more than thirty."""
    app = build(here)
    for turn in range(40):
        together(*(guessed(app, f"n{turn}-{one}", f"2001:db8::{turn:x}:{one:x}") for one in range(5)))
    assert TRIES_BY_NETWORK_COUNT == len(hashed)
    assert [303] == together(guessed(app, "ada", "192.0.2.9", PASSWORD))


def test_who_logs_in_often_is_not_kept_out(here, hashed):
    """Right passwords are taken back from the count."""
    app = build(here)
    assert {303} == {together(guessed(app, "ada", password=PASSWORD))[0] for _ in range(50)}


def test_names_are_kept_short(here):
    """Whatever is given for a name, some letters of it are remembered."""
    doors = Doors(here)
    app = Starlette(routes=doors.routes())
    together(*(guessed(app, f"{one}" * 1_000_000, f"192.0.2.{one}") for one in range(8)))
    assert 200 > max(len(who) for who in doors._tries._failed)


def test_a_flood_of_logins_keeps_nobody_else_waiting(here, monkeypatch):
    """While the pool of logins hangs: alerts, health, console and cases are answered, logins refused."""
    rob = Browser(here)
    rob.login("rob")
    cookie = "; ".join(f"{name}={value}" for name, value in rob.client.cookies.items())
    token = here.accounts.new_token("am", ["alerts"], here.record.clock(), by="test")
    app, goes_on, alerts = build(here), threading.Event(), json.dumps(FIRING).encode()
    monkeypatch.setattr(here.accounts, "login", lambda *_: goes_on.wait(60) and None)

    async def flood():
        guesses = [asyncio.create_task(guessed(app, "ada", f"198.51.{one}.1")) for one in range(100)]
        await asyncio.sleep(0)
        others = await asyncio.wait_for(
            asyncio.gather(
                status_of(app, "GET", "/health/ready"), status_of(app, "GET", "/metrics"),
                status_of(app, "POST", "/api/v1/alerts", body=alerts, authorization=f"Bearer {token}"),
                status_of(app, "POST", "/api/v1/cases", body=b'{"text": "broken"}'),
                status_of(app, "GET", "/console", cookie=cookie),
            ), 30
        )  # fmt: skip
        goes_on.set()
        return others, await asyncio.gather(*guesses)

    others, guesses = asyncio.run(flood())
    assert [200, 200, 200, 201, 200] == others
    assert (10, 90) == (guesses.count(401), guesses.count(503))


def test_a_refused_alert_is_asked_for_again(here, monkeypatch):
    """Never 429: after wrong tokens, or where too much waits, the answer is one that Alertmanager repeats."""
    app = build(here)
    token = here.accounts.new_token("am", ["alerts"], here.record.clock(), by="test")
    wrong = [
        together(status_of(app, "POST", "/api/v1/alerts", authorization="Bearer tg_no"))[0] for _ in range(70)
    ]
    assert {401, 503} == set(wrong)
    assert 429 == together(status_of(app, "GET", "/api/v1/outages", authorization="Bearer tg_no"))[0]
    monkeypatch.setattr(here.pools, "alerts", Pool("alerts", threads_count=1, most_waiting_count=-1))
    body = json.dumps(FIRING).encode()
    assert [503] == together(
        status_of(app, "POST", "/api/v1/alerts", body=body, authorization=f"Bearer {token}")
    )


def test_tries_are_taken_back_and_lapse():
    """A count is as long as its time, and one less where a try was none."""
    now_s = [0.0]
    tries = Tries(2, 10.0, clock=lambda: now_s[0])
    assert [True, True, False] == [tries.take("a") for _ in range(3)]
    tries.forgive("a")
    assert [True, False] == [tries.take("a") for _ in range(2)]
    now_s[0] = 11.0
    assert tries.take("a")


def test_a_pool_is_short_and_an_answer_is_shared():
    """What does not fit is refused at once; who asks while an answer is found gets the same one."""
    pool, goes_on, asked = Pool("tests", threads_count=1, most_waiting_count=1), threading.Event(), []
    shared = Shared(pool, lambda: goes_on.wait(30) and asked.append(1) is None)

    async def crowd():
        answers = [asyncio.create_task(shared.answer()) for _ in range(50)]
        await asyncio.sleep(0)
        pool.begin(int)
        with pytest.raises(CrowdedError):
            pool.begin(int)
        answers[0].cancel()
        goes_on.set()
        return await asyncio.gather(*answers[1:])

    assert [True] * 49 == asyncio.run(crowd())
    assert [1] == asked
    pool.close()
    with pytest.raises(CrowdedError):
        pool.begin(int)
