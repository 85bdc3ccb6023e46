"""Ramps and protections of three random worlds, attacked; the long figures are `make evidence`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from attacked_worlds import attack_protection, attack_ramp, attacked_world

MORE = [pytest.param(number, marks=pytest.mark.evidence) for number in (12, 22)]


@pytest.mark.parametrize("number", [16, *MORE])
def test_what_is_found_stands_an_attack(number):
    """With seeds of the attack's own neither collapses too often, and no looser protection is proven."""
    file = attacked_world(number)
    with ThreadPoolExecutor(1) as executor:
        ramp = attack_ramp(file, "act", executor, many=60)
        protection = attack_protection(file, "act", executor, many=60)
    assert ramp["found"] or protection["found"]
    assert [] == ramp.get("broken", []) == protection.get("broken", [])
    assert [] == protection.get("cheaper", [])
