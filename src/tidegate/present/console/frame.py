"""What stands around every page of the console and of the case form? Frame, fields, forms.

The public site's stylesheet is the ground, so both look alike. Every text is escaped; every form of the
console carries the mark of its session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files

from tidegate.inform.draft import when_text
from tidegate.inform.phrases import LANGUAGES
from tidegate.journal.moment import moment_text
from tidegate.present.report.estimate_script import estimate_script
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import line
from tidegate.present.site.frame import STYLE_PATH, asset
from tidegate.present.site.words import SiteWords

CONSOLE = "/console"
LOGIN = f"{CONSOLE}/login"
STYLE_NAME = "console.css"
NAVIGATION = (
    ("Now", CONSOLE),
    ("Outages", f"{CONSOLE}/outages"),
    ("Cases", f"{CONSOLE}/cases"),
    ("Notices", f"{CONSOLE}/notices"),
    ("Maintenance", f"{CONSOLE}/maintenance"),
    ("Components", f"{CONSOLE}/components"),
)
GATE = f"{CONSOLE}/gate"
"""Where rulings are shown, where a gate's folder is known."""
LIVE = f"{CONSOLE}/live"
"""Where the places of the world are shown as they are, where they are watched."""
SITES = f"{CONSOLE}/sites"
"""How the sites of the record are doing, where there are several."""
WHAT_IF = f"{CONSOLE}/what-if"
"""Where a plan is asked with other values, where the server has a world."""
FOR_ADMINS = (("Access", f"{CONSOLE}/access"),)


def _packaged(name: str) -> bytes:
    return files("tidegate.present.console").joinpath(name).read_bytes()


def _named(name: str) -> str:
    """Return the name under which a file is asked for: another one whenever it is another."""
    stem, _, kind = name.partition(".")
    return f"{stem}-{sha256(_packaged(name)).hexdigest()[:12]}.{kind}"


OWN_STYLE_PATH = _named(STYLE_NAME)
LIVE_SCRIPT_PATH = _named("live.js")
EXACT_SCRIPT_PATH = _named("exact.js")
ESTIMATE_SCRIPT_PATH = f"estimate-{sha256(estimate_script().encode()).hexdigest()[:12]}.js"


def assets() -> dict[str, bytes]:
    """Return the stylesheets and scripts by the name under which pages ask for them."""
    return {
        STYLE_PATH: asset("site.css"),
        OWN_STYLE_PATH: _packaged(STYLE_NAME),
        LIVE_SCRIPT_PATH: _packaged("live.js"),
        EXACT_SCRIPT_PATH: _packaged("exact.js"),
        ESTIMATE_SCRIPT_PATH: estimate_script().encode(),
    }


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Something that must be seen before anything else: words, and the outage they lead to."""

    says: str
    outage: str = ""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A form that was sent and not taken.

    Parameters
    ----------
    action
        Where it was sent.
    values
        What was typed, by field; no secrets.
    faults
        What is wrong, as sentences by field.
    """

    action: str
    values: Mapping[str, tuple[str, ...]]
    faults: Mapping[str, tuple[str, ...]]

    def wrong(self, name: str) -> tuple[str, ...]:
        """Return what is wrong with a field."""
        return self.faults.get(name, ())


@dataclass(frozen=True, kw_only=True)
class Reader:
    """For whom a page is written, and when.

    Parameters
    ----------
    site
        What people call the site.
    now_s
        The moment, in seconds since 1970.
    zone
        The local time beside UTC.
    name, role
        Who reads; empty where nobody is logged in.
    csrf
        What every form must carry.
    alarms
        What must be seen first.
    done
        What was just done, as a sentence.
    faults
        What stood against it, as sentences; what is wrong with one field is in `sent`.
    sent
        The form that was not taken; None where none was sent.
    has_gate, has_watch, has_world, has_sites
        Whether there is a gate whose rulings can be shown, a watch, a world whose plans can be asked, and
        whether there are other sites.
    seen
        What of an outage stands on the page, where other sites may say something of it meanwhile.
    language, languages
        The page's language, and those spoken, the site's own first; the console itself speaks English.
    """

    site: str
    now_s: float
    zone: str = "UTC"
    name: str = ""
    role: str = ""
    csrf: str = ""
    alarms: Sequence[Alarm] = ()
    done: str = ""
    faults: Sequence[str] = field(default_factory=tuple)
    sent: Sent | None = None
    has_gate: bool = False
    has_watch: bool = False
    has_world: bool = False
    has_sites: bool = False
    seen: str = ""
    language: str = "en"
    languages: Sequence[str] = ("en",)

    def when(self, at_s: float, *, dated: bool = True) -> Html:
        """Return a time as people and programs read it."""
        text = when_text(at_s, self.zone, LANGUAGES[self.language], dated=dated)
        return tag("time", text, datetime=moment_text(at_s))

    @property
    def may_act(self) -> bool:
        """Whether the reader may change anything."""
        return self.role in {"responder", "admin"}


def document(title: str, site: str, body: str, language: str = "en", head: Sequence[Html] = ()) -> str:
    """Return a whole page; it asks for two stylesheets and what `head` adds, and nothing else."""
    whole = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="robots", content="noindex"),
        tag("link", rel="icon", href="data:,"),
        tag("title", f"{line(title)} · {line(site)}"),
        *(tag("link", rel="stylesheet", href=f"/assets/{name}") for name in (STYLE_PATH, OWN_STYLE_PATH)),
        *head,
    )
    return f"<!doctype html>\n{tag('html', whole, body, lang=language)}\n"


def console_page(reader: Reader, title: str, *body: str, here: str = "", head: Sequence[Html] = ()) -> str:
    """Return one page of the console; `head` is what else stands in its head."""
    furnished = [
        *([("Live", LIVE)] if reader.has_watch else []),
        *([("What if", WHAT_IF)] if reader.has_world else []),
        *([("Gate", GATE)] if reader.has_gate else []),
        *([("Sites", SITES)] if reader.has_sites else []),
    ]
    known = [*NAVIGATION, *furnished, *(FOR_ADMINS if reader.role == "admin" else ())]
    ways = [tag("a", name, href=path, aria_current="page" if path == here else None) for name, path in known]
    out = form(
        reader,
        f"{CONSOLE}/logout",
        tag("span", reader.name, class_="quiet", title=reader.role),
        button="Log out",
        class_="logout",
    )
    top = tag(
        "header",
        tag("a", f"{line(reader.site)} console", href=CONSOLE, class_="site"),
        tag("nav", *ways, aria_label="Console"),
        out,
        class_="top",
    )
    main = tag("main", *_alarms(reader), *_outcome(reader, join(*body)), *body, id="main")
    foot = tag(
        "footer", tag("p", "As of ", reader.when(reader.now_s), ". ", tag("a", "Public site", href="/"))
    )
    skip = tag("a", "Skip to the content", class_="skip", href="#main")
    return document(title, reader.site, tag("body", skip, top, main, foot), head=head)


def told_page(reader: Reader, title: str, *said: str) -> str:
    """Return a page of the console that says why something is not shown, or was not done."""
    return console_page(reader, title, tag("h1", title), *(tag("p", words) for words in said))


def plain_page(title: str, site: str, *body: str, language: str = "en") -> str:
    """Return a page outside the console: the case form, the login, the pages on notices."""
    top = tag("header", tag("a", line(site), href="/", class_="site"))
    return document(title, site, tag("body", top, tag("main", *body, id="main")), language)


def tongues(label: str, ways: Mapping[str, str], here: str) -> list[Html]:
    """Return the ways to the same page in other languages: addresses by language; none where there is one."""
    if len(ways) < 2:
        return []
    shown = [
        tag("a", SiteWords(one)("language"), href=way, lang=one, aria_current="true" if one == here else None)
        for one, way in ways.items()
    ]
    return [tag("nav", *shown, class_="tongues", aria_label=label)]


def _alarms(reader: Reader) -> list[Html]:
    if not reader.alarms:
        return []
    rows = [
        tag("li", tag("a", one.says, href=f"{CONSOLE}/outages/{one.outage}") if one.outage else one.says)
        for one in reader.alarms
    ]
    return [tag("div", tag("ul", *rows), class_="alarms", role="alert")]


def _outcome(reader: Reader, body: str) -> list[Html]:
    """Return what was done, or what stood against it; what is wrong with a field stands beside it."""
    said = [tag("p", reader.done, class_="done", role="status")] if reader.done else []
    by_field = reader.sent.faults if reader.sent else {}
    shown = [name for name in by_field if f'id="{_fault_id(name)}"' in body]
    hidden = [f"{name}: {one}" for name in by_field if name not in shown for one in by_field[name]]
    rows = [tag("li", fault) for fault in (*reader.faults, *hidden)]
    if shown:
        count = f"{len(shown)} fields are" if len(shown) > 1 else "a field is"
        way = tag("a", f"{count} marked below", href=f"#{_fault_id(shown[0])}")
        rows.append(tag("li", way, "; what was typed is still there."))
    if rows:
        told = tag("p", "This was not done:")
        said.append(tag("div", told, tag("ul", *rows), class_="faults", role="alert"))
    return said


def _fault_id(name: str) -> str:
    return f"fault-{name}"


# -- forms ------------------------------------------------------------------------------------------


def form(
    reader: Reader | None, action: str, *fields: str, button: str, class_: str = "", quiet: bool = False
) -> Html:
    """Return a form with one button; of the console where there is a reader."""
    hidden = [hide("csrf", reader.csrf)] if reader else []
    hidden += [hide("seen", reader.seen)] if reader and reader.seen else []
    press = tag("button", button, type="submit", class_="second" if quiet else None)
    return tag("form", *hidden, *fields, press, method="post", action=action, class_=class_ or None)


def hide(name: str, value: str) -> Html:
    """Return a field that is not shown."""
    return tag("input", type="hidden", name=name, value=value)


def entry(
    label: str, name: str, value: str = "", *, kind: str = "text", hint: str = "",
    wrong: Sequence[str] = (), **more: str | bool,
) -> Html:  # fmt: skip
    """Return a labelled field of one line; `wrong` is what is wrong with it."""
    written = tag("input", type=kind, name=name, value=value or None, **_marked(name, wrong), **more)
    return _labelled(label, written, hint, name, wrong)


def area(
    label: str, name: str, value: str = "", *, rows: int = 6, hint: str = "",
    wrong: Sequence[str] = (), **more: str | bool,
) -> Html:  # fmt: skip
    """Return a labelled field of many lines."""
    # The first line break after the tag is not part of the text; without one, the text's own would vanish.
    written = tag("textarea", f"\n{value}", name=name, rows=rows, **_marked(name, wrong), **more)
    return _labelled(label, written, hint, name, wrong)


def choice(
    label: str, name: str, options: Mapping[str, str], chosen: str = "", *, wrong: Sequence[str] = ()
) -> Html:
    """Return a labelled choice; options are words by value."""
    rows = [tag("option", words, value=value, selected=value == chosen) for value, words in options.items()]
    return _labelled(label, tag("select", *rows, name=name, **_marked(name, wrong)), "", name, wrong)


def tick(label: str, name: str, value: str = "yes", *, is_ticked: bool = False) -> Html:
    """Return a box to tick."""
    box = tag("input", type="checkbox", name=name, value=value, checked=is_ticked)
    return tag("label", box, tag("span", label), class_="tick")


def _labelled(label: str, written: Html, hint: str, name: str, wrong: Sequence[str]) -> Html:
    return tag("label", tag("span", label), written, _hint(hint), says_wrong(name, wrong), class_="field")


def _marked(name: str, wrong: Sequence[str]) -> dict[str, str]:
    return {"aria_invalid": "true", "aria_describedby": _fault_id(name)} if wrong else {}


def says_wrong(name: str, wrong: Sequence[str]) -> Html:
    """Return what is wrong with a field, as it stands beside it."""
    return tag("strong", " ".join(wrong), class_="wrong", id=_fault_id(name)) if wrong else join()


def _hint(text: str) -> Html:
    return tag("small", text) if text else join()


def more(title: str, *body: str, is_open: bool = False) -> Html:
    """Return a part that is opened when it is wanted."""
    return tag(
        "details", tag("summary", tag("span", title, class_="name")), *body, open=is_open, class_="more"
    )


def section(title: str, *body: str, note: str = "") -> Html:
    """Return a part of a page under its heading."""
    head = tag("h2", title, *([" ", tag("small", note)] if note else []))
    return tag("section", head, *body)
