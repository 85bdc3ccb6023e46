"""Publish the site of a record: make it, put it at every place, and know when it must be done again.

Each place stands for itself: one that cannot be reached keeps what it has, which says of itself when it
is too old, and does not keep the others waiting for an answer it cannot give.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.adapters.publish.target import Target, TargetError
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.inform.site.apart import TOGETHER, Apart
from tidegate.inform.site.segment_link import SEASON_S, season_of, segment_pages
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.site.visibility import DAY_S, MOST_WINDOWS_COUNT
from tidegate.inform.state import State
from tidegate.journal.shared_secrets import in_turn
from tidegate.present.site.site_tree import SiteTree, changed_paths, site_tree

if TYPE_CHECKING:
    from tidegate.world.world import World

AFRESH_SHARE = 0.4
"""Of the time a publication may be believed: two failures in a row do no harm."""
_SLACK_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Put:
    """What became of one place.

    Parameters
    ----------
    target
        Its name.
    changed_count
        How many files were new or changed there.
    error
        Why it could not be put there; empty where it was.
    """

    target: str
    changed_count: int = 0
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Publication:
    """A site that was made and put in its places.

    Parameters
    ----------
    tree
        The site.
    changed
        The paths that differ from the publication before it.
    puts
        What became of each place.
    """

    tree: SiteTree
    changed: tuple[str, ...]
    puts: tuple[Put, ...]


def own_link_secret(key: Ed25519PrivateKey, common: bytes = b"") -> bytes:
    """Return the secret for segments' addresses.

    Parameters
    ----------
    key
        The site's own key, from which it follows where sites have nothing in common.
    common
        What all sites of one record share: with the same, each gives out the same addresses.
    """
    return hmac.new(common or key.private_bytes_raw(), b"tidegate segment pages 1", hashlib.sha256).digest()


def link_secrets(kept: SecretsFile, key: Ed25519PrivateKey) -> tuple[bytes, ...]:
    """Return the secrets for segments' addresses that hold at all sites; the first makes them."""
    kept.know_link(own_link_secret(key).hex())
    return tuple(bytes.fromhex(one) for one in in_turn(kept.held.links))


def with_segments(setting: SiteSetting, world: World | None, state: State) -> SiteSetting:
    """Return a setting that knows the segments of the world and of every outage on record."""
    found: dict[str, str] = {}
    for one in state.outages():
        found.update({name: one.titles.get(name, name) for name in one.segments})
    if world is not None:
        found.update({name: noun.title or name for name, noun in world.segments.items()})
    return replace(setting, segments={**found, **setting.segments})


@dataclass(kw_only=True)
class Publisher:
    """Whoever publishes one record again and again.

    Parameters
    ----------
    state
        Everything said so far; new entries are taken into it as they come.
    setting
        How the site calls itself.
    key
        What signs it.
    clock
        Gives the seconds since 1970 (UTC), never earlier than what is on record.
    targets
        Where it is put.
    world
        The world, where there is one: it names the segments.
    is_live
        It follows the clock. A written record keeps the number of its own time, so it replaces nothing later.
    by
        The name of the site in the journal.
    before
        The site that was published last.
    apart
        What may not have been heard of other sites.
    """

    state: State
    setting: SiteSetting
    key: Ed25519PrivateKey
    clock: Callable[[], float]
    targets: Sequence[Target]
    world: World | None = None
    is_live: bool = True
    by: str = ""
    before: SiteTree | None = field(default=None, repr=False)
    apart: Apart = TOGETHER
    _said_count: int = field(default=-1, repr=False)
    _due_s: float = field(default=0.0, repr=False)
    _restated_count: int = field(default=0, repr=False)
    _making_count: int = field(default=0, repr=False)
    _made_count: int = field(default=0, repr=False)

    @property
    def made_s(self) -> float:
        """When the site was made that was published last, in seconds since 1970; 0 where none was."""
        return self.before.until_s - self.setting.valid_s if self.before else 0.0

    def is_due(self) -> bool:
        """Whether the site is to be made: something was said, or the clock reached what changes by itself."""
        if self.before is None or self.state.entries_count != self._said_count:
            return True
        if self._made_count != self._restated_count:
            return True
        # A clock that was set back behind the last publication would let nothing fall due for as long.
        return not self.made_s - _SLACK_S <= self.clock() < self._due_s

    def restate(self, setting: SiteSetting, apart: Apart) -> None:
        """Take in that the site calls itself otherwise, or hears others no more: it is due."""
        self.setting, self.apart = setting, apart
        self._restated_count += 1

    def make(self) -> SiteTree:
        """Return the site as it is now, later than all that are in its places, whatever the clock says."""
        now_s, setting = self.clock(), with_segments(self.setting, self.world, self.state)
        self._making_count = self._restated_count  # what is restated meanwhile is for the next
        after = max((target.held() for target in self.targets), default=0) if self.is_live else 0
        after = max(after, self.before.sequence if self.before and self.is_live else 0)
        return site_tree(
            self.state, setting, now_s, self.key, self.before, after_sequence=after, by=self.by,
            apart=self.apart,
        )  # fmt: skip

    def published(self, tree: SiteTree, said_count: int) -> None:
        """Take in that a site was published in which so many entries were told of."""
        self.before, self._said_count, self._made_count = tree, said_count, self._making_count
        made_s, afresh_s = self.made_s, self.made_s + self.setting.valid_s * AFRESH_SHARE
        turns = (at_s for at_s in turns_s(self.state, self.setting, made_s) if at_s < afresh_s)
        self._due_s = min(turns, default=afresh_s)

    def publish(self) -> Publication:
        """Make the site as it is now and put it in every place; anew where one held a later one."""
        publication = self._publish()
        is_late = any(
            put.error and target.held() >= publication.tree.sequence
            for put, target in zip(publication.puts, self.targets, strict=True)
        )
        return self._publish() if is_late and self.is_live else publication

    def _publish(self) -> Publication:
        said_count, tree = self.state.entries_count, self.make()
        changed = changed_paths(tree, self.before)
        with ThreadPoolExecutor(max(len(self.targets), 1)) as pool:
            puts = tuple(pool.map(lambda target: _put(target, tree), self.targets))
        self.published(tree, said_count)
        return Publication(tree=tree, changed=changed, puts=puts)


def _put(target: Target, tree: SiteTree) -> Put:
    try:
        return Put(target=target.name, changed_count=target.put(tree))
    except TargetError as error:
        return Put(target=target.name, error=str(error))


def turns_s(state: State, setting: SiteSetting, after_s: float) -> Iterable[float]:
    """Yield the times after `after_s` (seconds since 1970) at which the site changes by itself.

    An outage or a claim begins or lapses, maintenance begins or ends, a promise falls due, a segment's
    address is replaced.
    """
    found: list[float | None] = []
    for one in state.outages():
        found += [one.promise_s, one.since_s]
    for component in state.components():
        for claim in state.own_claims(component.id):
            found += [claim.at_s, claim.until_s]
    for work in state.maintenance():
        for window in islice(work.windows(after_s, after_s + DAY_S), MOST_WINDOWS_COUNT):
            found += window
    found += [SEASON_S * (season_of(after_s) + 1)] if setting.link_secret else []
    return (at_s for at_s in found if at_s is not None and at_s > after_s)


def segment_links(setting: SiteSetting, now_s: float) -> tuple[tuple[str, str, float], ...]:
    """Return title, address and lapse (seconds since 1970) of each segment's own page of this season."""
    found: dict[str, tuple[str, str, float]] = {}
    for name, path, lapses_s in segment_pages(setting, now_s):
        found.setdefault(name, (setting.segments[name], f"{setting.url}/{path}", lapses_s))
    return tuple(found.values())
