"""May this be said so? Every part that readers need is there, and nothing that misleads them.

Rules, not taste: each finding names the rule, what was read and what to write instead. Whether a notice
is published in spite of a finding is a person's decision.

Shortcut: words are looked for, meaning is not understood; a sentence can pass every rule and be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tidegate.inform.draft import Setting, when_text
from tidegate.inform.phrases import LANGUAGES
from tidegate.track.outage import Outage


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule of wording that a text does not keep.

    Parameters
    ----------
    rule
        The rule's name.
    says
        What is wrong and what to write instead, as a sentence.
    language
        In which language's text.
    must
        True where it may not be published so; False where it should be better.
    """

    rule: str
    says: str
    language: str
    must: bool


_CLOCK = re.compile(r"\b\d{1,2}:\d\d\b(?!\s*\(?\s*[A-Z])")
_TIME = re.compile(r"\b\d{1,2}:\d\d\s*(UTC|[A-Z]{2,5})")


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


_VAGUE: Mapping[str, re.Pattern[str]] = {
    "en": _any(
        "some (?:users|customers|requests)", "may be (?:impacted|affected)", "issues?", "intermittent(?:ly)?",
        "shortly", "soon", "as soon as possible", "a (?:small )?(?:number|subset) of",
    ),
    "de": _any("einige (?:Nutzer|Kunden)", "möglicherweise betroffen", "in Kürze", "bald", "vereinzelt"),
    "fr": _any("certains (?:utilisateurs|clients)", "peut-être touchés", "bientôt", "sous peu"),
    "es": _any("algunos (?:usuarios|clientes)", "podrían verse afectados", "pronto", "en breve"),
}  # fmt: skip
_GREEN: Mapping[str, re.Pattern[str]] = {
    "en": _any("all systems", "fully operational", "operating normally", "everything is (?:fine|normal)"),
    "de": _any("alle Systeme", "voll funktionsfähig", "alles (?:normal|in Ordnung)"),
    "fr": _any("tous les systèmes", "entièrement opérationnel", "tout est normal"),
    "es": _any("todos los sistemas", "totalmente operativo", "todo (?:está )?normal"),
}
_FORECAST: Mapping[str, re.Pattern[str]] = {
    "en": _any("ETA", "will be (?:fixed|resolved|restored)", "expect(?:ed)? to (?:fix|resolve|restore|be)"),
    "de": _any("wird (?:bis|um) .{0,30}behoben", "voraussichtlich"),
    "fr": _any("sera (?:résolu|rétabli)", "devrait être"),
    "es": _any("se resolverá", "estará resuelto", "se espera"),
}
# Each has an end that is not far from its begin: a text of 64 kB is looked through once, whatever it is.
_PRIVATE: Mapping[str, re.Pattern[str]] = {
    "an address of a machine": re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b"),
    "a mail address": re.compile(r"\w[.+-]{0,5}@[\w-]{1,63}\.\w"),
    "a secret": re.compile(
        r"\b(?:AKIA[0-9A-Z]{12}|gh[pousr]_\w{20}|xox[abp]-[\w-]{10}|eyJ[\w-]{15}|"
        r"Bearer\s{1,9}\S{12}|password\s{0,9}[:=])",
        re.IGNORECASE,
    ),
    "an internal host": re.compile(r"[\w-]\.(?:internal|local|corp|intra)\b", re.IGNORECASE),
}


def lint(
    texts: Mapping[str, str],
    one: Outage,
    setting: Setting,
    *,
    next_s: float | None,
    private_names: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """Return every rule that the words for an update do not keep, those that must be kept first.

    Parameters
    ----------
    texts
        The words, by language.
    one
        The outage as it is.
    setting
        How we speak, and what people call components and segments.
    next_s
        When the next update is promised; None for no promise.
    private_names
        Names of customers, which must not be public.
    """
    found: list[Finding] = []
    if not any(text.strip() for text in texts.values()):
        found.append(Finding(rule="words", says="There are no words at all.", language="", must=True))
    for language, text in texts.items():
        for rule, says, must in _findings(language, text, one, setting, next_s):
            found.append(Finding(rule=rule, says=says, language=language, must=must))
        found += [
            Finding(rule="private", says=says, language=language, must=True)
            for says in _private(text, private_names)
        ]
    return tuple(sorted(found, key=lambda finding: not finding.must))


_Found = tuple[str, str, bool]


def _findings(
    language: str, text: str, one: Outage, setting: Setting, next_s: float | None
) -> Iterator[_Found]:
    yield from _misleading(language, text, one)
    if _CLOCK.search(text):
        yield "zone", f"“{_CLOCK.search(text)[0]}” has no time zone; write UTC and local time.", True  # type: ignore[index]
    if one.is_open:
        yield from _missing(language, text, one, setting, next_s)
    elif next_s is not None:
        yield "next", "It promises a next update although it is over.", False


def _misleading(language: str, text: str, one: Outage) -> Iterator[_Found]:
    green = language in _GREEN and _GREEN[language].search(text)
    if one.is_open and green:
        yield "green", f"“{green[0]}” is said while the outage is {one.state.value}.", True
    vague = language in _VAGUE and _VAGUE[language].search(text)
    if vague:
        yield "vague", f"“{vague[0]}” says nothing; name who, what and how many.", False
    forecast = language in _FORECAST and _FORECAST[language].search(text)
    if forecast:
        yield "forecast", f"“{forecast[0]}” promises an end nobody knows; promise the next update.", False


def _missing(
    language: str, text: str, one: Outage, setting: Setting, next_s: float | None
) -> Iterator[_Found]:
    words = LANGUAGES.get(language)
    names = [*one.segments, *one.components]
    called = _either(
        [one.title, *names, *(setting.titles.get(name, name) for name in names)], language, setting
    )
    if not any(name.casefold() in text.casefold() for name in called):
        yield "who", "It does not say who is affected: name a segment or a component.", True
    if words is None:
        return
    seen = [*_either(one.sees.values(), language, setting), words.affected, words.backlog]
    if not any(name.casefold() in text.casefold() for name in seen):
        yield "sees", f"It does not say what they see, after “{words.affected}:”.", False
    if not _TIME.search(text):
        yield "since", "It does not say since when, with a time zone.", True
    if words.todo.casefold() not in text.casefold():
        yield "do", f"It does not say what to do meanwhile, after “{words.todo}:”.", False
    elif words.no_advice.casefold() in text.casefold():
        yield (
            "advice",
            "Nobody has said what people can do meanwhile: write it into the words, or into the world.",
            False,
        )
    if next_s is None:
        yield "next", "It promises no next update.", True
    elif when_text(next_s, setting.zone, words, dated=False) not in text:
        yield "next", "It does not say when we speak next.", True


def _either(said: Iterable[str], language: str, setting: Setting) -> list[str]:
    """Return words as they are on record, and as they are in a language."""
    return [text for one in said for text in (one, setting.translations(language, one))]


def _private(text: str, private_names: Sequence[str]) -> Iterator[str]:
    for what, pattern in _PRIVATE.items():
        if pattern.search(text):
            yield f"It holds what looks like {what}."
    for name in private_names:
        if name and re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE):
            yield "It names a customer."
