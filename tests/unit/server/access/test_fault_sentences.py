"""How a fault reads on a page where everybody sees what it is about."""

from __future__ import annotations

import pytest

from tidegate.errors import Fault
from tidegate.server.access.visit import _sentence


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault(what="is no status", path="status", value="odd"), "“odd” is no status."),
        (Fault(what="is empty", path="title"), "This is empty."),
        (Fault(what="has another version", value="9"), "“9” has another version."),
        (Fault(what="an answer needs words", kind="statement"), "An answer needs words."),
        (Fault(what="there is no such case", kind="absent", value="c1"), "There is no such case (c1)."),
    ],
)
def test_what_is_said_of_a_value_has_it_as_its_subject(fault, sentence):
    """Its kind decides, not the words it begins with."""
    assert sentence == _sentence(fault)
