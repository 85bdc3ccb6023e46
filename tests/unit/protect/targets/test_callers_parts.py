"""A file for several callers: which part is taken, how another is asked for, and that the rest is told."""

from __future__ import annotations

import json

import pytest

import protected_world as sample
from tidegate.errors import InputError
from tidegate.protect.adopted import Subjects
from tidegate.protect.targets import vendors

AT = "clients.workers.retry"
PROFILES = """\
[default]
retry_mode = standard
max_attempts = 3
[sso-session corp]
sso_region = us-east-1
a line that is none of a profile
[profile prod]
max_attempts = 10
"""


def read(target, text, part=""):
    subjects = Subjects(world=sample.world().world, clients="workers", part=part)
    return vendors.named(target).read(text, "deployed", subjects)


def config(*entries):
    """Return a service config with an entry for each service and its attempts."""
    policy = {
        "initialBackoff": "0.1s",
        "maxBackoff": "1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    methods = [
        {"name": [name], "retryPolicy": {**policy, "maxAttempts": attempts}} for name, attempts in entries
    ]
    return json.dumps({"methodConfig": methods})


def test_a_profile_can_be_asked_for():
    """Without that the default is taken; sessions of single sign-on are no profiles."""
    assert 3 == read("aws", PROFILES).overlay()[AT]["attempts"]
    assert 10 == read("aws", PROFILES, "prod").overlay()[AT]["attempts"]


def test_a_profile_that_is_not_there_is_a_fault():
    """With those that are."""
    with pytest.raises(InputError, match=r"no such part \(live\); allowed: default, prod"):
        read("aws", PROFILES, "live")


def test_the_method_asked_for_else_the_one_that_tries_again_most():
    """Whichever entry that is: a storm is made by those that try again, not by the rest."""
    one, two = ({"service": "a.B"}, 2), ({"service": "a.C", "method": "Get"}, 4)
    assert 4 == read("grpc", config(one, two)).overlay()[f"{AT}.layers.0.attempts"]
    assert 2 == read("grpc", config(one, two), "a.B").overlay()[f"{AT}.layers.0.attempts"]
    adopted = read("grpc", config(one, two, ({}, 3)))
    assert 4 == adopted.overlay()[f"{AT}.layers.0.attempts"]
    assert ["methodConfig a.B", "methodConfig all methods"] == [told.words for told in adopted.ignored]
    assert 5 == read("grpc", config(one, two, ({}, 5))).overlay()[f"{AT}.layers.0.attempts"]


def test_the_spelling_of_go_is_read_and_told():
    """Go's gRPC takes names whatever their capitals, and durations without a leading zero."""
    text = config(({"service": "a.B"}, 3)).replace('"0.1s"', '".05s"').replace("maxAttempts", "MaxAttempts")
    adopted = read("grpc", text)
    assert 3 == adopted.overlay()[f"{AT}.layers.0.attempts"]
    assert 0.05 == adopted.overlay()[f"{AT}.layers.0.base"]
    assert ["only Go's gRPC takes it for maxAttempts"] == [told.why for told in adopted.ignored]


def test_a_config_of_gax_is_read():
    """Retried until the whole call has taken its time; methods without codes are told."""
    parameters = {
        "initial_retry_delay_millis": 100, "retry_delay_multiplier": 1.3, "max_retry_delay_millis": 60000,
        "initial_rpc_timeout_millis": 20000, "total_timeout_millis": 600000,
    }  # fmt: skip
    methods = {
        "Create": {"retry_codes_name": "never", "retry_params_name": "default"},
        "Publish": {"retry_codes_name": "often", "retry_params_name": "default"},
    }
    interface = {
        "retry_codes": {"never": [], "often": ["UNAVAILABLE"]},
        "retry_params": {"default": parameters},
        "methods": methods,
    }
    adopted = read("grpc", json.dumps({"interfaces": {"pubsub.Publisher": interface}}))
    (layer,) = adopted.overlay()[AT]["layers"]
    assert (None, 0.1, 1.3, 60.0, "full", 600.0) == tuple(
        layer[key] for key in ("retries", "base", "multiplier", "cap", "jitter", "deadline")
    )
    assert 20.0 == adopted.overlay()["clients.workers.timeout"]
    assert ["pubsub.Publisher/Create"] == [told.words for told in adopted.ignored]
