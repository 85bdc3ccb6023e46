"""Notices from a running server, as people use them: asked for by the form, agreed to, received, ended."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from standardwebhooks.webhooks import Webhook

from notice_sinks import HookSink, MailSink, serving
from served import Served, served

PATIENCE_S = 60.0


def tidegate(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", *words], capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


def post(url: str, **fields: str) -> str:
    body = urllib.parse.urlencode(fields).encode()
    with urllib.request.urlopen(url, body, timeout=30) as answer:  # noqa: S310
        return answer.read().decode()


def wait_for(found: Callable[[], object]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not found() and time.monotonic() < until_s:
        time.sleep(0.05)
    assert found()


def test_from_the_form_to_a_signed_webhook_and_its_end(tmp_path: Path):
    """The question arrives; after the button is pressed an update arrives, signed; one click ends it.

    A case's receipt and the answer to it arrive as mail at its customer.
    """
    hook, mail = HookSink(), MailSink()

    async def story() -> None:
        async with serving(hook, mail):
            environment = {
                "TIDEGATE_NETWORKS": "127.0.0.0/8", "TIDEGATE_MAIL_SERVER": f"smtp://127.0.0.1:{mail.port}",
                "TIDEGATE_MAIL_FROM": "status@x.example",
            }  # fmt: skip
            await asyncio.to_thread(_story, tmp_path, environment, hook, mail)

    asyncio.run(story())


def _story(folder: Path, environment: dict[str, str], hook: HookSink, mail: MailSink) -> None:
    with served(folder, **environment) as at:
        secret = _subscribed(at, hook)
        headers, body = _told(folder, hook)
        said = Webhook(secret).verify(body, headers)
        assert "Sign-in is disturbed" in said["data"]["title"]
        post(
            re.search(rb"http://[^\"]+/notices/end/\w+/\w+", body)[0].decode(),
            **{"List-Unsubscribe": "One-Click"},
        )
        case = at.say("/api/v1/cases", text="I cannot sign in", contact="ann@a.example")["case"]
        tidegate("case", "reply", "We are on it.", str(case), "--data", str(folder / "data"))
        wait_for(lambda: len(mail.came) == 2)
        assert {"ann@a.example"} == {came[0] for came in mail.came}
        assert [False, True] == sorted(b"We are on it." in came[1] for came in mail.came)
        wait_for(lambda: "tidegate_notices_owed 0.0" in at.get("/metrics")[1])
        assert "tidegate_notices_sent_total 4.0" in at.get("/metrics")[1]
        assert 'tidegate_notices_ended{outcome="delivered"} 4.0' in at.get("/metrics")[1]
    listed = tidegate("notify", "subscriptions", "--data", str(folder / "data"))
    assert "Nobody is subscribed." in listed
    log = (folder / "server.log").read_text(encoding="utf-8")
    assert [] == [word for word in (secret, "/x?token", "ann@a.example") if word in log]


def _subscribed(at: Served, hook: HookSink) -> str:
    """Ask by the form, press the button of the page that the question leads to; return the secret."""
    post(
        f"{at.url}/notices",
        channel="webhook",
        address=f"http://127.0.0.1:{hook.port}/x?token",
        severity="none",
    )
    wait_for(lambda: hook.came)
    agree = re.search(rb"http://[^\"]+/notices/confirm/\w+/\w+", hook.came[0][1])[0].decode()
    assert at.url in agree
    assert "Yes, send notices" in at.get(agree.removeprefix(at.url))[1]
    return re.search(r"whsec_[A-Za-z0-9+/=]+", post(agree))[0]


def _told(folder: Path, hook: HookSink) -> tuple[dict[str, str], bytes]:
    """Publish an update from the command line; return the webhook that arrives."""
    data = str(folder / "data")
    tidegate("outage", "open", "--cause", "login", "--world", str(folder / "world.yaml"), "--data", data)
    tidegate("outage", "confirm", "--data", data)
    tidegate("outage", "publish", "--data", data)
    wait_for(lambda: len(hook.came) > 1)
    return hook.came[1]
