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

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.adapters.publish.target import Target, TargetError
from tidegate.inform.site.link import segment_pages
from tidegate.inform.site.setting import SiteSetting
from tidegate.inform.state import State
from tidegate.present.site.tree import SiteTree, changed_paths, site_tree
from tidegate.world.world import World


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


def own_link_secret(key: Ed25519PrivateKey) -> bytes:
    """Return the secret for segments' addresses that follows from a site's key."""
    return hmac.new(key.private_bytes_raw(), b"tidegate segment pages 1", hashlib.sha256).digest()


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
        Gives the seconds since 1970 (UTC).
    targets
        Where it is put.
    world
        The world, where there is one: it names the segments.
    """

    state: State
    setting: SiteSetting
    key: Ed25519PrivateKey
    clock: Callable[[], float]
    targets: Sequence[Target]
    world: World | None = None
    before: SiteTree | None = field(default=None, repr=False)

    def publish(self) -> Publication:
        """Make the site as it is now and put it in every place."""
        # A record that says more than this clock has reached is still told whole, and never as older.
        now_s = max(self.clock(), self.state.latest.said_s)
        setting = with_segments(self.setting, self.world, self.state)
        tree = site_tree(self.state, setting, now_s, self.key, self.before)
        changed = changed_paths(tree, self.before)
        with ThreadPoolExecutor(max(len(self.targets), 1)) as pool:
            puts = tuple(pool.map(lambda target: _put(target, tree), self.targets))
        self.before = tree
        return Publication(tree=tree, changed=changed, puts=puts)

    def due_s(self) -> float:
        """Return when the site must be published again though nothing was said, in seconds since 1970."""
        if self.before is None:
            return self.clock()
        half_s = self.before.until_s - self.setting.valid_s / 2
        return min([half_s, *(at_s for at_s in turns_s(self.state, self._made_s) if at_s < half_s)])

    @property
    def _made_s(self) -> float:
        return self.before.until_s - self.setting.valid_s if self.before else self.clock()


def _put(target: Target, tree: SiteTree) -> Put:
    try:
        return Put(target=target.name, changed_count=target.put(tree))
    except TargetError as error:
        return Put(target=target.name, error=str(error))


def turns_s(state: State, after_s: float) -> Iterable[float]:
    """Yield the times after `after_s` (seconds since 1970) at which the site changes by itself.

    A claim lapses, maintenance begins or ends, a promise falls due.
    """
    for one in state.outages():
        if one.promise_s is not None and one.promise_s > after_s:
            yield one.promise_s
    for work in state.maintenance():
        for at in work.windows(after_s, after_s + 86_400.0):
            yield from (at_s for at_s in at if at_s > after_s)
    for component in state.components():
        for claim in state.own_claims(component.id):
            yield from (at_s for at_s in (claim.at_s, claim.until_s) if at_s is not None and at_s > after_s)


def segment_links(setting: SiteSetting, now_s: float) -> tuple[tuple[str, str, float], ...]:
    """Return title, address and lapse (seconds since 1970) of each segment's own page of this season."""
    found: dict[str, tuple[str, str, float]] = {}
    for name, path, lapses_s in segment_pages(setting, now_s):
        found.setdefault(name, (setting.segments[name], f"{setting.url}/{path}", lapses_s))
    return tuple(found.values())
