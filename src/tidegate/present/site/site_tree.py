"""Which files are the site? Every path, what it is made of, and its bytes; made again only when needed.

A file is a function of its inputs alone. Whoever publishes again passes what was made before: a file
whose inputs are the same is taken over as it is, so that one new word costs a few pages and not all.

A file that cannot be made holds up no other: a page says so in its place, what programs read is left out (no
answer is better than an old one that is vouched for anew), and `SiteTree.unmade` names both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from operator import itemgetter
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.inform.site.apart import TOGETHER, Apart
from tidegate.inform.site.manifest import FILES, MANIFEST, MOST_HEADS_COUNT, files_bytes, manifest_bytes
from tidegate.inform.site.segment_link import segment_pages
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.site.spoken import spoken
from tidegate.inform.site.view import PublicOutage, PublicView
from tidegate.inform.site.visibility import Shown, public_view
from tidegate.inform.state import State
from tidegate.present.site import pages
from tidegate.present.site.badge import badge
from tidegate.present.site.calendar import calendar
from tidegate.present.site.copies_page import Maker, copies_page
from tidegate.present.site.escaped import line
from tidegate.present.site.feed import atom, items, rss
from tidegate.present.site.frame import COPIES_PATH, COPIES_SCRIPT_PATH, SCRIPT_PATH, STYLE_PATH, Place, asset
from tidegate.present.site.front import answer, front_page
from tidegate.present.site.outage import component_path, outage_page, outage_path
from tidegate.present.site.statuspage import DOCUMENT_PATHS, documents
from tidegate.present.site.uptime import component_page, records, uptime_page
from tidegate.present.site.words import SiteWords
from tidegate.track.component import Status


@dataclass(frozen=True)
class Recipe:
    """What one file is made of.

    Parameters
    ----------
    make
        Gives its bytes from its inputs.
    inputs
        Everything it depends on.
    """

    make: Callable[..., bytes]
    inputs: tuple[Any, ...]


@dataclass(frozen=True)
class Made:
    """One file: what it was made of, its bytes, and their SHA-256 in hexadecimal digits."""

    recipe: Recipe
    content: bytes
    digest: str


@dataclass(frozen=True, kw_only=True)
class SiteTree:
    """A whole site.

    Parameters
    ----------
    made
        Every file but the manifest's two, by its path.
    manifest, files
        The bytes of `manifest.json` and `files.json`.
    sequence
        The manifest's number: greater for a later site.
    until_s
        Until when it may be believed, in seconds since 1970.
    shown
        Remembers what the public was shown, for the next time.
    unmade
        Why a file could not be made, by its path; a fault of ours, which whoever publishes has to tell.
    """

    made: Mapping[str, Made] = field(repr=False)
    manifest: bytes = field(repr=False)
    files: bytes = field(repr=False)
    sequence: int
    until_s: float
    shown: Shown = field(repr=False, compare=False)
    unmade: Mapping[str, Exception] = field(default_factory=dict, compare=False)

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of every file, the manifest last."""
        found = {path: made.content for path, made in self.made.items()}
        return {**found, FILES: self.files, MANIFEST: self.manifest}

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every file in hexadecimal digits, the manifest last."""
        found = {path: made.digest for path, made in self.made.items()}
        own = {FILES: self.files, MANIFEST: self.manifest}
        return {**found, **{path: sha256(content).hexdigest() for path, content in own.items()}}


def site_tree(
    state: State,
    setting: SiteSetting,
    now_s: float,
    key: Ed25519PrivateKey,
    before: SiteTree | None = None,
    *,
    after_sequence: int = 0,
    apart: Apart = TOGETHER,
    by: str = "",
) -> SiteTree:
    """Return the site of a state at a moment; the same state and moment give the same bytes.

    Two sites that hold the same entries, whatever order they came in, make the same pages of them at one
    moment, but for those that name who made them: `copies.html` and `follow.html`.

    Parameters
    ----------
    state
        Everything that was said.
    setting
        How the site calls itself and how long it may be believed.
    now_s
        The moment, in seconds since 1970.
    key
        What signs the manifest.
    before
        The site as it was made before: what did not change is taken over.
    after_sequence
        The number that its own must be greater than, whatever the clock says.
    apart
        What it may not have heard of other sites.
    by
        The name in the journal of the site that makes it.
    """
    maker = _maker(state, setting, key, by)
    held = before.made if before else {}
    shown = before.shown if before else Shown()
    made: dict[str, Made] = {}
    unmade: dict[str, Exception] = {}
    for path, recipe in sorted(recipes(state, setting, now_s, maker, shown, apart), key=itemgetter(0)):
        old = held.get(path)
        if old is not None and old.recipe == recipe:
            made[path] = old
            continue
        try:
            made[path] = _made(recipe)
        except Exception as error:  # noqa: BLE001  whatever is wrong with one file, the others are published
            unmade[path] = error
            made.update(_instead(path, recipe))
    until_s = now_s + setting.valid_s
    files = files_bytes({path: one.digest for path, one in made.items()})
    sequence = max(round(now_s * 1000), after_sequence + 1)
    manifest = manifest_bytes(
        files, site=setting.url, sequence=sequence, made_s=now_s, until_s=until_s, key=key, by=by,
        heads=state.heads,
    )  # fmt: skip
    return SiteTree(
        made=made, manifest=manifest, files=files, sequence=sequence, until_s=until_s, shown=shown,
        unmade=unmade,
    )  # fmt: skip


def _maker(state: State, setting: SiteSetting, key: Ed25519PrivateKey, by: str) -> Maker:
    """Return who makes a site, and by which keys other sites are known, where copies are named at all."""
    own = key.public_key().public_bytes_raw().hex()
    if not setting.copies:
        return Maker(name=by, public_key=own)
    known = state.sites.seen_from(by, own).signing_keys if by else ()
    heads = dict(state.heads) if len(state.heads) <= MOST_HEADS_COUNT else {}
    return Maker(name=by, public_key=own, known_keys=tuple(sorted(known)), heads=heads)


def _made(recipe: Recipe) -> Made:
    content = recipe.make(*recipe.inputs)
    return Made(recipe, content, sha256(content).hexdigest())


def _instead(path: str, recipe: Recipe) -> dict[str, Made]:
    """Return the page that stands where one could not be made; nothing in place of other files."""
    place = recipe.inputs[0]
    return {path: _made(Recipe(pages.unmade_page, (place,)))} if isinstance(place, Place) else {}


def changed_paths(tree: SiteTree, before: SiteTree | None) -> tuple[str, ...]:
    """Return the paths whose bytes are new or gone since the site was made before."""
    old = before.digests() if before else {}
    new = tree.digests()
    return tuple(sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path)))


def recipes(
    state: State, setting: SiteSetting, now_s: float, maker: Maker, shown: Shown, apart: Apart
) -> Iterator[tuple[str, Recipe]]:
    """Yield every file of the site but the manifest's own, with what it is made of."""

    def said(view: PublicView, language: str) -> PublicView:
        return spoken(view, language, setting.translations, shown.spoken)

    view = public_view(state, setting, now_s, shown_before=shown)
    yield STYLE_PATH, Recipe(asset, ("site.css",))
    yield SCRIPT_PATH, Recipe(asset, ("expiry.js",))
    if setting.copies:
        yield COPIES_SCRIPT_PATH, Recipe(asset, ("copies.js",))
    yield from _for_programs(setting, said(view, setting.languages[0]))
    for language in setting.languages:
        yield from _pages(setting, language, said(view, language), maker, apart)
    yield from _own_pages(state, setting, now_s, shown, said, apart)


def _pages(
    setting: SiteSetting, language: str, view: PublicView, maker: Maker, apart: Apart
) -> Iterator[tuple[str, Recipe]]:
    def at(path: str, make: Callable[..., bytes], *inputs: object) -> tuple[str, Recipe]:
        place = Place(setting=setting, language=language, path=path)
        return place.file, Recipe(make, (place, *inputs))

    believed = (view.now_s, view.until_s)
    yield at("index.html", front_page, view, apart)
    yield at("404.html", pages.missing_page)
    yield at("maintenance.html", pages.maintenance_page, view.works, believed)
    yield at("record.html", pages.record_page, view.outages)
    yield at("follow.html", pages.follow_page, maker.public_key)
    yield at(COPIES_PATH, copies_page, maker, believed)
    for one in view.outages:
        yield at(outage_path(one), outage_page, one, believed if one.is_open else None)
    years = tuple(sorted({pages.year_of(one) for one in view.outages}, reverse=True))
    for year in years or (0,):
        of_year = tuple(one for one in view.outages if pages.year_of(one) == year)
        path = pages.history_path(year, years)
        yield at(path, pages.history_page, year, years, of_year, _clock(of_year, view))
    found = records(view)
    yield at("uptime.html", uptime_page, view.components, found, believed)
    touching = _by_component(view)
    for component in view.components:
        hit = touching.get(component.name, ())
        # The page tells of the past: how the component is now does not make it anew.
        steady = replace(component, status=Status.OPERATIONAL, changed_s=component.declared_s)
        path = component_path(component.name)
        yield at(path, component_page, steady, found[component.name], hit, _clock(hit, view))


def _own_pages(
    state: State,
    setting: SiteSetting,
    now_s: float,
    shown: Shown,
    said: Callable[[PublicView, str], PublicView],
    apart: Apart,
) -> Iterator[tuple[str, Recipe]]:
    views: dict[str, PublicView] = {}
    for segment, path, lapses_s in segment_pages(setting, now_s):
        if segment not in views:
            views[segment] = public_view(state, setting, now_s, segment, shown)
        for language in setting.languages:
            place = Place(setting=setting, language=language, path=path)
            inputs = (place, said(views[segment], language), pages.Own(lapses_s=lapses_s), apart)
            yield place.file, Recipe(pages.segment_page, inputs)


def _for_programs(setting: SiteSetting, view: PublicView) -> Iterator[tuple[str, Recipe]]:
    together = _Documents(setting, view)
    for path in DOCUMENT_PATHS:
        yield path, Recipe(_document, (path, together))
    words = SiteWords(setting.languages[0])
    _, status = answer(view, words)
    yield "badge.svg", Recipe(badge, (setting.name, words.status(status), status))
    yield "maintenance.ics", Recipe(calendar, (setting, view.works))
    began_s = min((one.declared_s for one in view.components), default=0.0)
    shown = items(view.outages)
    name = line(setting.name)
    yield "history.atom", Recipe(atom, (setting, "history.atom", name, shown, began_s))
    yield "history.rss", Recipe(rss, (setting, "history.rss", name, shown, began_s))
    touching = _by_component(view)
    for one in view.components:
        stem, title = f"components/{one.name}", f"{name}: {line(one.title)}"
        mine = items(touching.get(one.name, ()))
        yield f"{stem}.atom", Recipe(atom, (setting, f"{stem}.atom", title, mine, one.declared_s))
        yield f"{stem}.rss", Recipe(rss, (setting, f"{stem}.rss", title, mine, one.declared_s))
        yield f"{stem}.svg", Recipe(badge, (one.title, words.status(one.status), one.status))


@dataclass(frozen=True)
class _Documents:
    """The documents for programs: made of the same parts, at once, when the first is asked for."""

    setting: SiteSetting
    view: PublicView

    @cached_property
    def made(self) -> Mapping[str, bytes]:
        return documents(self.setting, self.view)


def _document(path: str, together: _Documents) -> bytes:
    return together.made[path]


def _by_component(view: PublicView) -> dict[str, tuple[PublicOutage, ...]]:
    """Return the outages that touched each component, by its name in addresses."""
    found: dict[str, list[PublicOutage]] = {}
    for one in view.outages:
        for name in one.touched:
            found.setdefault(name, []).append(one)
    return {name: tuple(hit) for name, hit in found.items()}


def _clock(outages: tuple[PublicOutage, ...], view: PublicView) -> float:
    """Return the moment where a page needs it: something on it still lasts."""
    return view.now_s if any(one.until_s is None for one in outages) else 0.0
