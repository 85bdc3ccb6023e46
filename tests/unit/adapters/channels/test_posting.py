"""Posting to receivers that strangers named: guarded, limited, nothing followed."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import ssl
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from notice_sample import KEY, NOTICE, subscription
from notice_sinks import HookSink, answering, dripping, endless, hanging, serving
from tidegate.adapters.channels import post
from tidegate.adapters.channels.guard import ForbiddenError, Guard
from tidegate.adapters.channels.post import Poster
from tidegate.adapters.channels.sending_answer import Answer, Became
from tidegate.adapters.channels.slack import slack_channel
from tidegate.adapters.channels.teams import teams_channel
from tidegate.adapters.channels.webhook import webhook_channel
from tidegate.inform.wish import read_url

HERE = [ip_network("127.0.0.0/8"), ip_network("::1/128")]
NOW_S = 1_764_590_400.0


async def sent(sink: HookSink, *, path: str = "/hook") -> Answer:
    poster = Poster(Guard(HERE))
    channel = webhook_channel(poster, KEY)
    asked = subscription(address=f"http://127.0.0.1:{sink.port}{path}")
    try:
        return await channel.send(NOTICE, asked, NOW_S)
    finally:
        await poster.close()


def became(behave=None) -> tuple[Answer, HookSink]:
    async def run():
        sink = HookSink(behave)
        async with serving(sink):
            return await sent(sink), sink

    return asyncio.run(run())


def test_nothing_is_in_doubt_before_the_request_is_sent():
    """The connection stands when the handover begins; when it ends, the receiver has answered."""
    seen: list[tuple[int, int]] = []

    async def run() -> None:
        sink, poster = HookSink(), Poster(Guard(HERE))

        @asynccontextmanager
        async def handover():
            while not sink.connections_count:  # noqa: ASYNC110  the sink has no event for it
                await asyncio.sleep(0.001)
            seen.append((sink.connections_count, len(sink.came)))
            yield
            seen.append((sink.connections_count, len(sink.came)))

        async with serving(sink):
            asked = subscription(address=f"http://127.0.0.1:{sink.port}/")
            await webhook_channel(poster, KEY).send(NOTICE, asked, NOW_S, handover)
            await poster.close()

    asyncio.run(run())
    assert [(1, 0), (1, 1)] == seen


def status(line: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {line}", *headers, "content-length: 0", "", ""]).encode()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (status("200 OK"), Became.DELIVERED),
        (status("204 No Content"), Became.DELIVERED),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + status("200 OK"), Became.DELIVERED),
        (status("301 Moved", "location: http://169.254.169.254/"), Became.FAILED),
        (status("404 Not Found"), Became.FAILED),
        (status("410 Gone"), Became.GONE),
        (status("429 Slow down", "retry-after: 120"), Became.DOWN),
        (status("500 Oops"), Became.DOWN),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Became.DOWN),
        (b"", Became.DOWN),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000, Became.DOWN),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", Became.DOWN),
        (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", Became.DOWN),
    ],
)
def test_every_answer_means_one_thing(answer, expected):
    """Two hundreds are taken; a redirect is not followed; garbage, silence and floods are no answer."""
    found, sink = became(answering(answer))
    assert expected is found.became
    assert 1 == len(sink.came)


def test_a_receiver_may_ask_us_to_wait_but_not_for_ever():
    """Retry-After is kept, up to an hour."""
    assert 120.0 == became(answering(status("503 Busy", "retry-after: 120")))[0].wait_s
    assert 3600.0 == became(answering(status("503 Busy", "retry-after: 999999")))[0].wait_s
    assert 0.0 == became(answering(status("503 Busy", "retry-after: soon")))[0].wait_s


@pytest.mark.parametrize(("behave", "expected"), [(hanging, Became.DOWN), (dripping, Became.DOWN)])
def test_a_receiver_that_does_not_end_is_left(monkeypatch, behave, expected):
    """All of it together may take only so long, however lively the connection is."""
    monkeypatch.setattr(post, "WHOLE_S", 0.3)
    assert expected is became(behave)[0].became


def test_an_endless_answer_is_not_read():
    """The status is enough; what follows a few kilobytes is never read."""
    assert Became.DELIVERED is became(endless)[0].became


def test_one_connection_carries_many_notices():
    """A receiver that answers is not connected to anew each time."""

    async def run():
        sink, poster = HookSink(), Poster(Guard(HERE))
        async with serving(sink):
            url = read_url(f"http://127.0.0.1:{sink.port}/")
            for _ in range(5):
                assert 204 == (await poster.post(url, {}, b"{}")).status
            await poster.close()
        return sink.connections_count, len(sink.came)

    assert (1, 5) == asyncio.run(run())


def test_a_connection_that_was_closed_while_idle_is_replaced():
    """The receiver may close what lies idle; nobody notices."""

    async def run():
        sink, poster = HookSink(), Poster(Guard(HERE))
        async with serving(sink):
            url = read_url(f"http://127.0.0.1:{sink.port}/")
            await poster.post(url, {}, b"{}")
            sink.drop()
            await asyncio.sleep(0.02)
            reply = await poster.post(url, {}, b"{}")
            await poster.close()
        return reply.status, sink.connections_count

    assert (204, 2) == asyncio.run(run())


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/", "http://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/", "https://localhost/", "https://127.1/",
        "https://0x7f000001/", "https://2130706433/", "https://017700000001/", "https://10.0.0.1/",
    ],
)  # fmt: skip
def test_no_form_of_a_private_address_is_connected_to(address):
    """Numbers in every base, names, IPv6 and mapped forms: the system resolves them, the guard refuses."""

    async def run():
        poster = Poster(Guard())
        try:
            return await webhook_channel(poster, KEY).send(NOTICE, subscription(address=address), NOW_S)
        finally:
            await poster.close()

    found = asyncio.run(run())
    # Where the system does not take a form for a number, it is a name that nobody has.
    assert found.became is Became.REFUSED or "connected" in found.says


def test_a_name_with_one_private_address_is_not_used_at_all():
    """A name that resolves to a public and a private address gets neither; nor one with none."""

    async def addresses(*found: str):
        guard = Guard(resolve=lambda _host, _port: found)
        try:
            return await guard.addresses("a.example.org", 443, is_encrypted=True)
        finally:
            guard.close()

    assert ("1.1.1.1", "2606:4700::1111") == asyncio.run(addresses("1.1.1.1", "2606:4700::1111"))
    with pytest.raises(ForbiddenError):
        asyncio.run(addresses("1.1.1.1", "127.0.0.1"))
    with pytest.raises(ForbiddenError):
        asyncio.run(addresses("fe80::1%eth0"))
    with pytest.raises(OSError, match="no address"):
        asyncio.run(addresses())


def test_a_name_whose_answers_change_is_connected_to_where_it_was_checked():
    """DNS rebinding gains nothing: the checked address is used, and the name is not asked for again."""
    asked: list[str] = []

    async def run():
        sink = HookSink()
        async with serving(sink):
            answers = iter(["127.0.0.1", "10.0.0.1"])

            def resolve(host: str, _port: int) -> list[str]:
                asked.append(host)
                return [next(answers)]

            poster = Poster(Guard(HERE, resolve))
            reply = await poster.post(read_url(f"http://a.example.org:{sink.port}/"), {}, b"{}")
            await poster.close()
        return reply.status, sink.came[0][0]["host"], sink.port

    reply, host, port = asyncio.run(run())
    assert (204, f"a.example.org:{port}", ["a.example.org"]) == (reply, host, asked)


def test_without_encryption_only_named_networks_are_reached():
    """A public receiver needs https, or the notice could be read and changed on its way."""

    async def run():
        guard = Guard(HERE, lambda _host, _port: ["1.1.1.1"])
        try:
            return await guard.addresses("a.example.org", 80, is_encrypted=False)
        finally:
            guard.close()

    with pytest.raises(ForbiddenError, match="encryption"):
        asyncio.run(run())


def certificate(tmp_path, name: str) -> ssl.SSLContext:
    """A server's context for a name, and a file with the certificate that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    said = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    made = (
        x509.CertificateBuilder().subject_name(said).issuer_name(said).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - day).not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (tmp_path / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context


@pytest.mark.parametrize(("named", "expected"), [("a.example.org", 204), ("b.example.org", "certificate")])
def test_the_certificate_must_be_that_of_the_name(tmp_path, named, expected):
    """We connect to a checked address, but it has to prove the name that was asked for."""

    async def run():
        sink = HookSink()
        context = certificate(tmp_path, "a.example.org")
        trusts = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        server = await asyncio.start_server(sink.serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        poster = Poster(Guard(HERE, lambda _host, _port: ["127.0.0.1"]), trusts)
        try:
            return (await poster.post(read_url(f"https://{named}:{port}/"), {}, b"{}")).status
        except post.UnansweredError as error:
            return str(error)
        finally:
            await poster.close()
            server.close()
            sink.drop()
            await asyncio.sleep(0.02)

    assert str(expected) in str(asyncio.run(run()))


@pytest.mark.parametrize(("make", "part"), [(slack_channel, "blocks"), (teams_channel, "attachments")])
def test_chat_channels_post_their_own_form(make, part):
    """The body is what Slack or Teams reads, and it goes the same guarded way."""

    async def run():
        sink, poster = HookSink(), Poster(Guard(HERE))
        async with serving(sink):
            asked = subscription(address=f"http://127.0.0.1:{sink.port}/services/x")
            answer = await make(poster).send(NOTICE, asked, NOW_S)
            refused = await make(poster).send(NOTICE, subscription(address="https://10.0.0.1/"), NOW_S)
            await poster.close()
        return answer.became, refused.became, json.loads(sink.came[0][1])

    sent, refused, body = asyncio.run(run())
    assert (Became.DELIVERED, Became.REFUSED) == (sent, refused)
    assert part in body
