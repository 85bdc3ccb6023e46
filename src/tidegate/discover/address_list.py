"""How are addresses of a population written in a world file, and read again? Neighbours as one, and so many.

`10.0.0.4-10.0.0.9` are six. What has no room in a line of a world file is counted: ``and 312 more``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence

AND_MORE = "and"
"""What stands before how many addresses a list leaves out."""
MOST_CHARACTERS = 3_900
"""A text in a world file may be a little longer."""
MOST_IN_ONE = 65_536
"""So many neighbours are read at most: a network of 16 bits."""


def listed(addresses: Sequence[str]) -> str:
    """Return addresses as a world file names them, those of IPv4 in the order of their numbers."""
    found, length, left_count = list[str](), 0, 0
    for said, count in _neighbours(addresses):
        length += len(said) + 2
        if left_count or length > MOST_CHARACTERS:
            left_count += count
        else:
            found.append(said)
    more = f" {AND_MORE} {left_count:,} more" if left_count else ""
    return ", ".join(found) + more


def named(said: Iterable[str]) -> frozenset[str]:
    """Return each address that is named, and each other word as it is.

    Parameters
    ----------
    said
        Texts of a world file; between addresses stand commas or blanks.
    """
    return frozenset(one for text in said for word in text.replace(",", " ").split() for one in _each(word))


def _neighbours(addresses: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield what is written, and for how many addresses it stands."""
    numbers = sorted(int(address) for one in addresses if (address := _ipv4(one)) is not None)
    first = 0
    for place, number in enumerate(numbers):
        if place + 1 < len(numbers) and numbers[place + 1] == number + 1:
            continue
        run = numbers[first : place + 1]
        first = place + 1
        if len(run) > 2:
            yield f"{ipaddress.IPv4Address(run[0])}-{ipaddress.IPv4Address(run[-1])}", len(run)
        else:
            yield from ((str(ipaddress.IPv4Address(one)), 1) for one in run)
    yield from ((one, 1) for one in addresses if _ipv4(one) is None)


def _each(word: str) -> Iterator[str]:
    first, _, last = word.partition("-")
    low, high = _ipv4(first), _ipv4(last)
    if low is None or high is None or not 0 <= int(high) - int(low) < MOST_IN_ONE:
        yield word
        return
    yield from (str(ipaddress.IPv4Address(number)) for number in range(int(low), int(high) + 1))


def _ipv4(text: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None
