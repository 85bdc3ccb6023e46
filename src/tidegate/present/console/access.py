"""Who may do what? Accounts with their roles, and tokens with their scopes."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.journal.entry_kinds import ROLES
from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import (
    CONSOLE,
    Reader,
    console_page,
    form,
    hide,
    more,
    section,
)
from tidegate.present.report.markup import Html, tag
from tidegate.present.site.escaped import line

_OWN = f"{CONSOLE}/access"


def access_page(
    reader: Reader,
    accounts: Sequence[tuple[str, str]],
    tokens: Sequence[tuple[str, str, Sequence[str], float]],
    scopes: Sequence[str],
    *,
    links: Sequence[tuple[str, str, float]] = (),
    new_token: str = "",
) -> str:
    """Return the page.

    Parameters
    ----------
    reader
        For whom.
    accounts
        Name and role of each.
    tokens
        Id, title, scopes and lapse (seconds since 1970) of each.
    scopes
        What a token can be for.
    links
        Title, secret address and lapse of each customer segment's own page.
    new_token
        A token that was just made; shown this once.
    """
    parts = [tag("h1", "Who may do what")]
    if new_token:
        said = tag("p", "The new token, shown this once:")
        parts.append(tag("div", said, tag("pre", new_token, class_="receipt", tabindex="0"), class_="done"))
    parts.append(_accounts(reader, accounts))
    parts.append(_tokens(reader, tokens, scopes))
    if links:
        parts.append(section("Pages for customer segments", *_links(reader, links)))
    return console_page(reader, "Access", *parts, here=_OWN)


def _accounts(reader: Reader, accounts: Sequence[tuple[str, str]]) -> Html:
    rows = []
    for name, role in accounts:
        end = form(reader, f"{_OWN}/end", hide("name", name), button="End it", quiet=True)
        last = tag("td", "this is you") if name == reader.name else tag("td", end)
        rows.append(tag("tr", tag("th", line(name), scope="row"), tag("td", role, data_head="Role"), last))
    hint = "At least 12 characters; left out, the old one stays."
    add = Fields(reader, _OWN)
    way = add.form(
        add.entry("Name", "name", required=True, autocomplete="off"),
        add.choice("Role", "role", {role: role for role in ROLES}, "responder"),
        add.entry("Password", "password", kind="password", autocomplete="new-password", hint=hint),
        button="Keep the account",
    )
    shown = _table("Accounts", ("Name", "Role", ""), rows)
    return section("Accounts", shown, more("Add or change an account", way, is_open=add.is_back))


def _tokens(
    reader: Reader, tokens: Sequence[tuple[str, str, Sequence[str], float]], scopes: Sequence[str]
) -> Html:
    rows = []
    for token_id, title, may, until_s in tokens:
        drop = form(reader, f"{_OWN}/token/drop", hide("id", token_id), button="Take it away", quiet=True)
        cells = (
            tag("td", ", ".join(may), data_head="May"),
            tag("td", reader.when(until_s), data_head="Lapses"),
            tag("td", drop),
        )
        rows.append(tag("tr", tag("th", line(title), scope="row"), *cells))
    make = Fields(reader, f"{_OWN}/token")
    way = make.form(
        make.entry("What is it for?", "title", required=True),
        make.group("It may", "scope", *(make.tick(scope, "scope", scope) for scope in scopes)),
        button="Make a token",
    )
    none = tag("p", "No token is made. Alertmanager needs one with the scope alerts.", class_="quiet")
    shown = _table("Tokens", ("For", "May", "Lapses", ""), rows) if rows else none
    return section("API tokens", shown, more("Make a token", way, is_open=make.is_back))


def _links(reader: Reader, links: Sequence[tuple[str, str, float]]) -> list[Html]:
    why = "Whoever has an address reads the words for that segment alone, and can ask for them as notices."
    rows = [
        tag(
            "tr",
            tag("th", line(title), scope="row"),
            tag("td", tag("code", url), data_head="Address"),
            tag("td", reader.when(at_s), data_head="Lapses"),
        )
        for title, url, at_s in links
    ]
    return [tag("p", why, class_="quiet"), _table("Segments", ("For", "Address", "Lapses"), rows)]


def _table(name: str, heads: Sequence[str], rows: Sequence[Html]) -> Html:
    top = tag("tr", *(tag("th", head, scope="col") if head else tag("td") for head in heads))
    table = tag("table", tag("thead", top), tag("tbody", *rows))
    return tag("div", table, class_="scroll stack", tabindex="0", role="region", aria_label=name)
