"""Documents of other tools with something wrong anywhere: read, or refused by name; never a fault of ours."""

from __future__ import annotations

import random

import pytest

from foreign_mutations import mutated
from foreign_readers import READERS
from tidegate.errors import Fault, InputError

SOME_COUNT, MANY_COUNT = 700, 1_000_000


def read_mutations(name: str, seed: str, count: int) -> tuple[int, int]:
    """Read mutations of a reader's documents; return how many were read and refused."""
    read, documents = READERS[name]
    chance = random.Random(f"{name} {seed}")  # noqa: S311
    read_count = refused_count = 0
    for _ in range(count):
        tree = mutated(chance.choice(documents), chance)
        try:
            read(tree)
        except InputError as error:
            refused_count += _is_named(error.faults[0])
        else:
            read_count += 1
    assert read_count + refused_count == count  # each that was refused says what was unexpected
    return read_count, refused_count


def _is_named(fault: Fault) -> bool:
    return bool(fault.what and (fault.path or fault.value or fault.allowed))


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


@pytest.mark.evidence
@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", READERS)
def test_a_million_mutations_of_each_are_read_or_named(name):
    """As above, 10⁶ of each reader."""
    assert all(read_mutations(name, "many", MANY_COUNT))
