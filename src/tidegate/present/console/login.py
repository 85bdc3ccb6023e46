"""How does an operator come in? Name and password, nothing else asked of anybody."""

from __future__ import annotations

from tidegate.present.console.frame import CONSOLE, entry, form, plain_page
from tidegate.present.report.markup import tag


def login_page(site: str, *, said: str = "", provider: str = "") -> str:
    """Return the login; `said` is why the last one did not succeed, `provider` where another way begins."""
    parts = [tag("h1", "Operators")]
    if said:
        parts.append(tag("p", said, class_="faults", role="alert"))
    parts.append(
        form(
            None,
            f"{CONSOLE}/login",
            entry("Name", "name", autocomplete="username", required=True, autocapitalize="none"),
            entry("Password", "password", kind="password", autocomplete="current-password", required=True),
            button="Log in",
        )
    )
    if provider:
        parts.append(tag("p", tag("a", "Log in with the identity provider", href=provider)))
    return plain_page("Log in", site, tag("div", *parts, class_="login"))
