"""Mail handed to a server, and operators' channels through Apprise."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default

import pytest

from notice_sample import NOTICE, subscription
from notice_sinks import HookSink, MailSink, serving
from tidegate.adapters.channels.email import MailChannel
from tidegate.adapters.channels.operators import OperatorsChannel
from tidegate.adapters.channels.sending_answer import Became
from tidegate.errors import InputError

NOW_S = 1_764_590_400.0


def handed(*addresses: str, drop: bool = False) -> tuple[list[Became], MailSink]:
    async def run():
        sink = MailSink()
        async with serving(sink):
            channel = MailChannel(f"smtp://127.0.0.1:{sink.port}", "status@example.org")
            found = []
            for address in addresses:
                answer = await channel.send(NOTICE, subscription("email", address), NOW_S)
                found.append(answer.became)
                if drop:
                    sink.drop()
                    await asyncio.sleep(0.02)
            await channel.close()
        return found, sink

    return asyncio.run(run())


def test_mail_is_taken_over_one_connection():
    """Three mails, one connection, each whole as the standard library reads it."""
    found, sink = handed("ann@example.org", "bob@example.org", "cleo@example.org")
    assert [Became.DELIVERED] * 3 == found
    assert (1, 3) == (sink.connections_count, len(sink.came))
    read = message_from_bytes(sink.came[1][1], policy=default)
    assert ("bob@example.org", []) == (read["To"], read.defects)
    assert "buyers (paying)" in read.get_body(("plain",)).get_content()


def test_nothing_is_in_doubt_before_the_last_line_of_a_mail():
    """All but the dot is with the server when the handover begins; when it ends, the server has answered."""
    seen: list[tuple[int, int]] = []

    async def run() -> MailSink:
        sink = MailSink()

        @asynccontextmanager
        async def handover():
            seen.append((len(sink.came), sink.connections_count))
            yield
            seen.append((len(sink.came), sink.connections_count))

        async with serving(sink):
            channel = MailChannel(f"smtp://127.0.0.1:{sink.port}", "status@example.org")
            await channel.send(NOTICE, subscription("email", "ann@example.org"), NOW_S, handover)
            await channel.close()
        return sink

    sink = asyncio.run(run())
    assert [(0, 1), (1, 1)] == seen
    assert [] == message_from_bytes(sink.came[0][1], policy=default).defects


def test_a_connection_that_breaks_at_the_last_line_is_not_tried_twice():
    """Whether the server has taken the mail nobody knows: it is down, and another try is a try."""

    async def run() -> tuple[list[Became], int]:
        sink = MailSink()

        @asynccontextmanager
        async def handover():
            sink.drop()
            await asyncio.sleep(0)
            yield

        async with serving(sink):
            channel = MailChannel(f"smtp://127.0.0.1:{sink.port}", "status@example.org")
            asked = subscription("email", "ann@example.org")
            first = await channel.send(NOTICE, asked, NOW_S)
            second = await channel.send(NOTICE, asked, NOW_S, handover)
            await channel.close()
        return [first.became, second.became], sink.connections_count

    assert ([Became.DELIVERED, Became.DOWN], 1) == asyncio.run(run())


def test_what_the_server_says_of_an_address_is_about_that_address():
    """Nobody there: gone. Full: later. Never: refused. The others go on over the same connection."""
    found, sink = handed("nobody@example.org", "full@example.org", "never@example.org", "ann@example.org")
    assert [Became.GONE, Became.FAILED, Became.REFUSED, Became.DELIVERED] == found
    assert 1 == sink.connections_count


def test_a_server_that_closes_is_down_for_this_mail():
    """It is tried again later, and the next one gets a new connection."""
    found, _ = handed("busy@example.org", "ann@example.org")
    assert [Became.DOWN, Became.DELIVERED] == found


def test_a_connection_that_was_closed_while_idle_is_replaced():
    """Servers close what lies idle; the next mail does not notice."""
    found, sink = handed("ann@example.org", "bob@example.org", drop=True)
    assert ([Became.DELIVERED] * 2, 2) == (found, sink.connections_count)


def test_no_server_is_an_answer_not_a_crash():
    """Where nobody listens the notice waits."""

    async def run():
        channel = MailChannel("smtp://127.0.0.1:1", "status@example.org")
        return await channel.send(NOTICE, subscription("email", "ann@example.org"), NOW_S)

    assert Became.DOWN is asyncio.run(run()).became


def test_an_address_that_is_none_is_refused_and_nothing_is_said_to_the_server():
    """It could not have been asked for; the server never hears of it."""
    found, sink = handed("ann@example.org\r\nRCPT TO:<bob@example.org>")
    assert ([Became.REFUSED], 0) == (found, sink.connections_count)


@pytest.mark.parametrize("server", ["", "127.0.0.1:25", "http://127.0.0.1", "smtp://"])
def test_a_mail_server_is_named_as_a_url(server):
    """Anything else is refused when the site is set up."""
    with pytest.raises(InputError, match="mail server"):
        MailChannel(server, "status@example.org")
    with pytest.raises(InputError, match="mail address"):
        MailChannel("smtp://127.0.0.1", "Status <status@example.org>")


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # in Apprise itself
def test_operators_hear_through_apprise():
    """Apprise posts title and words to the address that the operator set up, and to no other."""
    pytest.importorskip("apprise")

    async def run():
        sink = HookSink()
        async with serving(sink):
            channel = OperatorsChannel({"on-call": f"json://127.0.0.1:{sink.port}/x"})
            found = [
                (await channel.send(NOTICE, subscription("operators", name), NOW_S)).became
                for name in ("on-call", "json://127.0.0.1:1/")
            ]
        return found, sink.came

    found, came = asyncio.run(run())
    assert [Became.DELIVERED, Became.DOWN] == found
    assert b"Sign-in fails" in came[0][1]
    assert b"notices/end" in came[0][1]
