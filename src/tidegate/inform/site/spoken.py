"""What does an audience see in a language? The same view, with the words stated for what is on record.

Only what people call things is said otherwise; words that were published have languages of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tidegate.inform.site.view import PublicComponent, PublicOutage, PublicView, PublicWork
from tidegate.inform.translations import Translations

_Say = Callable[[str], str]


class SpokenOutages:
    """What outages are in each language: they need not be worked out at every publication."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], tuple[PublicOutage, PublicOutage]] = {}

    def of(self, one: PublicOutage, language: str, say: _Say, segment: str) -> PublicOutage:
        """Return an outage in a language; the very same as long as it is the same outage."""
        key = (one.id, language, segment)
        kept = self._kept.get(key)
        if kept is None or kept[0] is not one:
            kept = self._kept[key] = (one, _outage(one, say))
        return kept[1]


def spoken(view: PublicView, language: str, translations: Translations, kept: SpokenOutages) -> PublicView:
    """Return a view in a language.

    Parameters
    ----------
    view
        What the audience may see, as it is on record.
    language
        The language.
    translations
        What is stated for it; the same for as long as `kept` is used.
    kept
        Remembers what was worked out; it changes how long this takes and nothing else.
    """
    if not translations.speaks(language):
        return view

    def say(text: str) -> str:
        return translations(language, text)

    return replace(
        view,
        components=tuple(_component(one, say) for one in view.components),
        outages=tuple(kept.of(one, language, say, view.segment) for one in view.outages),
        works=tuple(_work(one, say) for one in view.works),
        segment=say(view.segment),
    )


def _component(one: PublicComponent, say: _Say) -> PublicComponent:
    return replace(
        one, title=say(one.title), group=say(one.group), region=say(one.region), describes=say(one.describes)
    )


def _outage(one: PublicOutage, say: _Say) -> PublicOutage:
    segments = (
        replace(hit, title=say(hit.title), sees=say(hit.sees), keeps=say(hit.keeps)) for hit in one.segments
    )
    titles = {name: say(title) for name, title in one.titles.items()}
    return replace(one, title=say(one.title), titles=titles, segments=tuple(segments))


def _work(one: PublicWork, say: _Say) -> PublicWork:
    components = tuple((name, say(title)) for name, title in one.components)
    return replace(one, title=say(one.title), describes=say(one.describes), components=components)
