"""Who makes the first account? With several sites the one that starts first; the others hear of it.

Two that start before they hear each other make one each: the earlier password holds everywhere. So whoever
starts asks the others for a moment, and where none answers says that the password may not hold.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tidegate.errors import TidegateError
from tidegate.inform.state import State
from tidegate.journal.chain_name import site_of
from tidegate.journal.shared_secrets import UnreadableSecretsError, read_secrets

if TYPE_CHECKING:
    from tidegate.server.house import House

ASKED_S = 2.0
"""So long the other sites have to say that they know an account: a server must begin without them too."""


def begin_accounts(house: House, tell: Callable[[str], None], *, asked_s: float = ASKED_S) -> None:
    """Make the first account where neither this site nor one that it works with has any; tell what holds.

    Parameters
    ----------
    house
        The server that begins.
    tell
        Says a line to whoever started it.
    asked_s
        How long the other sites have to answer, in seconds.
    """
    if house.kept.held.passwords:
        return
    others = [one.name for one in house.members().others]
    known_at = _known_at(house, others, asked_s)
    if known_at:
        tell(f"First start: no account is made, for site {known_at} has one. Its password holds here too,")
        tell(f"as soon as {known_at} is heard. Another is set by:")
        tell(f"  tidegate account password NAME --data {house.folder}")
        return

    def shown(name: str, password: str) -> None:
        tell("First start: an operator's account was made. Its password is shown this once:")
        tell(f"  name      {name}")
        tell(f"  password  {password}")
        if others:
            tell("This password holds until another site's is heard: of several first ones the earliest")
            tell(f"holds at every site. Not heard yet: {', '.join(others)}.")

    house.accounts.first_account(shown)


def _known_at(house: House, others: Sequence[str], asked_s: float) -> str:
    """Return another site that has an account: one that said so, or of whom it is on record; else nothing."""
    if not others:
        return ""
    _look_in_stores(house, asked_s)
    with house.record.reading() as state:
        said_at = _said_at(house, state)
    return said_at or _told_by(house, others, asked_s)


def _look_in_stores(house: House, most_s: float) -> None:
    """Take in what other sites left where both reach; a store that is slow is waited for no longer."""
    looking = threading.Thread(target=house.storing.turn, name="first account stores", daemon=True)
    looking.start()
    looking.join(most_s)


def _said_at(house: House, state: State) -> str:
    """Return the other site that declared an account which has not ended."""
    own = house.journal.site
    for one in state.accounts():
        said = [] if one.is_ended else house.journal.about(one.name)
        sites = [site_of(entry.site) for entry in said if entry.kind == "account.declared"]
        if found := [site for site in sites if site != own]:
            return found[0]
    return ""


def _told_by(house: House, others: Sequence[str], asked_s: float) -> str:
    """Ask all other sites at once; return the first that knows an account, empty where none does in time."""
    found: list[str] = []
    over = threading.Condition()
    left = set(others)

    def ask(name: str) -> None:
        has_account = _has_account(house, name)
        with over:
            left.discard(name)
            if has_account:
                found.append(name)
            over.notify()

    for name in others:
        threading.Thread(target=ask, args=(name,), name=f"first account {name}", daemon=True).start()
    until_s = time.monotonic() + asked_s
    with over:
        while left and not found and (rest_s := until_s - time.monotonic()) > 0:
            over.wait(rest_s)
        return found[0] if found else ""


def _has_account(house: House, name: str) -> bool:
    """Whether another site says that it keeps a password. Nothing is taken yet: that is the exchange's."""
    if not (house.setting.peers.get(name) or house.members().by_name[name].address):
        return False
    peer = house.exchanging.peer(name)
    try:
        return bool(read_secrets(peer.secrets().text, 0).passwords)
    except (TidegateError, UnreadableSecretsError):
        return False
    finally:
        peer.close()
