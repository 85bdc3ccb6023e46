"""What may somebody ask to be told of here, and in which language do we answer? Read off the record.

A customer segment is offered to nobody who does not hold the unguessable word of its own page.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import Request

from tidegate.inform.state import State
from tidegate.inform.subscription import Subscription
from tidegate.inform.translations import Translations
from tidegate.present.console.subscribe import Offer
from tidegate.track.component import full_title

if TYPE_CHECKING:
    from tidegate.server.house import House


def offer(house: House, language: str, word: str = "") -> Offer:
    """Return what is offered to whoever holds the word of a segment's page; to everybody without one."""
    segment = house.segment_of(word) if word else ""
    title = house.site.segments.get(segment, segment)
    return _offer(house, language, title, word if segment else "")


def offer_to(house: House, one: Subscription) -> Offer:
    """Return what is offered to a subscription: in its language, with the segments that it may hear."""
    known = house.setting.languages
    language = one.language if one.language in known else known[0]
    titles = (house.site.translations(language, house.site.segments.get(name, name)) for name in one.segments)
    return _offer(house, language, ", ".join(titles), "")


def _offer(house: House, language: str, segment: str, word: str) -> Offer:
    with house.record.reading() as state:
        groups = _groups(state, language, house.site.translations)
    return Offer(
        site=house.setting.name, language=language, languages=house.setting.languages,
        ways=house.ways_to_tell, groups=groups, segment=house.site.translations(language, segment), word=word,
    )  # fmt: skip


def _groups(state: State, language: str, called: Translations) -> Mapping[str, Mapping[str, str]]:
    """Return the titles of the components by group, in their order; those of no group last."""
    found: dict[str, dict[str, str]] = {}
    for one in sorted(state.components(), key=lambda one: one.group == ""):
        group = called(language, one.group)
        found.setdefault(group, {})[one.id] = full_title(one, partial(called, language))
    return found


def tongue(house: House, request: Request) -> str:
    """Return the language of the answer: asked for by name, or the browser's, or the site's own."""
    known = house.setting.languages
    wanted = request.query_params.get("language", "")
    if wanted in known:
        return wanted
    for part in request.headers.get("accept-language", "")[:200].split(","):
        language = part.split(";")[0].strip()[:2].lower()
        if language in known:
            return language
    return known[0]
