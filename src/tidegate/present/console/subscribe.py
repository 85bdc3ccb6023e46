"""What does somebody see who wants notices? A form, and the pages on which an address agrees or ends them.

An address that leads here changes nothing by being opened, for mail scanners open every one: each page
holds one button. No page says who is subscribed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate.present.console.frame import choice, entry, form, more, plain_page, section
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.text import line

WAYS: Mapping[str, str] = {
    "email": "Mail",
    "webhook": "Webhook, signed",
    "slack": "Slack",
    "teams": "Microsoft Teams",
}
SEVERITIES: Mapping[str, str] = {
    "none": "everything",
    "minor": "minor impact or worse",
    "major": "major impact or worse",
    "critical": "critical impact only",
}
TONGUES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}


def subscribe_page(
    site: str,
    *,
    ways: Sequence[str],
    components: Mapping[str, str],
    languages: Sequence[str],
    given: Mapping[str, str] | None = None,
    faults: Sequence[str] = (),
) -> str:
    """Return the form.

    Parameters
    ----------
    site
        What people call the site.
    ways
        The channels that can be asked for.
    components
        Titles of what is shown, by id.
    languages
        The languages spoken, the site's own first.
    given
        What was filled in before.
    faults
        What stood against it.
    """
    given = given or {}
    lead = "Hear of outages when we publish something. The address is asked first, and can end it any time."
    wrong = []
    if faults:
        rows = [tag("li", fault) for fault in faults]
        wrong.append(
            tag("div", tag("p", "Please mend this:"), tag("ul", *rows), class_="faults", role="alert")
        )
    fields = [
        choice("How?", "channel", {way: WAYS[way] for way in ways}, given.get("channel", "")),
        entry(
            "Where?", "address", given.get("address", ""), required=True, autocomplete="email",
            maxlength="320", hint=_hint(ways), spellcheck="false",
        ),
        choice("Which outages?", "severity", SEVERITIES, given.get("severity", "none")),
    ]  # fmt: skip
    if len(languages) > 1:
        fields.append(
            choice(
                "Language",
                "language",
                {one: TONGUES.get(one, one) for one in languages},
                given.get("language", ""),
            )
        )
    fields.append(_parts(components))
    body = tag("p", lead, class_="lead")
    return plain_page(
        "Get notices", site, tag("h1", "Get notices"), body, *wrong,
        form(None, "/notices", *fields, button="Ask for notices"),
    )  # fmt: skip


def _hint(ways: Sequence[str]) -> str:
    mail = "A mail address. " if "email" in ways else ""
    return f"{mail}For the others, the https address that notices are posted to."


def _parts(components: Mapping[str, str]) -> Html:
    if not components:
        return join()
    ticks = [
        tag(
            "label",
            tag("input", type="checkbox", name="component", value=name),
            tag("span", line(title)),
            class_="tick",
        )
        for name, title in components.items()
    ]
    legend = tag("legend", "Only these; everything if none is chosen")
    return more("Only some components", tag("fieldset", legend, *ticks))


def asked_page(site: str, *, is_mail: bool) -> str:
    """Return what is said to whoever asked, whether or not the address was asked anew."""
    where = (
        "If this address can be asked now, a mail is on its way to it with a link."
        if is_mail
        else "If this address can be asked now, a message with a link is posted to it."
    )
    return plain_page(
        "Almost done", site, tag("h1", "Almost done"), tag("p", where, class_="lead"),
        tag("p", "Open the link and agree. Until then nothing else is sent. The link lapses after two days."),
        tag("p", "Nothing came? An address is asked once in 15 minutes, and five times in two days at most.",
            class_="quiet"),
    )  # fmt: skip


def agree_page(site: str, way: str) -> str:
    """Return the page on which an address agrees, with one button."""
    said = tag("p", f"Somebody asked us to send notices of {line(site)} to your address. Was it you?")
    rest = tag("p", "If not, close this page: nothing more is sent.", class_="quiet")
    press = form(None, way, button="Yes, send notices")
    return plain_page("Agree to notices", site, tag("h1", "Do you want notices?"), said, press, rest)


def agreed_page(site: str, *, what: str, secret: str, end_way: str) -> str:
    """Return what is said after an address agreed; `secret` where notices to it are signed."""
    parts: list[Html] = [tag("h1", "Notices are on"), tag("p", what, class_="lead")]
    if secret:
        parts.append(
            section(
                "Verify them",
                tag(
                    "p", "Every notice is signed with this secret (Standard Webhooks). Keep it; it is yours."
                ),
                tag("pre", secret, class_="receipt", tabindex="0"),
            )
        )
    parts.append(
        tag("p", "Every notice holds a link that ends them. ", tag("a", "End them now", href=end_way))
    )
    return plain_page("Notices are on", site, *parts)


def end_page(site: str, way: str) -> str:
    """Return the page on which notices are ended, with one button."""
    said = tag("p", f"You will hear nothing more of outages from {line(site)} at this address.")
    press = form(None, way, button="End these notices")
    return plain_page("End notices", site, tag("h1", "End these notices?"), said, press)


def ended_page(site: str) -> str:
    """Return what is said after notices were ended."""
    again = tag("p", "Was it a mistake? ", tag("a", "Ask for them again", href="/notices"), ".")
    return plain_page("Ended", site, tag("h1", "Ended"), tag("p", "Nothing more is sent to you."), again)
