"""What runs where Python lacks what only Linux gives it, as on macOS; what cannot, says so."""

from __future__ import annotations

import subprocess
import sys

import pytest

ELSEWHERE = """
import asyncio, multiprocessing.util, os, resource, select, socket, sys, sysconfig
import numpy, uvicorn

sysconfig.get_config_vars()  # this machine's, read before the system changes its name
for module, names in (
    (select, ("epoll", "EPOLLIN", "EPOLLOUT", "EPOLLERR", "EPOLLHUP", "EPOLLRDHUP")),
    (socket, ("AF_NETLINK", "AF_PACKET", "PACKET_OUTGOING", "SOCK_CLOEXEC", "SOCK_NONBLOCK", "TCP_INFO")),
    (socket, ("TCP_QUICKACK",)),
    (os, ("memfd_create", "pidfd_open", "posix_fallocate", "sched_getaffinity", "setns", "unshare")),
    (resource, ("RUSAGE_THREAD",)),
):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
sys.platform = "darwin"
sys.argv[0] = "tidegate"
from tidegate.cli.main import main

main()
"""


def elsewhere(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command where Linux's own names are missing."""
    return subprocess.run(
        [sys.executable, "-c", ELSEWHERE, *words], capture_output=True, text=True, check=False, timeout=120
    )


def test_a_check_needs_no_linux() -> None:
    """The answer of a world is the same word with the same exit code."""
    done = elsewhere("check", "surge", "--no-report", "--format", "line")
    assert (3, "PROTECT FIRST") == (done.returncode, done.stdout[:13])


@pytest.mark.parametrize("words", [("rehearse", "surge", "--no-report"), ("calibrate",)])
def test_what_runs_in_namespaces_says_that_it_needs_linux(words: tuple[str, ...]) -> None:
    """One line, no traceback, and no prediction before it."""
    done = elsewhere(*words)
    assert "tidegate: this needs Linux: it runs in namespaces of the Linux kernel\n" == done.stderr
    assert 1 <= done.returncode <= 7


def test_doctor_tells_what_is_missing() -> None:
    """It looks without failing."""
    done = elsewhere("doctor")
    assert "namespaces" in done.stdout
    assert "" == done.stderr
