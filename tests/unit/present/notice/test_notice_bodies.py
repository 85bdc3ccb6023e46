"""What is posted: webhooks as Standard Webhooks' own library reads them, Slack, Teams, plain text."""

from __future__ import annotations

import json
import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from notice_sample import END_URL, KEY, NOTICE, QUESTION, notice
from record_sample import NOON_S
from tidegate.inform.token import signature, webhook_secret
from tidegate.present.notice.chat import plain_text, slack_body, teams_body
from tidegate.present.notice.webhook import webhook_body
from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageState


def test_their_library_verifies_our_signature_and_no_other():
    """Standard Webhooks' own reader takes the message, and refuses it with another secret or word."""
    body, at_s = webhook_body(NOTICE), int(time.time())
    secret = webhook_secret(KEY, "subscription")
    headers = {
        "webhook-id": NOTICE.id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature(secret, NOTICE.id, at_s, body),
    }
    assert "outage.update" == Webhook(secret).verify(body, headers)["type"]
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook_secret(KEY, "another")).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace(b"confirmed", b"contained"), headers)


def test_a_webhook_tells_everything_once_more_in_the_fields_of_statuspage():
    """Receivers of Statuspage's webhooks find incident, page and the way out where they look for them."""
    found = json.loads(webhook_body(NOTICE))
    incident = found["incident"]
    assert ("identified", "critical", None) == (
        incident["status"],
        incident["impact"],
        incident["resolved_at"],
    )
    assert END_URL == found["meta"]["unsubscribe"] == found["data"]["end_url"]
    assert "critical" == found["page"]["status_indicator"]
    assert ["major_outage", "degraded_performance"] == [row["status"] for row in incident["components"]]
    assert incident["incident_updates"][0]["body"] == found["data"]["text"]


def test_an_outage_that_is_over_is_resolved_for_them():
    """States that Statuspage does not know are told in the nearest of its own."""
    over = notice(state=OutageState.RESOLVED, until_s=NOON_S + 900)
    found = json.loads(webhook_body(over))
    assert ("resolved", "none") == (found["incident"]["status"], found["page"]["status_indicator"])
    early = json.loads(webhook_body(notice(state=OutageState.EMERGING)))
    assert ("investigating", "emerging") == (early["incident"]["status"], early["data"]["state"])


def test_a_webhook_stays_small():
    """Well under the 20 kB that Standard Webhooks asks for, with the longest words we draft."""
    assert len(webhook_body(notice(text="word " * 1000))) < 20_000


def test_slack_shows_marks_as_they_were_typed():
    """Its three marks are escaped; a name cannot become a link or call a channel."""
    found = json.loads(slack_body(notice(text="<!channel> & <https://evil.example|click>", title="<!here>")))
    shown = json.dumps(found["blocks"][1:-1]) + found["text"]
    assert "<!" not in shown
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;" in shown
    links = found["blocks"][-1]["text"]["text"]
    assert f"<{END_URL}|" in links
    assert "plain_text" == found["blocks"][0]["text"]["type"]


def test_slack_takes_it_however_long():
    """At most 50 blocks; headers of 150 and sections of 3,000 characters, after escaping."""
    rows = tuple((f"c{i}", f"component & {i}", Status.MAJOR) for i in range(500))
    found = json.loads(slack_body(notice(text="<&>" * 5000, title="&" * 400, components=rows)))
    assert len(found["blocks"]) <= 50
    assert len(found["blocks"][0]["text"]["text"]) <= 150
    assert all(len(block["text"]["text"]) <= 3000 for block in found["blocks"])


def test_teams_gets_an_adaptive_card_whose_text_is_no_markdown():
    """A card of version 1.4; marks of people are escaped, links are actions."""
    found = json.loads(teams_body(notice(text="[click](https://evil.example) **x**")))
    (attachment,) = found["attachments"]
    card = attachment["content"]
    assert "application/vnd.microsoft.card.adaptive" == attachment["contentType"]
    assert ("AdaptiveCard", "1.4") == (card["type"], card["version"])
    assert r"\[click\]\(https" in card["body"][1]["text"]
    assert END_URL in [action["url"] for action in card["actions"]]


def test_a_question_is_asked_on_every_channel():
    """Each carries the word that confirms."""
    for body in (webhook_body, slack_body, teams_body):
        assert QUESTION.confirm_url in body(QUESTION).decode()
    assert QUESTION.confirm_url in plain_text(QUESTION)


def test_plain_text_says_it_all():
    """Operators read words, components, page and the way out."""
    text = plain_text(NOTICE)
    assert "Sign-in: out" in text
    assert END_URL in text
