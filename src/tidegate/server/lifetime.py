"""How does a server begin and end? A port that is printed, one event loop, an end that loses nothing."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from tidegate.adapters.store.site_folder import owned
from tidegate.server.access.first_account import begin_accounts
from tidegate.server.addresses import build
from tidegate.server.connection_book import Connections
from tidegate.server.descriptors import room_for_connections
from tidegate.server.house import House
from tidegate.server.listener import BoundedConfig, BoundedServer, listen
from tidegate.server.named_sites import check_own_site, unknown_peers
from tidegate.server.setting import ServerSetting

_LOG = logging.getLogger("tidegate.server")


def address(setting: ServerSetting, port: int) -> str:
    """Return the address of this server as it is written."""
    host = f"[{setting.host}]" if ":" in setting.host else setting.host
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104  it is compared, not bound


def serve(setting: ServerSetting, tell: Callable[[str], None]) -> None:
    """Serve until told to end.

    Parameters
    ----------
    setting
        How.
    tell
        Says a line to whoever started the server.

    Raises
    ------
    TidegateError
        If it cannot begin.
    """
    check_own_site(setting)
    connections = Connections(room_for_connections())
    # The port first: where it is taken, no folder is made.
    with closing(listen(setting.host, setting.port)) as opened, owned(Path(setting.data)):
        url = address(setting, opened.getsockname()[1])
        house = House(setting, url=url, connections=connections)
        try:
            house.recall()
            _welcome(house, url, tell)
            house.start()
            asyncio.run(_run(house, opened))
        finally:
            house.close()
            _LOG.info("ended")


def _welcome(house: House, url: str, tell: Callable[[str], None]) -> None:
    begin_accounts(house, tell)
    for line in unknown_peers(house.setting, house.members()):
        tell(f"Warning: {line}")
        _LOG.warning(line)
    tell(f"Public site  {url}/")
    tell(f"Ask for help {url}/help")
    tell(f"Console      {url}/console")


async def _run(house: House, opened: socket.socket) -> None:
    server = BoundedServer(BoundedConfig(build(house), house.connections))
    loop = asyncio.get_running_loop()

    def end() -> None:
        house.is_ending = True
        server.should_exit = True

    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, end)
    with suppress(asyncio.CancelledError):
        await server._serve([opened])  # noqa: SLF001  `serve` would put its own signal handlers over ours
