"""Who draws a map at the first try: what is missing is named with its option and the world's own numbers."""

from __future__ import annotations

import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.verbs.survey import asked

FILE = tidegate.load("everyday_nat")


def test_a_side_that_is_not_named_is_offered_the_worlds_own_numbers() -> None:
    """Numbers whose range the world states need no more than their path."""
    with pytest.raises(InputError) as raised:
        asked(FILE, None, None, None)
    said = str(raised.value)
    assert "no number is named for --x and --y" in said
    assert next(path for path, one in FILE.estimates.items() if one.is_uncertain) in said


def test_a_number_without_a_range_is_told_which_option_gives_it_one() -> None:
    """The message holds what to type, and what the number is now."""
    with pytest.raises(InputError) as raised:
        asked(FILE, None, "clients.pods.pool", "services.database.instances")
    assert "--y-from VALUE" in str(raised.value) or "--x-from VALUE" in str(raised.value)
    assert "VALUE, as a file writes it; it is " in str(raised.value)
