"""Who draws a map at the first try: what is missing is named with its option and the world's own numbers."""

from __future__ import annotations

import re

import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.verbs.survey import asked

FILE = tidegate.load("everyday_nat")


@pytest.mark.parametrize(("x", "missing"), [(None, "--x and --y"), ("nothing", "--y")])
def test_a_side_that_is_not_named_is_offered_a_call_that_works(x: str | None, missing: str) -> None:
    """The message holds both options with numbers of this world, never a path that is none of its numbers."""
    with pytest.raises(InputError) as raised:
        asked(FILE, None, x, None)
    said = str(raised.value)
    assert f"no number is named for {missing};" in said
    found = re.search(r"--x (\S+) --y ([^\s;]+);", said)
    assert found is not None
    ask = asked(FILE, None, found[1], found[2])
    assert (found[1], found[2]) == (ask.x[0], ask.y[0])


def test_a_number_without_a_range_is_drawn_around_what_it_is() -> None:
    """From a quarter to four times: a pool of twenty from 5 to 80, and one instance from 1 to 4."""
    ask = asked(FILE, None, "clients.pods.pool", "services.database.instances")
    assert ("clients.pods.pool", "5", "80") == ask.x
    assert ("services.database.instances", "1", "4") == ask.y


def test_a_number_that_is_zero_is_told_which_option_gives_it_a_range() -> None:
    """The message holds what to type, and what the number is now."""
    with pytest.raises(InputError) as raised:
        asked(tidegate.load("surge"), None, "clients.surge.population", "clients.base.timeout")
    assert "--x-from VALUE, as a file writes it; it is 0" in str(raised.value)
