"""How does an operator come in? Name and password, nothing else asked of anybody."""

from __future__ import annotations

from tidegate.present.console.frame import LOGIN, entry, form, hide, plain_page
from tidegate.present.report.markup import tag


def login_page(site: str, *, said: str = "", provider: str = "", to: str = "", name: str = "") -> str:
    """Return the login.

    Parameters
    ----------
    site
        What people call the site.
    said
        Why the last one did not succeed.
    provider
        Where another way begins; empty where there is none.
    to
        The page of the console to which it leads; empty for the first one.
    name
        What was typed as the name, so that only what was wrong is typed again.
    """
    parts = [tag("h1", "Operators")]
    if said:
        parts.append(tag("p", said, class_="faults", role="alert"))
    parts.append(
        form(
            None,
            LOGIN,
            *([hide("to", to)] if to else []),
            entry("Name", "name", name, autocomplete="username", required=True, autocapitalize="none"),
            entry("Password", "password", kind="password", autocomplete="current-password", required=True),
            button="Log in",
        )
    )
    if provider:
        parts.append(tag("p", tag("a", "Log in with the identity provider", href=provider)))
    return plain_page("Log in", site, tag("div", *parts, class_="login"))
