"""Mail, as the standard library's parser reads it."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest

from notice_sample import END_URL, NOTICE, QUESTION, notice
from record_sample import NOON_S
from tidegate.present.notice.mail import mail


def read(message, to="ann@example.org"):
    whole = mail(message, to=to, sender="status@example.org", at_s=NOON_S)
    return message_from_bytes(whole, policy=default), whole


def test_a_notice_can_be_ended_with_one_click():
    """RFC 8058: an https address in List-Unsubscribe, and the post that ends it."""
    found, _ = read(NOTICE)
    assert (f"<{END_URL}>", "List-Unsubscribe=One-Click") == (
        found["List-Unsubscribe"],
        found["List-Unsubscribe-Post"],
    )


def test_text_and_html_say_the_same():
    """Words, components, the page and the way out stand in both parts."""
    found, _ = read(NOTICE)
    text = found.get_body(("plain",)).get_content()
    html = found.get_body(("html",)).get_content()
    for part in ("buyers (paying)", "Sign-in: out", "Shop: degraded", "outages/abcdefghijkl.html", END_URL):
        assert part in text
        assert part in html
    assert "multipart/alternative" == found.get_content_type()
    assert [] == found.defects


def test_headers_name_the_notice_the_outage_and_the_state():
    """The message id is the delivery's, so that a second copy is known; an outage is one conversation."""
    found, _ = read(NOTICE)
    assert "<deliveryid00@example.org>" == found["Message-ID"]
    assert found["References"] == found["In-Reply-To"]
    assert "Sign-in fails · confirmed" == found["Subject"]
    assert ("Status <status@example.org>", "ann@example.org") == (found["From"], found["To"])
    assert "auto-generated" == found["Auto-Submitted"]


def test_a_drill_says_so_first():
    """Nobody takes an exercise for an outage."""
    assert read(notice(is_exercise=True))[0]["Subject"].startswith("EXERCISE: ")


def test_a_question_has_the_word_that_confirms_and_no_way_to_end_what_is_not():
    """It carries no List-Unsubscribe, for there is nothing to end yet."""
    found, _ = read(QUESTION)
    assert QUESTION.confirm_url in found.get_body(("plain",)).get_content()
    assert found["List-Unsubscribe"] is None
    assert "Do you want notices of Status?" == found["Subject"]


def test_every_server_can_take_it():
    """Seven-bit, lines of at most 998 characters, whatever is said."""
    _, whole = read(notice(text="ü" * 5000 + "\n" + "x" * 5000, title="ß" * 300))
    assert whole.isascii()
    assert max(len(line) for line in whole.split(b"\r\n")) <= 998
    assert b"\n" not in whole.replace(b"\r\n", b"")


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_it_is_written_in_each_language(language):
    """The fixed words of every language are there, and the markup names it."""
    found, _ = read(notice(language=language))
    assert f'lang="{language}"' in found.get_body(("html",)).get_content()
    assert END_URL in found.get_body(("plain",)).get_content()


@pytest.mark.parametrize("to", ["a@b.org\r\nBcc: c@d.org", "a@b.org\nX: y", "not an address", ""])
def test_an_address_that_would_break_a_header_is_refused(to):
    """Nothing is written rather than a header that somebody else chose."""
    with pytest.raises(ValueError, match=r".*"):
        mail(NOTICE, to=to, sender="status@example.org", at_s=NOON_S)


@pytest.mark.parametrize("path", ["x", "=" * 100, "a" * 73 + "=b", "a" * 72 + "==" + "b" * 80])
def test_a_way_out_of_any_length_is_read_as_it_was(path):
    """Each receiver's own address is put into text that was written once, without breaking a line of it."""
    url = f"https://status.example.org/{path}"
    found, whole = read(replace(NOTICE, end_url=url))
    assert url in found.get_body(("plain",)).get_content()
    assert f'href="{url}"' in found.get_body(("html",)).get_content()
    body = whole.partition(b"\r\n\r\n")[2]
    assert max(len(line) for line in body.split(b"\r\n")) <= 76
