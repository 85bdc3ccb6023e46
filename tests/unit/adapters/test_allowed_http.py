"""Which hosts are called back, however their address is written."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from tidegate.adapters.telemetry.allowed_http import AllowedHttp, read_hosts
from tidegate.adapters.telemetry.guarded_http import GuardedHttp
from tidegate.errors import InputError

USUAL = (("app.terraform.io", 443),)


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "app.terraform.io", "http://app.terraform.io/x", "ftp://app.terraform.io/x",
        "https://app.terraform.io.evil.example/x", "https://evil.example/app.terraform.io",
        "https://app.terraform.io@evil.example/", "https://evil.example@app.terraform.io/",
        "https://app.terraform.io:8443/x", "https://app.terraform.io\\@evil.example/", "https://127.0.0.1/",
        "https://[::1]/", "https://169.254.169.254/latest/meta-data", "https://app.terraform.io:x/",
        "https://app.terraform.io /", "https://app.terraform.io\r\nx: y/", "https://\u0430pp.terraform.io/", "https:///x",
        "https://2130706433/", "https://app.terraform.io./",
    ],
)  # fmt: skip
def test_other_addresses_are_not_asked(url):
    http = AllowedHttp(usual=USUAL, named=(), timeout_s=1.0)
    assert http.refusal(url)
    assert 0 == http.ask("PATCH", url, headers={"authorization": "Bearer x"}).status_count


def test_allowed_ones_are_by_host_and_port_alone():
    http = AllowedHttp(usual=USUAL, named=(), timeout_s=1.0)
    for url in ("https://app.terraform.io/x?y=z", "https://APP.terraform.io:443/"):
        assert "" == http.refusal(url)
    named = AllowedHttp(usual=USUAL, named=read_hosts(["tfe.corp:8443"], "--run-task-host"), timeout_s=1.0)
    assert "" == named.refusal("https://tfe.corp:8443/x")
    assert named.refusal("https://app.terraform.io/x"), "what the operator names stands instead"


def test_a_usual_host_that_turns_out_to_be_private_is_not_asked():
    """Only one that the operator named may be at an address of ours, and none at one of a cloud's secrets."""
    http = AllowedHttp(usual=(("localhost", 9),), named=(), timeout_s=1.0)
    assert "may not be asked" in http.ask("GET", "https://localhost:9/").why
    named = AllowedHttp(usual=(), named=(("169.254.169.254", 443),), timeout_s=1.0)
    assert "may not be asked" in named.ask("GET", "https://169.254.169.254/").why


@pytest.mark.parametrize("said", ["", "https://x", "x/y", "x:0", "x:99999", "-x", "x y", "[::1]", "a@b"])
def test_a_host_that_is_none_is_said(said):
    with pytest.raises(InputError, match="is no host"):
        read_hosts([said], "--github-host")


def test_one_that_drips_its_headers_is_left():
    """Each byte comes within the time of one read, and all of them never would."""
    over = threading.Event()

    def drip(listening):
        taken, _ = listening.accept()
        with taken:
            try:
                taken.sendall(b"HTTP/1.1 200 OK\r\n")
                while not over.wait(0.1):
                    taken.sendall(b"x: y\r\n")
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,), daemon=True)
        thread.start()
        began_s = time.monotonic()
        http = GuardedHttp(timeout_s=0.5, may_be_private=True)
        answer = http.get(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        took_s = time.monotonic() - began_s
        over.set()
        thread.join(5)
    assert (0, True) == (answer.status_count, took_s < 5.0)
