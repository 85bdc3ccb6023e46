"""websockets as it comes: follow a server for ever."""

import asyncio
import sys

import websockets


async def main():
    async for connection in websockets.connect(f"ws://{sys.argv[1]}:{sys.argv[2]}/"):
        async for _ in connection:
            pass


asyncio.run(main())
