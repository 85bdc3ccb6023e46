"""What was found in records of flows, with labels in place of addresses: one for each, wherever it stands."""

from __future__ import annotations

import re
from dataclasses import replace

from tidegate.discover.discovered import Discovered
from tidegate.discover.population import Asked
from tidegate.discover.unseen import Unseen

_ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4})(?![\w.:]*[\w])",
    re.ASCII,
)


def without_addresses(found: Discovered) -> Discovered:
    """Return what was found with a label in place of each address.

    Parameters
    ----------
    found
        As it was; its world has none where it was written so.
    """
    labels: dict[str, str] = {}

    def label(address: str) -> str:
        return labels.setdefault(address, f"address-{len(labels) + 1}")

    def hidden(text: str) -> str:
        for address in sorted(labels, key=len, reverse=True):
            text = text.replace(address, labels[address])
        return _ADDRESS.sub(lambda each: label(each[0]), text)

    places = tuple(_labelled(one, label) for one in found.places)
    return replace(
        found,
        places=places,
        warnings=tuple(map(hidden, found.warnings)),
        unseen=tuple(Unseen(what=hidden(one.what), measure=hidden(one.measure)) for one in found.unseen),
    )


def _labelled(one: Asked, label: object) -> Asked:
    assert callable(label)
    place = replace(one.place, address=label(one.place.address))
    populations = tuple(
        replace(each, sources=tuple(label(address) for address in each.sources)) for each in one.populations
    )
    return replace(one, place=place, populations=populations)
