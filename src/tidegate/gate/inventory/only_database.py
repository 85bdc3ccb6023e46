"""Which database does a pool lead to, of which only its size was seen? The only one that its owner asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tidegate.gate.inventory.seen_thing import Ask, Seen

ONLY_DATABASE = "the only database of who has the pool"
"""The name of whom a pool leads to that says no more: settled once it is known whom its owner asks."""


def settle_pools(seen: Iterable[Seen], protocols: Mapping[str, str]) -> None:
    """Say of pools that lead to "the only database" which one that is, where their owner asks only one.

    Parameters
    ----------
    seen
        Things, each once.
    protocols
        What is spoken, by each name of who answers.
    """
    for one in seen:
        pools = [ask for ask in one.asks if ask.names == (ONLY_DATABASE,)]
        known = [ask for ask in one.asks if ask.names != (ONLY_DATABASE,) and _is_database(ask, protocols)]
        for pool in pools:
            pool.names = (
                known[0].names if len({each.names for each in known}) == 1 else (f"database of {one.name}",)
            )
            pool.title = known[0].title if known else f"the database of {one.name}"


def _is_database(ask: Ask, protocols: Mapping[str, str]) -> bool:
    return bool(
        {ask.protocol, *(protocols.get(name, "") for name in ask.names)} & {"sql", "postgres", "mysql"}
    )
