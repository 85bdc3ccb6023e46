"""Ramps and protections of three random worlds, attacked; the long figures are `make evidence`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from attacked_worlds import attack_protection, attack_ramp, attacked_world


@pytest.mark.parametrize("number", [3, 5, 12])
def test_what_is_found_stands_an_attack(number):
    """With seeds of the attack's own neither the ramp nor the protection collapses too often."""
    file = attacked_world(number)
    with ThreadPoolExecutor(1) as executor:
        ramp = attack_ramp(file, "act", executor, many=60)
        protection = attack_protection(file, "act", executor, many=60)
    assert ramp["found"] or protection["found"]
    assert [] == ramp.get("broken", []) == protection.get("broken", [])
    assert not any(cheaper.startswith("without") for cheaper in protection.get("cheaper", []))
