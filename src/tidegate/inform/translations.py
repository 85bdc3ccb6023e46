"""What do people call something in another language? A lookup by what it is called on record.

Titles of components, segments and outages, and what segments lose and keep, are in the words of whoever
wrote the world or the record. Whoever speaks several languages states the words of the others beside them;
what is not stated is said as it is on record. Reading them from a file must not live here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.errors import Fault, InputError
from tidegate.inform.phrases import LANGUAGES

if TYPE_CHECKING:
    from tidegate.world.world import World

MOST_LETTERS = 500
ON_RECORD = "en"
"""The language in which a title is made of a world's nouns, where nobody gave one."""


@dataclass(frozen=True)
class Translations:
    """Words for the words on record.

    Parameters
    ----------
    by_language
        For each language what is said there, by what is on record.
    """

    by_language: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __call__(self, language: str, text: str) -> str:
        """Return what a text on record is in a language; the text itself where nothing is stated."""
        return self.by_language.get(language, {}).get(text, text)

    def speaks(self, language: str) -> bool:
        """Whether anything is stated for a language."""
        return bool(self.by_language.get(language))


def translations(document: object) -> Translations:
    """Return the translations that a document states: texts by the texts on record, by language.

    Raises
    ------
    InputError
        With every fault.
    """
    if not isinstance(document, dict):
        raise InputError(Fault(what="holds no translations", allowed="LANGUAGE: {words on record: words}"))
    faults = [fault for language, words in document.items() for fault in _faults(language, words)]
    if faults:
        raise InputError(*faults)
    return Translations({language: dict(words) for language, words in document.items()})


def _faults(language: object, words: object) -> Iterator[Fault]:
    if language not in LANGUAGES:
        allowed = ", ".join(LANGUAGES)
        yield Fault(what="is no language spoken here", value=str(language)[:60], allowed=allowed)
    elif not isinstance(words, dict):
        yield Fault(what="holds no words", path=str(language), allowed="words on record: words")
    else:
        for stated, said in words.items():
            if not all(isinstance(one, str) and _is_line(one) for one in (stated, said)):
                path, allowed = (
                    f"{language}.{str(stated)[:60]}",
                    f"one line of at most {MOST_LETTERS} letters",
                )
                yield Fault(what="is no text", path=path, value=str(said)[:60], allowed=allowed)


def _is_line(text: str) -> bool:
    return bool(text.strip()) and len(text) <= MOST_LETTERS and text.isprintable()


def with_world(stated: Translations, world: World | None) -> Translations:
    """Return translations that also know the titles which outages are given by their cause in a world."""
    if world is None:
        return stated
    return Translations(
        {
            language: {**_made(stated, language, world), **stated.by_language.get(language, {})}
            for language in LANGUAGES
            if language != ON_RECORD
        }
    )


def _made(stated: Translations, language: str, world: World) -> dict[str, str]:
    here, there, found = LANGUAGES[ON_RECORD], LANGUAGES[language], {}
    for crossing in world.crossings.values():
        ends = [world.networks[end].title or end for end in crossing.between]
        own = there.between.format(*(stated(language, end) for end in ends))
        found[here.between.format(*ends)] = own
    for name, service in world.services.items():
        title = service.title or name
        found[title] = stated(language, title)
    return {
        **found,
        **{disturbed(title, ON_RECORD): disturbed(own, language) for title, own in found.items()},
    }


def disturbed(title: str, language: str) -> str:
    """Return what an outage is called by the title of its cause."""
    said = LANGUAGES[language].disturbed.format(title)
    return f"{said[:1].upper()}{said[1:]}"
