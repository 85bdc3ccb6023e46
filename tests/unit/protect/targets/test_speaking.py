"""What a path speaks decides who writes for it."""

from __future__ import annotations

import pytest

import protected_world as sample
from tidegate.protect.protection import protection_of
from tidegate.protect.targets import vendors

ATTEMPTS = "clients.workers.retry.layers.0.attempts"
SPOKEN = {"envoy": ("http", "grpc"), "grpc": ("grpc",), "aws": ("http",)}


def write(target, protocol, changes):
    stated = f"    network: outside\n    protocol: {protocol}\n"
    file = sample.world(sample.TEXT.replace("    network: outside\n", stated, 1))
    return vendors.named(target).write(protection_of(file, changes), file, None)


@pytest.mark.parametrize("target", SPOKEN)
@pytest.mark.parametrize("protocol", ["http", "grpc", "postgres", "redis", "tcp", "dns"])
def test_a_client_gets_what_its_path_speaks(target, protocol):
    """Whoever writes for the protocol writes without a doubt, and nobody else writes."""
    done = write(target, protocol, {ATTEMPTS: 3})
    assert (protocol in SPOKEN[target]) == bool(done.files) == (done.expressed == (ATTEMPTS,))
    assert not any("protocol is not stated" in note for note in done.notes)
    assert done.files or f"workers speak {protocol} to api; " in done.not_expressed[0].why


@pytest.mark.parametrize("target", SPOKEN)
def test_what_is_not_known_is_noted(target):
    """A file for a path of which nothing is known says what it is for."""
    done = write(target, "unknown", {ATTEMPTS: 3})
    assert done.files
    says = "services.api.protocol is not stated: what is written for workers holds for"
    assert any(note.startswith(says) for note in done.notes)


@pytest.mark.parametrize("target", ["haproxy", "envoy", "nginx"])
def test_a_tcp_proxy_stands_before_whatever_runs_over_tcp(target):
    """Connections are counted alike for a database and for a web server; questions over UDP pass beside."""
    full = "refuse" if target == "nginx" else "backlog"
    changes = {"services.api.connections": 100, "services.api.connections_when_full": full}
    assert write(target, "postgres", changes).files == write(target, "unknown", changes).files
    done = write(target, "dns", changes)
    assert () == done.files
    assert all("over UDP" in one.why for one in done.not_expressed)
