"""Where else is this read? The page that stands in every copy: who made it, and where the others are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.present.report.markup import Html, tag
from tidegate.present.site.escaped import filled, line
from tidegate.present.site.frame import COPIES_SCRIPT_PATH, Place, believed_line, nothing, page, section

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?=/|$)", re.ASCII)
_STANDINGS = (
    "asking", "newer", "same", "older", "apart", "good", "lapsed", "wrong", "silent", "unchecked",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Who made a copy.

    Parameters
    ----------
    name
        The site's name in the journal; empty where it is not said.
    public_key
        What it signs with, in hexadecimal digits.
    known_keys
        What the sites of the record sign with.
    heads
        How much of the record it tells of, as the manifest states it.
    """

    name: str
    public_key: str
    known_keys: tuple[str, ...] = ()
    heads: Mapping[str, int] = field(default_factory=dict)


def copies_page(place: Place, maker: Maker, believed: tuple[float, float]) -> bytes:
    """Return the addresses of all copies, by which site this one was made, and until when it is believed."""
    words, setting = place.words, place.setting
    title = words("copies")
    parts: list[Html] = [tag("h1", title), believed_line(place, believed)]
    if setting.copies:
        file = Place(setting=setting, language=place.language, path="index.html").file
        ways = [_way(url, file) for url in setting.copies]
        parts.append(tag("p", words("copies_lead"), class_="lead"))
        parts += [tag("p", words("copies_old")), tag("ul", *ways, class_="copies"), _ask(place, maker)]
        parts.append(tag("p", words("copies_believe")))
    else:
        parts.append(nothing(words("copies_none")))
    who = tag("b", line(maker.name)) if maker.name else tag("code", line(setting.host))
    told = tag("p", filled(words("made_by"), who))
    parts.append(section(words("signed"), told, tag("p", tag("code", maker.public_key))))
    return page(
        place, title, *parts, believed=believed, script=COPIES_SCRIPT_PATH if setting.copies else "",
        asks=_origins(setting.copies),
    )  # fmt: skip


def _way(url: str, file: str) -> Html:
    way = tag("a", tag("code", line(url)), href=f"{url}/{file}")
    return tag("li", way, " ", tag("span", role="status"), data_copy=url)


def _ask(place: Place, maker: Maker) -> Html:
    """Return what the script shows: that the reader's browser can ask all copies which tells of the most."""
    words = place.words
    here = json.dumps({"heads": dict(maker.heads), "keys": sorted({maker.public_key, *maker.known_keys})})
    told = {f"data_{name}": words(f"copy_{name}") for name in _STANDINGS}
    button = tag("button", words("copies_ask"), type="button")
    return tag("p", button, id="ask-copies", hidden=True, data_here=here, **told)


def _origins(urls: tuple[str, ...]) -> tuple[str, ...]:
    """Return where the script may ask, as a policy names it: what could be anything else is left out."""
    return tuple(sorted({found[0] for found in map(_ORIGIN.match, urls) if found}))
