"""What may be asked for, and how an address agrees."""

from __future__ import annotations

import re

import pytest

from notice_sample import KEY, informed, subscribed
from tidegate.errors import InputError
from tidegate.inform.token import Purpose, is_token, token, token_hash, webhook_secret
from tidegate.inform.wish import LAPSES_AFTER_S, QUESTION, Wish, check_wish, read_url
from tidegate.verbs.record.notify import ask, confirm, dismiss, end, vouch

HOOK = Wish(channel="webhook", address="https://a.example.org/x")


def faults(wish: Wish, **known) -> list[str]:
    try:
        check_wish(wish, components=known.pop("components", ()), **known)
    except InputError as error:
        return [fault.what for fault in error.faults]
    return []


def test_all_faults_of_a_wish_are_told_at_once():
    """Address, component, severity and language are each named."""
    wish = Wish(channel="email", address="x", components=["shp"], severity="bad", language="xx")
    assert [
        "is no mail address",
        "is no component",
        "is no severity",
        "is no language spoken here",
    ] == faults(wish, components=("shop",))


@pytest.mark.parametrize(
    "address",
    [
        "a@b@c.org", "a\n@c.org", "a@c.org\r\nBcc: b@d.org", "a@c.org,b@d.org", "<a@c.org>", '"a b"@c.org',
        "a@-c.org", "ä@c.org", "a@c.org ", "", "@c.org", "a@", "a..b@c.org", f"{'a' * 65}@c.org",
    ],
)  # fmt: skip
def test_only_one_plain_mail_address_is_an_address(address):
    """Lists, names, line breaks and letters outside ASCII are refused, however they are quoted."""
    assert ["is no mail address"] == faults(Wish(channel="email", address=address))


@pytest.mark.parametrize(
    "address",
    [
        "ftp://a.org/", "https://", "https://u:p@a.org/", "https://a.org/#x", "https://a.org\\@b.org/",
        "https://a.org/\r\nX: y", "https://a b.org/", "https://a.org:0/", "https://a.org:70000/", "//a.org/",
        "https://ä.org/", "HTTPS://a.org/", "https://a.org./", "https://a..org/", "https://a.org/ä",
        f"https://a.org/{'x' * 400}", "https://%31.org/", "https://a.org?x",
    ],
)  # fmt: skip
def test_an_address_that_could_be_read_two_ways_is_refused(address):
    """User parts, fragments, backslashes, blanks, other schemes and alphabets: none is posted to."""
    assert ["is no address to post to"] == faults(Wish(channel="webhook", address=address))


def test_an_address_is_taken_apart_as_it_will_be_used():
    """Host, port and path are read once, here."""
    url = read_url("https://Hook.example.org:8443/a/b?c=d&e=%20")
    assert ("hook.example.org", 8443, "/a/b?c=d&e=%20") == (url.host, url.port, url.target)
    assert ("::1", 80) == (read_url("http://[::1]/").host, read_url("http://[::1]/").port)


def test_chat_channels_take_only_their_own_hosts():
    """Who names Slack or Teams cannot make us post elsewhere."""
    assert [] == faults(Wish(channel="slack", address="https://hooks.slack.com/services/T/B/x"))
    assert [] == faults(Wish(channel="teams", address="https://prod-1.westus.logic.azure.com/workflows/x"))
    assert ["is no incoming webhook of Slack"] == faults(
        Wish(channel="slack", address="https://hooks.slack.com.evil.org/")
    )
    assert ["is no workflow of Teams"] == faults(Wish(channel="teams", address="https://logic.azure.com/"))


def test_a_word_serves_one_purpose_and_one_subscription():
    """The word that ends cannot confirm, and not another subscription either."""
    assert is_token(KEY, Purpose.END, "a", token(KEY, Purpose.END, "a"))
    assert not is_token(KEY, Purpose.END, "a", token(KEY, Purpose.CONFIRM, "a"))
    assert not is_token(KEY, Purpose.END, "b", token(KEY, Purpose.END, "a"))
    assert not is_token(KEY, Purpose.END, "a", "ü\ud800")
    assert 32 == len(token(KEY, Purpose.END, "a"))


def test_nothing_is_sent_but_one_question_before_the_address_agrees():
    """Asking plans the question; only the right word confirms, and its hash alone is on record."""
    here, _, journal = informed()
    subject = ask(here, HOOK, key=KEY)
    word = token(KEY, Purpose.CONFIRM, subject)
    assert [QUESTION] == [one.update for one in here.state.deliveries.values()]
    assert not here.state.subscription(subject).is_confirmed
    with pytest.raises(InputError, match="not open any more"):
        confirm(here, subject, token(KEY, Purpose.END, subject), key=KEY)
    done = confirm(here, subject, word, key=KEY)
    assert done.subscription.is_confirmed
    assert webhook_secret(KEY, subject) == done.secret
    written = b"".join(one.body for one in journal.sealed)
    assert token_hash(word).encode() in written
    assert word.encode() not in written
    assert done.secret.encode() not in written


def test_confirming_and_ending_twice_is_as_good_as_once():
    """Mail programs and people click twice; the record holds one entry of each."""
    here, _, journal = informed()
    one = subscribed(here)
    confirm(here, one.id, token(KEY, Purpose.CONFIRM, one.id), key=KEY)
    for _ in range(2):
        assert end(here, one.id, token(KEY, Purpose.END, one.id), key=KEY).is_ended
    kinds = [entry.kind for entry in journal.entries()]
    assert (1, 1) == (kinds.count("subscription.confirmed"), kinds.count("subscription.ended"))


def test_an_ended_or_lapsed_question_cannot_be_confirmed():
    """Whoever ended it, or came after two days, has to ask again."""
    here, clock, _ = informed()
    one = subscribed(here)
    end(here, one.id, token(KEY, Purpose.END, one.id), key=KEY)
    with pytest.raises(InputError, match="not open any more"):
        confirm(here, one.id, token(KEY, Purpose.CONFIRM, one.id), key=KEY)
    late = ask(here, Wish(channel="email", address="a@example.org"), key=KEY)
    clock.now_s += LAPSES_AFTER_S + 1
    with pytest.raises(InputError, match="not open any more"):
        confirm(here, late, token(KEY, Purpose.CONFIRM, late), key=KEY)


def test_a_wrong_word_and_a_wrong_id_are_refused_in_the_same_words():
    """Nobody learns from the answer which subscriptions there are."""
    here, _, _ = informed()
    one = subscribed(here)
    for use in (confirm, end):
        said = set()
        for subject in (one.id, "nobodyatall0"):
            with pytest.raises(InputError) as caught:
                use(here, subject, "x" * 32, key=KEY)
            said.add(re.sub(subject, "", str(caught.value)))
        assert 1 == len(said)


def test_an_address_cannot_be_flooded_with_questions():
    """One question in 15 minutes and five in two days, in whatever case the address is written."""
    here, clock, _ = informed()
    asked = 0
    for i in range(40):
        wish = Wish(channel="email", address="Ann@Example.org" if i % 2 else "ann@example.org")
        asked += bool(ask(here, wish, key=KEY))
        clock.now_s += 301
    assert 5 == asked


def test_an_operator_may_vouch_and_dismiss():
    """Our own addresses are not asked, and an operator can end any subscription."""
    here, _, _ = informed()
    done = vouch(here, HOOK, key=KEY)
    assert done.subscription.is_confirmed
    assert {} == here.state.deliveries
    assert dismiss(here, done.subscription.id).is_ended
