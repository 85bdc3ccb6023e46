"""What the vendors themselves say of our files: every golden accepted, every spoilt one refused."""

from __future__ import annotations

import dataclasses
import os

import pytest

import protected_world as sample
from tidegate.adapters.validators.vendors import validate
from tidegate.protect.config_file import ConfigFile

SPOILT = {
    "nftables": ("limit rate over", "limit rite over"),
    "haproxy": ("maxconnrate", "maxconrate"),
    "envoy": ("tokens_per_fill", "tokens_per_file"),
    "nginx": ("limit_conn tg_all", "limit_con tg_all"),
    "pgbouncer": ("max_client_conn = 1200", "most_client_conn = 1200"),
    "hikaricp": ("maximumPoolSize=20", "mostPoolSize=20"),
    "sqlalchemy": ('"pool_size": 4', '"pool_sise": 4'),
    "node-postgres": ("max: 20", "most: 20"),
    "sshd": ("MaxStartups 200", "MostStartups 200"),
    "nats": ("max_connections", "most_connections"),
    "kubernetes": ("maxReplicas", "mostReplicas"),
    "grpc": ('"maxBackoff"', '"mostBackoff"'),
    "aws": ("max_attempts = 2", "max_attempts = two"),
}


def judged(files):
    """What the validators say; a part that is missing skips the test, or fails it where all are required."""
    found = validate(files)
    absent = [one.says for one in found if one.valid is None]
    if absent and os.environ.get("REQUIRE_PARTS") != "1":
        pytest.skip(absent[0])
    assert not absent, absent
    return found


@sample.EACH_TARGET
def test_the_vendor_accepts_its_files(target):
    """Each file of each target passes the vendor's own validator."""
    found = judged(sample.written(target).files)
    assert [] == [(one.name, one.says) for one in found if not one.valid]
    assert found


@sample.EACH_TARGET
def test_the_vendor_refuses_a_spoilt_file(target):
    """The validator is really asked: one wrong word is refused, in the vendor's words."""
    right, wrong = SPOILT[target]
    (one,) = [file for file in sample.written(target).files if right in file.text]
    (found,) = judged([dataclasses.replace(one, text=one.text.replace(right, wrong))])
    assert found.valid is False
    assert found.says


def test_kernel_settings_are_tried():
    """A timer the kernel does not know is refused."""
    spoilt = "net.netfilter.nf_conntrack_tcp_timeout_times_wait = 30\n"
    (found,) = judged([ConfigFile(target="nftables", name="x.sysctl.conf", text=spoilt)])
    assert found.valid is False
