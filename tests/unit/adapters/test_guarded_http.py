"""Asking other machines: only addresses that may be asked, the very one that was checked, for a while."""

from __future__ import annotations

import asyncio
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.adapters.channels.guard import ForbiddenError, Guard
from tidegate.adapters.telemetry.guarded_http import MOST_BYTES, GuardedHttp

PRIVATE = (  # all that is not the public internet
    "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0",  # noqa: S104
    "100.64.0.1", "::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "fe80::1%eth0", "fc00::1", "2002:7f00:1::",
    "224.0.0.1", "::",
)  # fmt: skip


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/away":
            self.send_response(302)
            self.send_header("location", "http://127.0.0.1:1/")
            self.end_headers()
            return
        self.send_response(503 if self.path == "/down" else 200)
        self.end_headers()
        size = MOST_BYTES * 4 if self.path == "/large" else 2
        self.wfile.write(b"x" * size)

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_asked(address):
    """Loopback, private, link-local and wrapped ones; where clouds keep secrets, not even when allowed."""
    assert not GuardedHttp(timeout_s=1).may_ask(address)
    assert not GuardedHttp(timeout_s=1, networks=["0.0.0.0/0"]).may_ask("169.254.169.254")


def test_public_addresses_and_named_networks_are_asked():
    """What the settings name may be asked; nothing beside it."""
    guarded = GuardedHttp(timeout_s=1, networks=["10.1.0.0/16"])
    assert [True, True, False, True] == [
        guarded.may_ask(one) for one in ("93.184.215.14", "10.1.2.3", "10.2.0.1", "::ffff:10.1.0.1")
    ]


def test_a_refused_address_is_said_and_not_connected_to(site):
    """The answer names the address and why."""
    answer = GuardedHttp(timeout_s=1).get(site)
    assert (0, "127.0.0.1 is at 127.0.0.1, which may not be asked") == (answer.status_count, answer.why)


def test_what_an_allowed_site_says(site):
    """Its status and the first bytes; a redirect is an answer, not a way on."""
    guarded = GuardedHttp(timeout_s=5, networks=["127.0.0.0/8"])
    said = {path: guarded.get(f"{site}{path}") for path in ("/", "/down", "/away", "/large")}
    assert {"/": 200, "/down": 503, "/away": 302, "/large": 200} == {
        path: one.status_count for path, one in said.items()
    }
    assert MOST_BYTES == len(said["/large"].body)


def test_a_name_is_resolved_once_and_pinned(site, monkeypatch):
    """A name that means another address the second time is asked at the first, which was checked."""
    answers = iter(["127.0.0.1"])

    def resolve(_host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr("tidegate.adapters.channels.guard.socket.getaddrinfo", resolve)
    asked: list[tuple[str, int]] = []
    real = socket.socket.connect

    guarded = GuardedHttp(timeout_s=5, networks=["127.0.0.0/8"])
    connected = []

    def connect(address, timeout):
        connected.append(address)
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        found.settimeout(timeout)
        real(found, address)
        return found

    monkeypatch.setattr("tidegate.adapters.telemetry.guarded_http.socket.create_connection", connect)
    port = int(site.rsplit(":", 1)[1])
    assert 200 == guarded.get(f"http://rebinding.example:{port}/").status_count
    assert ([("127.0.0.1", port)], []) == (connected, asked)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://x/", "http://", "http://[::1", "nonsense"])
def test_other_addresses_are_no_addresses(url):
    """Only http and https; whatever else is said, an answer comes and nothing is raised."""
    assert (0, True) == (
        GuardedHttp(timeout_s=1).get(url).status_count,
        bool(GuardedHttp(timeout_s=1).get(url).why),
    )


def test_a_server_that_says_nothing_is_left():
    """A connection that is taken and never answered ends after the time that was set."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        guarded = GuardedHttp(timeout_s=0.2, networks=["127.0.0.0/8"])
        answer = guarded.get(f"http://127.0.0.1:{silent.getsockname()[1]}/")
    assert (0, "timed out") == (answer.status_count, answer.why)


STRANGE = (  # where two rules once differed, and forms that hide an address
    "168.63.129.16", "::ffff:168.63.129.16", "64:ff9b::a83f:8110", "fd00:ec2::254", "192.88.99.1",
    "2002:101:101::", "64:ff9b:1::101:101", "2001:0:53aa:64c::1", "192.31.196.1", "::127.0.0.1", "fec0::1",
    "100::1", "5f00::1", "198.18.0.1", "1.1.1.1", "::ffff:1.1.1.1", "2606:4700::1111", "64:ff9b::101:101",
)  # fmt: skip


@given(
    text=st.one_of(st.sampled_from((*PRIVATE, *STRANGE)), st.ip_addresses().map(str)),
    networks=st.lists(st.sampled_from(["10.0.0.0/8", "0.0.0.0/0", "::/0", "fc00::/7"]), max_size=2),
)
def test_probes_and_notices_go_by_one_rule(text, networks):
    """Whatever the address and whatever networks are named, both answer alike."""
    allowed = [ip_network(one) for one in networks]
    guard = Guard(allowed)
    try:
        reached = asyncio.run(guard.addresses(text, 443, is_encrypted=True)) == (text,)
    except ForbiddenError:
        reached = False
    finally:
        guard.close()
    assert reached == GuardedHttp(timeout_s=1, networks=networks).may_ask(text)


@pytest.mark.parametrize(
    "text", ["169.254.169.254", "fd00:ec2::254", "168.63.129.16", "::ffff:a9fe:a9fe", "fe80::1"]
)
def test_where_clouds_keep_secrets_nobody_asks(text):
    """No network that is named opens these, nor that the operator named the host."""
    for opened in (
        GuardedHttp(timeout_s=1, networks=["0.0.0.0/0", "::/0"]),
        GuardedHttp(timeout_s=1, may_be_private=True),
    ):
        assert not opened.may_ask(text)


def test_a_host_that_an_operator_named_may_be_private():
    """Identity is asked inside; what is neither public nor private is asked by nobody."""
    guarded = GuardedHttp(timeout_s=1, may_be_private=True)
    assert [True, True, True, False, False] == [
        guarded.may_ask(one) for one in ("127.0.0.1", "10.2.0.1", "fc00::1", "2002:a9fe:a9fe::", "192.0.2.1")
    ]
