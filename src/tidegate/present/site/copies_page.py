"""Where else is this read? The page that stands in every copy: who made it, and where the others are."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.present.report.markup import Html, tag
from tidegate.present.site.escaped import filled, line
from tidegate.present.site.frame import Place, believed_line, nothing, page, section


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Who made a copy.

    Parameters
    ----------
    name
        The site's name in the journal; empty where it is not said.
    public_key
        What it signs with, in hexadecimal digits.
    """

    name: str
    public_key: str


def copies_page(place: Place, maker: Maker, believed: tuple[float, float]) -> bytes:
    """Return the addresses of all copies, by which site this one was made, and until when it is believed."""
    words, setting = place.words, place.setting
    title = words("copies")
    parts: list[Html] = [tag("h1", title), believed_line(place, believed)]
    if setting.copies:
        file = Place(setting=setting, language=place.language, path="index.html").file
        ways = [tag("li", tag("a", tag("code", line(url)), href=f"{url}/{file}")) for url in setting.copies]
        parts.append(tag("p", words("copies_lead"), class_="lead"))
        parts += [tag("p", words("copies_old")), tag("ul", *ways), tag("p", words("copies_believe"))]
    else:
        parts.append(nothing(words("copies_none")))
    who = tag("b", line(maker.name)) if maker.name else tag("code", line(setting.host))
    told = tag("p", filled(words("made_by"), who))
    parts.append(section(words("signed"), told, tag("p", tag("code", maker.public_key))))
    return page(place, title, *parts, believed=believed)
