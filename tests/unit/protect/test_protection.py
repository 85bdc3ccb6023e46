"""The noun of protection: an overlay with reasons, checked against the world it protects."""

from __future__ import annotations

import re

import pytest

import protected_world as sample
from tidegate.errors import InputError
from tidegate.protect.protection import protection_of
from tidegate.protect.setting_kinds import KINDS, canonical, kind_of
from tidegate.world.file.overlay import overlay
from tidegate.world.file.shape import slot_at
from tidegate.world.file.value import value_at


def test_every_kind_is_a_key_of_the_world():
    """Each pattern leads to a key of a noun, so that no kind is out of date."""
    for kind in KINDS:
        path = re.sub(r"(layers|reactions|calls|health_probes|on_connect)\.\*", r"\1.0", kind.pattern)
        path = path.replace("*", "x")
        assert path.endswith(".retry") or slot_at(path) is not None, path
        assert kind is kind_of(path)


def test_a_protection_is_an_overlay():
    """Laying it over the world gives the values it was made from, in the core's unit."""
    protection = sample.protection("nftables")
    changed = overlay(sample.world(), protection.overlay()).world
    assert 180.0 == protection.overlay()["crossings.edge.admission.rate"]
    assert protection.overlay() == {path: value_at(changed, path) for path in protection.overlay()}
    assert sample.protection_of(sample.world(), protection.overlay()).overlay() == protection.overlay()


def test_an_element_says_which_number_it_comes_from():
    """The reason compares the value with what the device carries; the purpose says what it does."""
    element = sample.protection("nftables").elements[0]
    assert "70 % of the 257/s that one device of edge carries" == element.reason
    assert "each device lets in at most 180/s new flows" == element.purpose
    assert "180/s" == element.text


def test_a_reason_that_is_given_stands():
    """Whoever chose the value may say why, and with which margin."""
    path = "crossings.edge.admission.rate"
    (element,) = protection_of(
        sample.world(), {path: "180/s"}, reasons={path: "the optimiser's"}, margin_ratio=0.3
    ).elements
    assert ("the optimiser's", 0.3) == (element.reason, element.margin_ratio)


def test_layers_are_written_one_way():
    """A layer addressed without `layers` is the same element."""
    assert "clients.w.retry.layers.0.base" == canonical("clients.w.retry.0.base")
    short = protection_of(sample.world(), {"clients.workers.retry.0.base": "1s"})
    long = protection_of(sample.world(), {"clients.workers.retry.layers.0.base": "1s"})
    assert short == long


def test_a_whole_retry_policy_is_an_element():
    """A policy by its catalogue name stays a name."""
    (element,) = protection_of(sample.world(), {"clients.workers.retry": "botocore-standard"}).elements
    assert ("botocore-standard", "botocore-standard") == (element.value, element.text)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("crossings.edge.admision.rate", "1/s", "no such path"),
        ("crossings.edge.admission.rate", "fast", "is not a rate"),
        ("services.api.service_time", "1ms", "is no protective setting"),
        ("horizon", "1min", "is no protective setting"),
    ],
)
def test_what_is_no_protection_is_refused(path, value, words):
    """A wrong path, a wrong value and a key that nobody can configure are told."""
    with pytest.raises(InputError, match=words):
        protection_of(sample.world(), {path: value})
