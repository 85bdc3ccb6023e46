"""Protecting: the files of the targets asked for, and what none of them can say."""

from __future__ import annotations

import pytest

import protected_world as sample
from tidegate.adapters.validators.vendors import VALIDATORS
from tidegate.errors import InputError
from tidegate.protect.setting_kinds import KINDS
from tidegate.protect.targets import vendors
from tidegate.verbs.protect import Protect, chosen, protect
from tidegate.world.file.read import read_world

ELEMENTS = {"crossings.edge.admission.rate": "180/s", "clients.workers.retry.0.attempts": "2"}


def plan(*targets, elements=ELEMENTS):
    protection = chosen(sample.world(), elements, "grow")
    return protect(Protect(file=sample.world(), protection=protection, targets=targets))


def test_every_target_with_words_writes_its_files():
    """Without --for, the targets that can say something are those that write."""
    assert ["nftables", "haproxy", "envoy", "grpc", "aws"] == [one.target for one in plan().written]
    assert (0, ()) == (plan().exit_code, plan().unsaid)


def test_what_no_target_says_is_a_condition():
    """An element in no file makes the answer hold under conditions, with the place where it is set."""
    found = plan("nftables")
    assert 3 == found.exit_code
    (unsaid,) = found.unsaid
    assert "clients.workers.retry.layers.0.attempts" == unsaid.path
    assert unsaid.why == "set in the client's own code or library"


def test_every_kind_of_setting_says_where_it_is_set():
    """Whatever no target writes, somebody has to set somewhere."""
    assert [] == [kind.pattern for kind in KINDS if not kind.where]


POOL_OF_POSTGRES = """\
networks: {fargate: {}, rds: {}}
crossings: {vpc: {between: [fargate, rds]}}
services: {postgres: {network: rds, concurrency: 2, connections: 87, connections_when_full: refuse}}
clients:
  api: {network: fargate, service: postgres, connection: pool, pool: 40, retry: {layers: [{attempts: 4}]}}
"""


@pytest.mark.parametrize("spoken", ["", ", protocol: mysql", ", protocol: redis", ", protocol: tcp"])
def test_no_target_writes_for_a_protocol_it_does_not_speak(spoken):
    """A client of a database gets no HTTP proxy, no service config and no SDK: whose it is, is said."""
    text = POOL_OF_POSTGRES.replace("connections: 87", f"connections: 87{spoken}")
    file = read_world(text, "fargate")
    elements = {
        "clients.api.timeout": "5s",
        "clients.api.retry.0.attempts": 2,
        "clients.api.retry.0.base": "1s",
    }
    plan = protect(Protect(file=file, protection=chosen(file, elements, None)))
    assert ((), 3) == (plan.written, plan.exit_code)
    assert len(elements) == len(plan.unsaid)
    for target in ("envoy", "grpc", "aws"):
        one = protect(Protect(file=file, protection=plan.protection, targets=(target,)))
        assert ((), ()) == (one.written[0].files, one.written[0].notes)
        speaks = spoken.removeprefix(", protocol: ") or "postgres"
        assert all(f"api speak {speaks} to postgres; " in left.why for left in one.unsaid)
        assert all(left.why.startswith("set in the client's own code") for left in one.unsaid)


def test_several_targets_complement_each_other():
    """What one of them says need not be said by the others."""
    assert 0 == plan("nftables", "grpc").exit_code


@pytest.mark.parametrize(
    ("elements", "activity", "words"),
    [
        ({}, None, "no element"),
        (ELEMENTS, "grwo", "did you mean grow"),
        ({"crossings.edge.round_trip": "1ms"}, None, "no protective setting"),
        (
            {"crossings.edge.admission.concurrent": "1k"},
            None,
            r"below the steady load.*at least 1\.2k open",
        ),
    ],
)
def test_a_request_that_cannot_be_met_is_told(elements, activity, words):
    """No element, no such activity, and what nobody can configure get one clear answer."""
    with pytest.raises(InputError, match=words):
        chosen(sample.world(), elements, activity)


def test_every_target_has_its_validator():
    """No target is without a judge of its files."""
    assert set(vendors.TARGETS) == set(VALIDATORS) == set(sample.ELEMENTS)
