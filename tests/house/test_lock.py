"""The locked requirements agree with the ranges in pyproject.toml, and a lock that does not is found out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from locked import asked_for, differences, disagreements, read_lock

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PRODUCT, BUILD, LINKER, TEST = (
    (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    for name in ("product", "build", "linker", "test")
)
HASH = f"    --hash=sha256:{'0' * 64}\n"
SOUND = (
    f"a==1.2 \\\n{HASH}    # via tidegate (pyproject.toml)\n"
    f"b==3.0 ; python_full_version < '3.12' \\\n{HASH}    # via a\n"
    f"b==4.0 ; python_full_version >= '3.12' \\\n{HASH}"
    "    # via\n    #   a\n    #   tidegate (pyproject.toml:test)\n"
)
ASKED = ("a>=1.0", "b>=3; python_version >= '3.11'")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (PRODUCT, ("run",)),
        (BUILD, ("build",)),
        (LINKER, ("linker",)),
        (TEST, ("build", "run", "test", "docs")),
    ],
    ids=["product", "build", "linker", "test"],
)
def test_the_lock_holds_what_pyproject_asks_for_and_nothing_else(text, parts):
    """Within every range, on every Python and platform; no address and no path. `make lock` mends it."""
    assert [] == disagreements(asked_for(PROJECT, parts), text)


def test_what_compiles_is_locked_apart_from_what_runs():
    """Nothing that only builds the engine reaches whoever runs it, or the list of what it is made of."""
    runs, builds = ({pin.name for pin in read_lock(text)[0]} for text in (PRODUCT, BUILD))
    assert {"numpy"} == runs & builds
    assert {"numba", "llvmlite", "hatchling"} <= builds


@pytest.mark.parametrize("text", [PRODUCT, BUILD], ids=["product", "build"])
def test_the_product_is_tested_in_the_versions_that_it_is_locked_at(text):
    """`make demo` and `make test` run the same."""
    assert [] == differences(text, TEST)


def test_a_sound_lock_has_no_fault():
    """One version each, by Python where they differ."""
    assert [] == disagreements([Requirement(text) for text in ASKED], SOUND)


@pytest.mark.parametrize(
    ("asked", "text", "fault"),
    [
        (("a>=1.3", ASKED[1]), SOUND, "a is locked at 1.2 and asked for as >=1.3"),
        ((ASKED[0], "b>=3.5"), SOUND, "b is locked at 3.0 and asked for as >=3.5"),
        ((*ASKED, "c"), SOUND, "c is asked for and not locked"),
        (ASKED[1:], SOUND, "a is locked and nothing asks for it"),
        (ASKED, SOUND.replace("b==4.0", "c==4.0"), "b is asked for and not locked on Python 3.12"),
        (ASKED, SOUND.replace(" ; python_full_version < '3.12'", ""), "b is locked twice on Python 3.12"),
        (ASKED, SOUND.replace(HASH, "", 1), "a 1.2 has no hash"),
        (ASKED, SOUND.replace("a==1.2", "a>=1.2"), "is neither a pin nor a hash"),
        (ASKED, "--index-url https://host.example/simple\n" + SOUND, "is neither a pin nor a hash"),
        (ASKED, "--find-links wheels\n" + SOUND, "is neither a pin nor a hash"),
        (ASKED, "# from https://host.example/simple\n" + SOUND, "is neither a pin nor a hash"),
        (ASKED, SOUND + "    # from https://host.example\n", "is neither a pin nor a hash"),
        (ASKED, SOUND + "c @ file:///srv/c\n", "is neither a pin nor a hash"),
    ],
)
def test_a_lock_that_does_not_agree_is_found_out(asked, text, fault):
    """Out of range, missing, extra, twice, without a hash, or with an address in it."""
    found = disagreements([Requirement(one) for one in asked], text)
    assert any(fault in one for one in found), found


def test_a_range_that_is_raised_above_the_lock_is_found_out():
    """The same with the project's own files: every dependency, asked for above what is locked."""
    raised = [Requirement(re.sub(r">=.*", ">=9999", str(one))) for one in asked_for(PROJECT, ("run",))]
    found = disagreements(raised, PRODUCT)
    assert {one.name.lower() for one in raised} == {fault.split()[0].lower() for fault in found}


def test_a_product_locked_at_other_versions_is_found_out():
    """Another version and another file are both differences."""
    assert ["a 1.3 is not what the tests run with"] == differences(SOUND.replace("a==1.2", "a==1.3"), SOUND)
    assert ["a 1.2 is not what the tests run with"] == differences(
        SOUND.replace("0" * 64, "1" * 64, 1), SOUND
    )
