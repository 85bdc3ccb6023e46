"""A ramp as calendar, autoscaler limits and shell loop."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tidegate.errors import InputError
from tidegate.evaluate.judging.trial import Proof
from tidegate.evaluate.searching.ramp import Ramp
from tidegate.evaluate.variants.pace import Pace
from tidegate.present.searches.ramp_schedule import autoscaler_text, calendar_text, shell_text

PROOF = Proof(cases={}, variants_count=0, runs_count=0, seed=1)


def ramp(*, batches=2, pause_s=60.0):
    pace = Pace(
        activity="grow", batches_count=batches, pause_s=pause_s, spread_s=None, total_s=batches * pause_s
    )
    steps = tuple((i * pause_s, 40 + 10 * (i + 1)) for i in range(batches))
    return Ramp(pace=pace, steps=steps, changes={}, proof=PROOF, before_count=40)


def test_a_calendar_has_an_event_for_each_batch_in_utc():
    """RFC 5545: CRLF, escaped text, no line above 75 octets."""
    title = "grow; the shop, now\nBEGIN:VALARM" + "é" * 90
    text = calendar_text(title, ramp(), datetime(2026, 12, 1, 2, tzinfo=UTC))
    lines = text.split("\r\n")
    assert ["DTSTART:20261201T020000Z", "DTSTART:20261201T020100Z"] == [
        line for line in lines if line.startswith("DTSTART")
    ]
    assert "SUMMARY:grow\\; the shop\\, now BEGIN:VALARM" in text
    assert "BEGIN:VALARM" not in lines
    assert max(len(line.encode()) for line in lines) <= 75


def test_a_calendar_says_what_is_counted():
    """Devices of a crossing are no instances."""
    said = calendar_text("drain", replace(ramp(), counted="devices"), datetime(2026, 12, 1, 2, tzinfo=UTC))
    assert "SUMMARY:drain: batch 1 of 2\\, to 50 devices" in said


def test_an_autoscaler_keeps_the_pace():
    """Ten pods a minute; what breaks that stands beside it."""
    text = autoscaler_text(ramp())
    assert "{type: Pods, value: 10, periodSeconds: 60}" in text
    assert all(word in text for word in ("minReplicas", "restarts", "a flap", "a hand"))


def test_an_autoscaler_takes_no_larger_step_than_any_that_was_proven():
    """Of unequal steps the smallest, the first included; on the way down they are those of scaleDown."""
    one = replace(ramp(), steps=((0.0, 43), (60.0, 80), (200.0, 120)))
    assert "{type: Pods, value: 3, periodSeconds: 140}" in autoscaler_text(one)
    down = autoscaler_text(replace(one, steps=((0.0, 30), (60.0, 20)), before_count=40))
    assert "scaleDown:" in down
    assert "scaleUp:" not in down


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (ramp(batches=1), "one batch"),
        (ramp(pause_s=3600.0), "longer"),
        (replace(ramp(), before_count=None), "no number of pods"),
    ],
)
def test_what_an_autoscaler_cannot_say_is_refused(one, said):
    """One batch is no rate, and a policy looks at most half an hour back."""
    with pytest.raises(InputError, match=said):
        autoscaler_text(one)


@pytest.mark.parametrize("target", ["deployment/shop", "deployment/shop; rm -rf /", ""])
def test_a_shell_loop_is_a_valid_script_and_runs_no_foreign_words(target):
    """The shell accepts it; a name that is no name never becomes a command."""
    text = shell_text("grow\n; rm -rf /", ramp(), target)
    assert 0 == subprocess.run(["sh", "-n"], input=text, text=True, check=False).returncode
    assert ("kubectl scale" in text) == (target == "deployment/shop")
    assert not any(line.lstrip().startswith((";", "rm ")) for line in text.splitlines())
    assert "step 50\nsleep 60\nstep 60\n" in text
