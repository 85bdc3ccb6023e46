"""How the user's command names the service: by placeholders that the probe fills in."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.errors import Fault, InputError

_SCHEMES = {"http": "http", "tcp": "tcp", "redis": "redis", "postgres": "postgresql"}


def filled_in(command: Sequence[str], host: str, port: int, protocol: str) -> list[str]:
    """Return the command with the service's name, port and URL in the place of the placeholders."""
    scheme = _SCHEMES[protocol]
    # Nothing else in braces is touched: JSON and shell scripts are full of them.
    values = {"{host}": host, "{port}": str(port), "{url}": f"{scheme}://{host}:{port}/"}
    filled = []
    for word in command:
        for placeholder, value in values.items():
            word = word.replace(placeholder, value)  # noqa: PLW2901
        filled.append(word)
    return filled


def refuse_command(command: Sequence[str]) -> None:
    """Refuse a command that cannot reach the service.

    Raises
    ------
    InputError
        If it is empty, or names neither the URL nor the port.
    """
    if not command:
        raise InputError(
            Fault(
                what="no client program given",
                kind="statement",
                allowed="tidegate probe -- COMMAND with {url} or {port}",
            )
        )
    if not any("{url}" in word or "{port}" in word for word in command):
        raise InputError(
            Fault(
                what="the command does not say where it connects to",
                kind="statement",
                value=" ".join(command)[:200],
                allowed="{url}, or {host} and {port}, which are filled in",
            )
        )
