"""Documents of other tools with something wrong anywhere: read, or refused by name; never a fault of ours."""

from __future__ import annotations

import pytest

from foreign_readers import READERS, read_mutations

SOME_COUNT = 700


@pytest.mark.parametrize("name", READERS)
def test_documents_that_are_as_they_should_be_are_read(name):
    """None of those that are mutated is refused as it is."""
    read, documents = READERS[name]
    for document in documents:
        read(document)


@pytest.mark.parametrize("name", READERS)
def test_what_is_unexpected_is_read_or_named(name):
    """Some hundred mutations of each, whatever the seed: some are read, others are refused with a reason."""
    assert all(read_mutations(name, "some", SOME_COUNT))
