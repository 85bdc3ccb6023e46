"""What do we say first? A whole notice from what is known, in every language, without anybody typing.

It says who is affected, what they see, since when, what to do, and when we speak next. Where nothing is
known of one of these, it says the plain truth instead. Once it is over it speaks of what was. What to do
comes from the operator or from the world, never from us: what helps one site's customers harms another's.
Publishing must not live here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.errors import Fault, InputError
from tidegate.inform.phrases import LANGUAGES, Phrases
from tidegate.inform.translations import Translations
from tidegate.journal.moment import local, utc, zone
from tidegate.track.component import Status
from tidegate.track.outage import Outage

FIRST_NEXT_S = 20 * 60.0
"""How soon after an update the next one is promised during the first two hours."""
LATER_NEXT_S = 60 * 60.0
FIRST_HOURS_S = 2 * 3600.0


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How we speak.

    Parameters
    ----------
    languages
        In which languages, the first being the site's own.
    zone
        The local time that stands beside UTC.
    titles
        What people call components and segments, by their names.
    translations
        What titles and segments' phrases are in other languages than the one they are on record in.
    """

    languages: Sequence[str] = ("en",)
    zone: str = "UTC"
    titles: Mapping[str, str] = field(default_factory=dict)
    translations: Translations = field(default_factory=Translations)

    def called(self, name: str, language: str) -> str:
        """Return what people call a component or segment in a language."""
        return self.translations(language, self.titles.get(name, name))


def check_setting(setting: Setting) -> None:
    """Refuse languages and zones that are not known.

    Raises
    ------
    InputError
        With every fault.
    """
    known = ", ".join(LANGUAGES)
    faults = [
        Fault(what="is no language spoken here", value=one, allowed=known)
        for one in setting.languages
        if one not in LANGUAGES
    ]
    try:
        zone(setting.zone)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(*faults)


def next_promise_s(one: Outage, now_s: float) -> float | None:
    """Return when to speak next: every 20 minutes for two hours, then every hour; None when it is over."""
    if not one.is_open:
        return None
    return now_s + (FIRST_NEXT_S if now_s - one.since_s < FIRST_HOURS_S else LATER_NEXT_S)


def draft(one: Outage, setting: Setting, *, next_s: float | None, lead: str = "") -> dict[str, str]:
    """Return a whole notice in each language.

    Parameters
    ----------
    one
        The outage as it is.
    setting
        How we speak.
    next_s
        When we promise to speak next, in seconds since 1970; None for no promise.
    lead
        What an operator wants said first, instead of the sentence on its state.
    """
    write = _notice if one.is_open else _closing
    return {
        language: "\n".join(write(one, setting, language, next_s=next_s, lead=lead))
        for language in setting.languages
    }


def _notice(
    one: Outage, setting: Setting, language: str, *, next_s: float | None, lead: str
) -> Iterator[str]:
    words, title = LANGUAGES[language], setting.translations(language, one.title)
    if one.is_exercise:
        yield words.exercise
    sure = {"observed": "", "likely": f" {words.likely}", "possible": f" {words.possible}"}[one.certainty]
    began = when_text(one.since_s, setting.zone, words, dated=True)
    yield f"{title}. {lead or words.states[one.state.value].format(began)}{sure}"
    yield f"{words.affected}: {_affected(one, setting, language) or words.nobody_known}."
    if kept := _listed(one.keeps, one.segments, setting, language):
        yield f"{words.keeps}: {kept}."
    if one.state.value == "recovering":
        yield words.backlog
    yield f"{words.todo}: {_todo(one, setting, language).rstrip('.')}."
    if next_s is not None:
        yield words.next.format(when_text(next_s, setting.zone, words, dated=False))


def _closing(
    one: Outage, setting: Setting, language: str, *, next_s: float | None, lead: str
) -> Iterator[str]:
    """Yield the last words: what it was, and that it is over; nothing in them still lasts."""
    words, title = LANGUAGES[language], setting.translations(language, one.title)
    if one.is_exercise:
        yield words.exercise
    state = one.state.value if one.state.value in words.states else "resolved"
    end_s = one.changed_s if one.until_s is None else one.until_s
    times = [when_text(at_s, setting.zone, words, dated=True) for at_s in (one.since_s, end_s)]
    yield f"{words.named.format(title)} {lead or words.states[state].format(*times)}"
    if state == "resolved" and (hit := _affected(one, setting, language)):
        yield f"{words.was_affected}: {hit}."
    if next_s is not None:
        yield words.next.format(when_text(next_s, setting.zone, words, dated=False))


def _todo(one: Outage, setting: Setting, language: str) -> str:
    """Return what the operator advises, or the world; where neither does, that we know of nothing."""
    if one.advice:
        return setting.translations(language, one.advice)
    told = {
        name: setting.translations(language, one.does[name]) for name in one.segments if one.does.get(name)
    }
    if len(set(told.values())) == 1 and len(told) == len(one.segments):
        return next(iter(told.values()))
    by_segment = "; ".join(
        f"{setting.called(name, language)}: {text.rstrip('.')}" for name, text in told.items()
    )
    return by_segment or LANGUAGES[language].no_advice


def _affected(one: Outage, setting: Setting, language: str) -> str:
    """Return who is affected; empty where neither a segment nor a component is known.

    What an outage is called says nothing of that: it may be the words of an alert.
    """
    if one.segments:
        named = []
        for name in one.segments:
            title = setting.called(name, language)
            seen = setting.translations(language, one.sees.get(name, ""))
            named.append(f"{title} ({seen})" if seen else title)
        return "; ".join(named)
    shown_as = one.components if one.is_open else one.touched
    hit = [name for name, status in shown_as.items() if status is not Status.OPERATIONAL]
    shown = ", ".join(setting.called(name, language) for name in hit)
    return LANGUAGES[language].everybody.format(shown) if shown else ""


def _listed(said: Mapping[str, str], names: Sequence[str], setting: Setting, language: str) -> str:
    return "; ".join(
        f"{setting.called(name, language)} ({setting.translations(language, said[name])})"
        for name in names
        if said.get(name)
    )


def when_text(at_s: float, zone_name: str, words: Phrases, *, dated: bool) -> str:
    """Return a time as people read it: UTC first, then local time where that is another.

    Parameters
    ----------
    at_s
        Seconds since 1970.
    zone_name
        The local time zone.
    words
        The language.
    dated
        Whether the day is said as well.
    """
    there = utc(at_s)
    here = local(at_s, zone_name)
    text = f"{there:%H:%M} UTC"
    if here.utcoffset() != there.utcoffset():
        text += f" ({here:%H:%M} {here.tzname()})"
    if not dated:
        return text
    day = words.day.format(day=there.day, month=words.months[there.month - 1], year=there.year)
    return f"{text}, {day}"
